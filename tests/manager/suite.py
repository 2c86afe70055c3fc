#!/usr/bin/env python3
"""The suite `manager` of ./check: lanewayd with its store, a real engine and a real array.

usage: suite.py [--only TEXT] [--counts FILE]
  --only TEXT    just the tests whose name contains TEXT
  --counts FILE  appends "manager PASSED FAILED" to FILE
LANEWAY_PRESET=dev takes the programs of another build; LANEWAY_PATIENCE=5 multiplies every limit.
LANEWAY_KILLS=200 and LANEWAY_SEED=N are for the campaign of kills.
"""

import argparse
import importlib
import signal
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'guest')]

# pylint: disable=wrong-import-position
from lab.workplace import turn_signals_into_exceptions  # noqa: E402
from run_tests import Report, _too_long, tests_in  # noqa: E402

MODULES = ('test_api', 'test_command_line', 'test_metrics', 'test_kills', 'test_machines', 'test_machine_disks',
           'test_screens', 'test_making', 'test_images')


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    parser.add_argument('--only', default='')
    parser.add_argument('--counts')
    options = parser.parse_args()
    turn_signals_into_exceptions()
    signal.signal(signal.SIGALRM, _too_long)
    loader = unittest.TestLoader()
    modules = [importlib.import_module(name) for name in MODULES]
    chosen = [test for module in modules for test in tests_in(loader.loadTestsFromModule(module))
              if options.only in test.id()]
    report = Report(sys.stdout)
    unittest.TestSuite(chosen).run(report)
    missing = max(1, len(chosen)) - report.passed - report.bad
    failed = report.bad + max(0, missing)
    print(f'manager: {report.passed} passed, {failed} failed')
    if options.counts:
        with open(options.counts, 'a', encoding='utf-8') as counts:
            counts.write(f'manager {report.passed} {failed}\n')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
