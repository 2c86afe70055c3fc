"""A test case with a workplace of its own: one a class where guests are slow to start, else one a test."""

import unittest

from .workplace import ROOT, Workplace

LOGS = ROOT / 'build' / 'guest-logs'


def has_failed(case):
    """Whether the test that now ends has failed; to tearDown and cleanups, unittest itself claims success."""
    return case.id() in getattr(case._outcome.result, 'failed_ids', ())


class LabCase(unittest.TestCase):
    """One workplace a test; its logs are kept where the test failed."""

    def setUp(self):
        self.place = Workplace(self._testMethodName, LOGS)
        self.place.__enter__()
        self.addCleanup(self._leave)

    def _leave(self):
        self.place.__exit__(AssertionError if has_failed(self) else None, None, None)


class SharedLabCase(unittest.TestCase):
    """One workplace for all tests of the class, which subclasses fill in start_shared()."""

    place = None

    @classmethod
    def setUpClass(cls):
        cls.place = Workplace(cls.__name__, LOGS)
        cls.place.__enter__()
        cls.addClassCleanup(cls.place.close)
        cls.any_failed = False
        try:
            cls.start_shared()
        except BaseException:
            cls.place._keep_logs()
            raise

    @classmethod
    def start_shared(cls):
        raise NotImplementedError

    def tearDown(self):
        if has_failed(self):
            self.place._keep_logs()
