"""A test case with a workplace of its own: one a class where guests are slow to start, else one a test."""

import unittest

from .workplace import ROOT, Workplace

LOGS = ROOT / 'build' / 'guest-logs'


class LabCase(unittest.TestCase):
    """One workplace a test; its logs are kept where the test failed."""

    def setUp(self):
        self.place = Workplace(self._testMethodName, LOGS)
        self.place.__enter__()
        self.addCleanup(self._leave)

    def _leave(self):
        failed = self.current_failed()
        self.place.__exit__(AssertionError if failed else None, None, None)

    def current_failed(self):
        result = self._outcome.result if getattr(self, '_outcome', None) else None
        return bool(result) and (not self._outcome.success)


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
        if not self._outcome.success:
            self.place._keep_logs()
