#!/usr/bin/env python3
"""Counts the test cases in GoogleTest's XML reports. A skipped case failed, for it showed nothing; only those that
tests/not-everywhere.txt names may be left out, each for the one reason that stands there. They are named, and counted
neither as passed nor as failed.

usage: tools/test_report.py NAME FOLDER [COUNTS_FILE]
       tools/test_report.py --self-test
  prints "NAME: P passed, F failed, S not run here"; appends "NAME P F" to COUNTS_FILE
"""

import fnmatch
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

NOT_EVERYWHERE = Path(__file__).resolve().parent.parent / 'tests' / 'not-everywhere.txt'


def exceptions(text):
    """[(pattern of names, the reason's words)], from lines "PATTERN | REASON | where it is shown instead"."""
    rows = [[part.strip() for part in line.split('|')] for line in text.splitlines()
            if line.strip() and not line.startswith('#')]
    for row in rows:
        if len(row) != 3 or not all(row):
            sys.exit(f'{NOT_EVERYWHERE.name}: {row} is not "PATTERN | REASON | where it is shown instead"')
    return [(pattern, reason) for pattern, reason, _ in rows]


def reason_of(case):
    skipped = case.find('skipped')
    lines = ((skipped.get('message') if skipped is not None else '') or '').strip().splitlines()
    return lines[-1] if lines else 'without a reason'


def judge(folder, allowed):
    passed, bad, skipped = 0, [], []
    for report in sorted(Path(folder).glob('*.xml')):
        for case in ElementTree.parse(report).getroot().iter('testcase'):
            name = f'{case.get("classname")}.{case.get("name")}'
            if case.find('failure') is not None:
                bad.append(f'failed: {name} ({report.stem})')
            elif case.find('skipped') is not None or case.get('result') == 'skipped':
                why = reason_of(case)
                if any(fnmatch.fnmatchcase(name, pattern) and reason in why for pattern, reason in allowed):
                    skipped.append(f'not run here: {name} ({report.stem}): {why}')
                else:
                    bad.append(f'skipped, which shows nothing: {name} ({report.stem}): {why}')
            elif case.get('status') == 'run':
                passed += 1
    return passed, bad, skipped


def report(name, folder, allowed):
    """(passed, failed), said in lines."""
    passed, bad, skipped = judge(folder, allowed)
    for line in skipped + bad:
        print(line)
    if passed == 0 and not bad:
        bad.append('nothing ran')
        print(f'{name}: no test case ran')
    print(f'{name}: {passed} passed, {len(bad)} failed, {len(skipped)} not run here')
    return passed, len(bad)


def self_test():
    """Planted results must be seen: a failure, a skip that nothing allows, an empty folder."""
    allowed = exceptions('Disks/Loop.* | no loop device | as root\n')
    ran = '<testcase classname="A" name="B" status="run"/>'
    failed = '<testcase classname="A" name="B" status="run"><failure message="no"/></testcase>'
    left_out = '<testcase classname="%s" name="B/1" result="skipped"><skipped message="f:1&#10;%s"/></testcase>'
    cases = {'': (0, 1), ran: (1, 0), failed: (0, 1), left_out % ('A', 'no time'): (0, 1),
             left_out % ('Disks/Loop', 'no time'): (0, 1),
             ran + left_out % ('Disks/Loop', 'no loop device here'): (1, 0)}
    for text, expected in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / 'one.xml').write_text(f'<testsuites>{text}</testsuites>', encoding='utf-8')
            found = report('planted', folder, allowed)
        if found != expected:
            sys.exit(f'test_report.py judges {text!r} as {found}, not {expected}')
    print(f'test_report.py: {len(cases)} planted results judged rightly')
    return 0


def main(arguments):
    if arguments == ['--self-test']:
        return self_test()
    if not 2 <= len(arguments) <= 3:
        print(__doc__)
        return 2
    name, folder = arguments[:2]
    passed, failed = report(name, folder, exceptions(NOT_EVERYWHERE.read_text(encoding='utf-8')))
    if len(arguments) == 3:
        with open(arguments[2], 'a', encoding='utf-8') as counts:
            counts.write(f'{name} {passed} {failed}\n')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
