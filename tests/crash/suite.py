#!/usr/bin/env python3
"""The suite `crash` of ./check: its own arithmetic, a few dozen kills and faults, planted bugs that must be seen.

usage: suite.py [--only TEXT] [--verbose] [--counts FILE]
  --only TEXT    just the tests whose name contains TEXT
  --verbose      what the campaigns print: every event, every load's words, the pauses
  --counts FILE  appends "crash PASSED FAILED" to FILE
LANEWAY_PRESET=dev takes the programs of another build; LANEWAY_PATIENCE=5 multiplies every limit.
"""

import argparse
import contextlib
import importlib
import io
import os
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / 'guest')]

# pylint: disable=wrong-import-position
import network  # noqa: E402
from lab.workplace import turn_signals_into_exceptions  # noqa: E402
from run_tests import Report, limit_each_test, tests_in  # noqa: E402

IS_ROOT = os.geteuid() == 0  # here: in the network that the suite makes, everybody is
MODULES = ('test_parts', 'test_crash')


def run(options):
    """(passed, failed)."""
    try:
        network.leave_the_host()
    except network.Missing as missing:
        print(f'  FAILED  nothing was shown: {missing}')
        return 0, 1
    loader = unittest.TestLoader()
    modules = [importlib.import_module(name) for name in MODULES]
    chosen = [test for module in modules for test in tests_in(loader.loadTestsFromModule(module))
              if options.only in test.id()]
    for test in [each for each in chosen if hasattr(each, 'NEEDS_ROOT') and not IS_ROOT]:
        print(f'  not run here: {type(test).__name__} needs root, for {test.NEEDS_ROOT}')
        chosen.remove(test)
    report = Report(sys.stdout)
    said = contextlib.nullcontext() if options.verbose else contextlib.redirect_stdout(io.StringIO())
    with said:
        unittest.TestSuite(chosen).run(report)
    return report.passed, report.bad + max(0, max(1, len(chosen)) - report.passed - report.bad)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    parser.add_argument('--only', default='')
    parser.add_argument('--verbose', action='store_true')
    parser.add_argument('--counts')
    options = parser.parse_args()
    turn_signals_into_exceptions()
    limit_each_test()
    passed, failed = run(options)
    print(f'crash: {passed} passed, {failed} failed')
    if options.counts:
        with open(options.counts, 'a', encoding='utf-8') as counts:
            counts.write(f'crash {passed} {failed}\n')
    return 1 if failed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit('interrupted; everything that it started is stopped')
