#!/usr/bin/env python3
"""Measures Laneway against its peers and the machine's own limits, all in turn in the same run.

Records foreign load and the distance of the two cores around every run, repeats disturbed rounds, and writes JSON, a
page with tables and SVG plots. Everything that it starts is stopped at the end, also after Ctrl-C.

  bench/run.py                   the whole comparison; writes docs/performance.md and docs/performance/*.svg
  bench/run.py --only fast-      cases whose name has that part; writes below --out only
  bench/run.py --quick --only X  one short round, to see that it works
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cases
import lanes
import machine
import notes
import place
import report
import rounds
import servers
import stages

ROOT = place.ROOT
PROGRAMS = ('laneway', 'laneway-enginectl', 'laneway-engine', 'laneway-test-target', 'laneway-target-load',
            'laneway-bench-probe')
CASE_SECONDS_MAX = 150


@dataclass
class Measured:
    """One case, measured: all rounds, and those that count."""
    case: object
    rounds: list
    commands: list
    chosen: list = field(default_factory=list)
    word: str = ''
    note: str = ''


@dataclass
class Facts:
    """Everything that the report tells."""
    machine: dict
    plan: object
    versions: dict = field(default_factory=dict)
    measured: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    self_test: dict = None


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', nargs='*', default=[], metavar='PART', help='cases with one of these in their name')
    parser.add_argument('--quick', action='store_true', help='one short round of each')
    parser.add_argument('--fetch-peers', action='store_true',
                        help='unpack the peers of other Debians and open-iscsi into .cache first')
    parser.add_argument('--list', action='store_true', help='name the cases and end')
    parser.add_argument('--servers', nargs='*', default=['laneway', 'qsd', 'qsd-sid'],
                        help='laneway, qsd (qemu-storage-daemon of this system), qsd-sid (from .cache)')
    parser.add_argument('--rounds', type=int, default=5, help='undisturbed rounds a case (default 5)')
    parser.add_argument('--seconds', type=float, default=1.2, help='measured time a run (default 1.2)')
    parser.add_argument('--warm-up', type=float, default=0.3, help='load before it (default 0.3)')
    parser.add_argument('--minutes', type=float, default=20, help='for all of it; then it ends with what there is')
    parser.add_argument('--bin', help='folder with the programs (default: builds the release preset first)')
    parser.add_argument('--out', default=str(ROOT / 'build/bench'), help='folder for results.json')
    parser.add_argument('--docs', help='folder for performance.md (default: docs/ for the whole comparison, '
                                       'else --out)')
    for who, default in (('server', 0), ('client', 1), ('target', None)):
        parser.add_argument(f'--{who}-cpu', type=int, default=default)
    parser.add_argument('--realtime', action='store_true',
                        help='SCHED_FIFO for the load generator (root): for a machine in use; the report says so')
    return parser.parse_args(arguments)


def say(text):
    print(text, flush=True)


def build():
    done = subprocess.run([str(ROOT / 'tools/build.sh'), 'release', *PROGRAMS], check=False)
    if done.returncode != 0:
        raise SystemExit('bench: the release preset does not build')
    return ROOT / 'build/release/bin'


def fetch_peers():
    """Nothing is installed: programs are unpacked below .cache and run by their own loader."""
    import kernel_initiator  # pylint: disable=import-outside-toplevel
    from lab import newer_debian  # pylint: disable=import-outside-toplevel
    for suite in ('sid', 'trixie'):
        newer_debian.Tree(suite)
    if not kernel_initiator.is_here():
        kernel_initiator.fetch()


def plan_of(options, binaries):
    target_cpu = options.target_cpu
    if target_cpu is None:
        used = {options.server_cpu, options.client_cpu}
        free = [cpu for cpu in machine.usable_cpus() if cpu not in used]
        target_cpu = free[0] if free else options.client_cpu
    if options.quick:
        options.rounds, options.seconds, options.warm_up = 1, min(options.seconds, 0.5), min(options.warm_up, 0.2)
    return lanes.Plan(binaries, options.server_cpu, options.client_cpu, target_cpu, options.rounds, options.seconds,
                      options.warm_up, options.realtime)


def measure_case(plan, case, options, limits):
    """Starts what the case needs, measures, and stops it whatever happens."""
    with place.Workplace('bench', ROOT / 'build/bench-logs') as workplace:
        stage = stages.Stage(plan, workplace, case, stages.peers(options.servers))
        case_lanes = stage.lanes()
        done = rounds.run_case(plan, case, case_lanes, limits, say)
    commands = stage.commands + sorted({run.command for each in done for run in each.runs})
    return Measured(case, done, shortened(commands, workplace.folder)), stage.versions


def shortened(commands, scratch):
    """Without what differs from run to run."""
    return [command.replace(str(scratch), 'SCRATCH').replace(str(ROOT) + '/', '') for command in commands]


def limits_of(case, options, left, end):
    """A case may take its share of the time that is left; repeating disturbed rounds ends there."""
    now = time.monotonic()
    if options.quick:
        return rounds.Limits(1, now, end)
    share = min(CASE_SECONDS_MAX, max(0, end - now) / left)
    wanted = min(options.rounds, case.rounds or options.rounds)
    return rounds.Limits(wanted, now + share * 0.8, min(end, now + 2 * share))


def measure_all(options, plan, chosen, facts):
    end = time.monotonic() + options.minutes * 60
    all_notes = notes.read()
    for number, case in enumerate(chosen):
        if time.monotonic() > end:
            facts.left_out.append((case.name, 'the time was over'))
            continue
        say(f'[{number + 1}/{len(chosen)}] {case.name}: {case.title}')
        try:
            measured, versions = measure_case(plan, case, options, limits_of(case, options, len(chosen) - number, end))
        except (stages.CannotRun, servers.ServerError, lanes.LoadError, AssertionError, RuntimeError, OSError,
                subprocess.SubprocessError, json.JSONDecodeError) as error:
            say(f'  left out: {str(error)[:1500]}')
            facts.left_out.append((case.name, ' '.join(str(error).split())[:300]))
            continue
        measured.chosen, measured.word = rounds.counted(measured.rounds)
        measured.note = all_notes.get(case.name, '')
        facts.versions.update(versions)
        facts.measured.append(measured)


def self_test(plan):
    command = [*plan.prefix(), plan.laneway, '-o', 'json', 'bench', '--self-test', '--cpus',
               f'{plan.client_cpu},{plan.server_cpu}']
    return lanes.run_json(command, 10)


def main(arguments):
    options = parse(arguments)
    chosen = cases.select(options.only)
    if options.list:
        print('\n'.join(f'{case.name:<28}{case.title}' for case in chosen))
        return 0
    if options.fetch_peers:
        fetch_peers()
    binaries = Path(options.bin) if options.bin else build()
    missing = [name for name in PROGRAMS if not (binaries / name).exists()]
    if missing:
        print(f'bench: {binaries} lacks {", ".join(missing)}', file=sys.stderr)
        return 1
    place.turn_signals_into_exceptions()
    place.use_memory_for_scratch()
    plan = plan_of(options, binaries)
    facts = Facts(machine.describe(), plan)
    is_whole = not options.only and not options.quick
    try:
        measure_all(options, plan, chosen, facts)
        if facts.measured:
            facts.self_test = self_test(plan) if is_whole else None
    except KeyboardInterrupt:
        print('\nbench: interrupted; everything that it started is stopped', file=sys.stderr)
        return 130
    if not facts.measured:
        print('bench: nothing was measured', file=sys.stderr)
        return 1
    docs = options.docs or (ROOT / 'docs' if is_whole else None)
    readme = ROOT / 'README.md' if is_whole and not options.docs else None
    page = report.write(facts, Path(options.out), Path(docs) if docs else None, readme)
    say(report.goal_table(facts.measured))
    say(f'bench: {len(facts.measured)} cases measured, {len(facts.left_out)} left out; {page} and '
        f'{options.out}/results.json')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
