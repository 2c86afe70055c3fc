#!/usr/bin/env python3
"""Runs the tests with real guests. A skipped test counts as failed: it showed nothing.

usage: run_tests.py [--suite guest|kernel|peers] [--only TEXT] [--counts FILE] [--list]
  --only TEXT    just the tests whose name contains TEXT
  --counts FILE  appends "SUITE PASSED FAILED" to FILE
LANEWAY_PRESET=dev takes the programs of another build; LANEWAY_PATIENCE=5 multiplies every limit.
"""

import argparse
import faulthandler
import importlib
import signal
import sys
import time
import unittest
from pathlib import Path

from lab import watch, workplace

FOLDER = Path(__file__).resolve().parent
TEST_SECONDS_MAX = 300
SUITES = {
    'guest': ('test_command_line', 'test_uml_guest', 'test_target', 'test_qemu_guest', 'test_two_guests'),
    'kernel': ('test_debian12_kernel',),
    'peers': ('test_libblkio', 'test_newer_qemu', 'test_lio', 'test_completion'),
}


class Report(unittest.TestResult):
    """One line a test, its words only where it failed."""

    def __init__(self, stream=None):
        super().__init__()
        self._stream = stream
        self.passed = 0
        self.bad = 0
        self.failed_ids = set()
        self._begin = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._begin = time.monotonic()
        signal.alarm(int(TEST_SECONDS_MAX * watch.PATIENCE))

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def addSuccess(self, test):
        self.passed += 1
        self._say('ok    ', test)

    def addSkip(self, test, reason):
        self._bad(test, f'skipped, which proves nothing: {reason}')

    def addError(self, test, err):
        self._bad(test, self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self._bad(test, self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err:
            self._bad(subtest, self._exc_info_to_string(err, test))

    def _bad(self, test, words):
        self.bad += 1
        self.failed_ids.add(getattr(test, 'test_case', test).id())
        self._say('FAILED', test)
        print('          ' + words.replace('\n', '\n          '), file=self._stream, flush=True)

    def _say(self, verdict, test):
        case = getattr(test, 'test_case', test)
        name = getattr(case, '_testMethodName', str(case)).removeprefix('test_').replace('_', ' ')
        print(f'  {verdict}  {type(case).__name__}: {name}  ({time.monotonic() - self._begin:.1f} s)',
              file=self._stream, flush=True)


def tests_in(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_in(test)
        else:
            yield test


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    parser.add_argument('--suite', choices=sorted(SUITES), default='guest')
    parser.add_argument('--only', default='')
    parser.add_argument('--counts')
    parser.add_argument('--list', action='store_true')
    options = parser.parse_args()
    sys.path.insert(0, str(FOLDER))
    modules = [importlib.import_module(name) for name in SUITES[options.suite]]
    loader = unittest.TestLoader()
    chosen = [test for module in modules for test in tests_in(loader.loadTestsFromModule(module))
              if options.only in test.id()]
    if options.list:
        print('\n'.join(test.id() for test in chosen))
        return 0

    workplace.turn_signals_into_exceptions()
    limit_each_test()
    faulthandler.enable()
    report = Report()
    unittest.TestSuite(chosen).run(report)
    if report.passed + report.bad < max(1, len(chosen)):
        print(f'run_tests: only {report.passed + report.bad} of {len(chosen)} tests came to a verdict')
        report.bad += 1
    print(f'{options.suite}: {report.passed} passed, {report.bad} failed')
    if options.counts:
        with open(options.counts, 'a', encoding='utf-8') as counts:
            counts.write(f'{options.suite} {report.passed} {report.bad}\n')
    return 1 if report.bad else 0


def limit_each_test():
    """What a Report's alarm does: the test fails, and the next one begins."""
    signal.signal(signal.SIGALRM, _too_long)


def _too_long(_number, _frame):
    raise RuntimeError(f'the test took more than {TEST_SECONDS_MAX * watch.PATIENCE:.0f} s')


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print('interrupted; everything that it started is stopped', file=sys.stderr)
        sys.exit(130)
