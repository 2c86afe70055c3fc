#!/usr/bin/env python3
"""Counts the instructions that one I/O costs on the engine's paths, and compares them with budget.json.

usage: tests/budget/run.py [--program FILE] [--accept] [--only PATH...]

laneway-budget drives the engine's own front-end, rings, session and back-ends with a scripted guest and target, so a
count is the same in every run: it depends on the code and the compiler, not on the machine or its load. Judged are
  instructions      executed in the engine's own code, a request
  library calls     calls from there into the C library and others, a request (what these cost inside differs between
                    CPUs and is shown only)
  operations        started at the kernel port, a request
A figure above its budget by more than 3 % fails. --accept writes the present figures as the new budget: do that when a
change is worth its cost, and say in the commit what it buys.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUDGET = Path(__file__).resolve().with_name('budget.json')
REQUESTS = 2048
TOLERANCE = 0.03
LIMIT_S = 300
JUDGED = ('instructions', 'library_calls', 'operations')


class BudgetError(Exception):
    pass


def compiler_key(program):
    """'g++-12': which compiler made the program, from the note that it left in it."""
    done = subprocess.run(['readelf', '-p', '.comment', str(program)], capture_output=True, text=True, check=True)
    versions = re.findall(r'(GCC|clang)[^\n]*?(\d+)\.\d+\.\d+', done.stdout)
    # Start-up files may come from another version: the newest is the compiler's own.
    names = sorted({('clang' if name == 'clang' else 'g++', int(major)) for name, major in versions})
    if not names:
        return 'unknown'
    return f'{names[-1][0]}-{names[-1][1]}'


def self_cost(profile, program):
    """(instructions in the program, instructions in libraries, calls from the program into libraries)."""
    own, foreign, calls = 0, 0, 0
    is_own, callee_is_own, is_after_call = True, True, False
    name = str(program.resolve())
    for line in profile.splitlines():
        if line.startswith('ob='):
            is_own = line[3:] == name
            callee_is_own = is_own
        elif line.startswith('fn='):
            callee_is_own = is_own
        elif line.startswith('cob='):
            callee_is_own = line[4:] == name
        elif line.startswith('calls='):
            if is_own and not callee_is_own:
                calls += int(line[6:].split()[0])
            is_after_call = True
            callee_is_own = is_own
        elif line[:1].isdigit() or line[:1] in '+-*':
            fields = line.split()
            if not is_after_call and len(fields) > 1:
                own += int(fields[1]) if is_own else 0
                foreign += 0 if is_own else int(fields[1])
            is_after_call = False
    return own, foreign, calls


def count(program, path):
    """The figures of one path, a request each."""
    with tempfile.TemporaryDirectory(prefix='laneway-budget.') as folder:
        out = Path(folder) / 'callgrind.out'
        command = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', '--compress-strings=no',
                   '--compress-pos=no', '--toggle-collect=budget_measured_turn*', str(program), path, str(REQUESTS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if done.returncode != 0 or not out.exists():
            raise BudgetError(f'{path}: exit code {done.returncode}: {done.stderr.strip()[-1500:]}')
        told = json.loads(done.stdout)
        own, foreign, calls = self_cost(out.read_text(encoding='utf-8', errors='replace'), program)
    if own == 0:
        raise BudgetError(f'{path}: nothing was counted; is budget_measured_turn in the program?')
    requests = told['requests']
    return {'instructions': round(own / requests, 1), 'library_calls': round(calls / requests, 2),
            'operations': round(told['operations'] / requests, 3),
            'library_instructions': round(foreign / requests, 1)}


def judge(path, figures, budget):
    """What is wrong, in words."""
    wrong = []
    for name in JUDGED:
        allowed = budget[name] * (1 + TOLERANCE) + 0.005
        if figures[name] > allowed:
            wrong.append(f'{path}: {figures[name]} {name.replace("_", " ")} a request, the budget is {budget[name]} '
                         f'(+{(figures[name] / budget[name] - 1) * 100 if budget[name] else 100:.1f} %)')
    return wrong


def show(path, figures, budget):
    was = f'budget {budget["instructions"]}' if budget else 'no budget'
    print(f'{path:<18}{figures["instructions"]:>9.1f} instructions a request ({was}), '
          f'{figures["library_calls"]:.2f} library calls with {figures["library_instructions"]:.0f} instructions, '
          f'{figures["operations"]:.3f} kernel operations')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=Path, default=ROOT / 'build/release/bin/laneway-budget')
    parser.add_argument('--accept', action='store_true', help='write the present figures as the budget')
    parser.add_argument('--only', nargs='*', default=[], help='these paths')
    options = parser.parse_args()
    listed = subprocess.run([str(options.program), '--list'], capture_output=True, text=True, check=True).stdout.split()
    paths = [path for path in listed if not options.only or path in options.only]
    key = compiler_key(options.program)
    budgets = json.loads(BUDGET.read_text(encoding='utf-8')) if BUDGET.exists() else {}
    known = budgets.get(key, {})
    with ThreadPoolExecutor(2) as pool:
        counted = dict(zip(paths, pool.map(lambda path: count(options.program, path), paths)))
    wrong = []
    for path in paths:
        show(path, counted[path], known.get(path))
        if path in known:
            wrong += judge(path, counted[path], known[path])
        elif known:
            wrong.append(f'{path}: has no budget yet')
    if options.accept:
        budgets[key] = {**known, **counted} if options.only else counted
        BUDGET.write_text(json.dumps(budgets, indent=1, sort_keys=True) + '\n', encoding='utf-8')
        print(f'budget: {len(paths)} paths accepted for {key} in {BUDGET.relative_to(ROOT)}')
        return 0
    if not known:
        print(f'budget: no budget for the compiler {key}; {len(paths)} paths reported, none judged')
        return 0
    for line in wrong:
        print(f'budget: {line}')
    if wrong:
        print('budget: make it cheaper, or accept the cost with tests/budget/run.py --accept and commit budget.json')
        return 1
    print(f'budget: {len(paths)} paths within their budget for {key}')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except (BudgetError, subprocess.SubprocessError, OSError) as error:
        print(f'budget: {error}', file=sys.stderr)
        sys.exit(1)
