#!/usr/bin/env python3
"""Measures Laneway's functions against qemu-storage-daemon's disks, in the same run and in turn.

Every case runs all servers one after the other, alternating which comes first, and records foreign load and the
distance of the two cores around every run. Disturbed rounds are repeated. Writes results.json and results.md.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import cases
import machine
import pairs
import report
import servers

ROOT = Path(__file__).resolve().parent.parent


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', default=str(ROOT / 'build/release/bin'), help='folder of laneway and laneway-engine')
    parser.add_argument('--laneway', help='the load generator (default: laneway in --bin)')
    parser.add_argument('--out', default=str(ROOT / 'build/bench'), help='folder for the results')
    parser.add_argument('--cases', nargs='*', default=[], help='parts of case names (default: all)')
    parser.add_argument('--servers', nargs='*', default=['laneway', 'qsd', 'qsd-sid'],
                        help='laneway, qsd (qemu-storage-daemon of this system), qsd-sid (from .cache/sid)')
    parser.add_argument('--rounds', type=int, default=5, help='undisturbed rounds a case')
    parser.add_argument('--attempts', type=int, default=15, help='rounds at most a case')
    parser.add_argument('--seconds', type=float, default=3, help='measured time a run')
    parser.add_argument('--warm-up', type=float, default=0.5, help='load before it')
    parser.add_argument('--server-cpu', type=int, default=0)
    parser.add_argument('--client-cpu', type=int, default=1)
    parser.add_argument('--realtime', action='store_true',
                        help='SCHED_FIFO for servers and client (root): for a machine in use; the report says so')
    parser.add_argument('--list', action='store_true', help='name the cases and end')
    return parser.parse_args(arguments)


def make_servers(options, folder, laneway):
    """The servers that can be had, ours first."""
    made = []
    for name in options.servers:
        place = Path(folder) / name
        sid = servers.sid_storage_daemon(ROOT)
        if name == 'laneway':
            made.append(servers.Laneway(place, options.server_cpu, str(Path(options.bin) / 'laneway-engine'), laneway))
        elif name == 'qsd' and shutil.which('qemu-storage-daemon'):
            made.append(servers.StorageDaemon(place, options.server_cpu))
        elif name == 'qsd-sid' and sid:
            made.append(servers.StorageDaemon(place, options.server_cpu, sid, 'qemu-storage-daemon (sid)'))
        else:
            print(f'bench: {name} is not here and is left out')
    return made


def run_case(options, plan, case):
    """Starts the servers of a case, measures, stops them whatever happens."""
    scratch = '/dev/shm' if Path('/dev/shm').is_dir() else None  # RAM disks of other servers are files in memory
    folder = tempfile.mkdtemp(prefix='laneway-bench.', dir=scratch)
    started = make_servers(options, folder, plan.laneway)
    try:
        for server in started:
            server.prefix = plan.prefix()
            server.start(case.disk, case.size_bytes)
            if case.disk == 'ram':
                pairs.fill(plan, server, case)
        rounds = pairs.run_case(plan, case, started, print)
        versions = {server.name: server.version() for server in started}
        return rounds, [server.name for server in started], versions, [c for server in started for c in server.commands]
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def self_test(plan):
    command = [*plan.prefix(), plan.laneway, '-o', 'json', 'bench', '--self-test', '--cpus',
               f'{plan.client_cpu},{plan.server_cpu}']
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout)


def measure(options, plan, chosen):
    facts = {'machine': machine.describe(), 'versions': {}, 'plan': plan, 'measured': [], 'commands': []}
    for case in chosen:
        print(f'{case.name}: {case.title}')
        rounds, names, versions, commands = run_case(options, plan, case)
        facts['measured'].append((case, rounds, names))
        facts['versions'].update(versions)
        facts['commands'] += commands + sorted({run.command for each in rounds for run in each.runs})
    facts['self_test'] = self_test(plan)
    return facts


def write(facts, out):
    out.mkdir(parents=True, exist_ok=True)
    document = {'machine': facts['machine'], 'versions': facts['versions'], 'plan': vars(facts['plan']),
                'self_test': facts['self_test'],
                'cases': [pairs.as_json(case, rounds) for case, rounds, _ in facts['measured']]}
    (out / 'results.json').write_text(json.dumps(document, indent=1), encoding='utf-8')
    text = report.markdown(facts)
    (out / 'results.md').write_text(text, encoding='utf-8')
    print(text)
    print(f'bench: written to {out}/results.json and results.md')


def main(arguments):
    options = parse(arguments)
    chosen = cases.select(options.cases)
    if options.list:
        print('\n'.join(f'{case.name:<28}{case.title}' for case in chosen))
        return 0
    laneway = options.laneway or str(Path(options.bin) / 'laneway')
    if not Path(laneway).exists():
        print(f'bench: {laneway} is missing: build it with tools/build.sh release', file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    plan = pairs.Plan(laneway, options.server_cpu, options.client_cpu, options.rounds, options.attempts,
                      options.seconds, options.warm_up, options.realtime)
    try:
        write(measure(options, plan, chosen), Path(options.out))
    except (servers.ServerError, pairs.LoadError) as error:
        print(f'bench: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
