#!/usr/bin/env python3
"""Counts the test cases in GoogleTest's XML reports. A case that this host cannot run (no loop device, no such CPU
instruction) is named with its reason and counts as neither passed nor failed.

usage: tools/test_report.py NAME FOLDER [COUNTS_FILE]
  prints "NAME: P passed, F failed, S not run here"; appends "NAME P F" to COUNTS_FILE
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def judge(folder):
    passed, bad, skipped = 0, [], []
    for report in sorted(Path(folder).glob('*.xml')):
        for case in ElementTree.parse(report).getroot().iter('testcase'):
            name = f'{case.get("classname")}.{case.get("name")}'
            if case.find('failure') is not None:
                bad.append(f'failed: {name} ({report.stem})')
            elif case.find('skipped') is not None or case.get('result') == 'skipped':
                reason = case.find('skipped')
                why = '' if reason is None else (reason.get('message') or '').strip().splitlines()[-1:]
                skipped.append(f'not run here: {name} ({report.stem}): {"".join(why)}')
            elif case.get('status') == 'run':
                passed += 1
    return passed, bad, skipped


def main(arguments):
    if not 2 <= len(arguments) <= 3:
        print(__doc__)
        return 2
    name, folder = arguments[:2]
    passed, bad, skipped = judge(folder)
    for line in skipped + bad:
        print(line)
    if passed == 0 and not bad:
        bad.append('nothing ran')
        print(f'{name}: no test case ran')
    print(f'{name}: {passed} passed, {len(bad)} failed, {len(skipped)} not run here')
    if len(arguments) == 3:
        with open(arguments[2], 'a', encoding='utf-8') as counts:
            counts.write(f'{name} {passed} {len(bad)}\n')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
