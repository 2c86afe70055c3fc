"""fio jobs and what their reports say."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    disk: str
    pattern: str = 'randread'       # fio's rw=
    block_size: str = '4k'
    depth: int = 1
    size: str = ''                  # how much of the disk; all of it where empty
    seconds: float = 0              # time-based where set
    ramp_seconds: float = 0
    verify: bool = False            # crc32c of everything written, read back
    batch: int = 1
    seed: int = 1
    loops: int = 1
    offset: str = ''                # where on the disk it begins
    fsync: int = 0                  # a flush after so many writes

    def command(self):
        words = ['fio', '--name=lane', f'--filename={self.disk}', f'--rw={self.pattern}', f'--bs={self.block_size}',
                 f'--iodepth={self.depth}', '--ioengine=io_uring', '--direct=1', '--output-format=json',
                 f'--randseed={self.seed}', '--norandommap=0', '--thread']
        if self.size:
            words.append(f'--size={self.size}')
        if self.offset:
            words.append(f'--offset={self.offset}')
        if self.fsync:
            words.append(f'--fsync={self.fsync}')
        if self.seconds:
            words += ['--time_based', f'--runtime={self.seconds}', f'--ramp_time={self.ramp_seconds}']
        if self.batch > 1:
            words += [f'--iodepth_batch_submit={self.batch}', '--iodepth_batch_complete_min=1',
                      f'--iodepth_batch_complete_max={self.batch}']
        if self.loops > 1:
            words.append(f'--loops={self.loops}')
        if self.verify:
            words += ['--verify=crc32c', '--verify_fatal=1', '--do_verify=1', '--verify_state_save=0']
        return ' '.join(words)


@dataclass(frozen=True)
class Result:
    iops: float
    p50_us: float
    p99_us: float
    read_bytes: int
    written_bytes: int
    read_ios: int
    write_ios: int
    errors: int


def parse(text, job):
    """The figures of a report; the busier direction gives rate and latency."""
    report = json.loads(text[text.index('{'):])
    run = report['jobs'][0]
    main = max((run['read'], run['write']), key=lambda side: side['total_ios'])
    if job.pattern.endswith('write') and run['write']['total_ios']:
        main = run['write']
    percentile = main['clat_ns'].get('percentile', {})
    return Result(iops=main['iops'], p50_us=percentile.get('50.000000', 0) / 1000,
                  p99_us=percentile.get('99.000000', 0) / 1000, read_bytes=run['read']['io_bytes'],
                  written_bytes=run['write']['io_bytes'], read_ios=run['read']['total_ios'],
                  write_ios=run['write']['total_ios'], errors=run.get('error', 0))
