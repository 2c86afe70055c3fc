"""Where benchmarks run: the guest lab's workplace (everything started in it is stopped at the end) and its target."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'tests' / 'guest'))

# pylint: disable=wrong-import-position,unused-import
from lab.process import Process  # noqa: E402,F401
from lab.target import Target as Tgtd  # noqa: E402,F401
from lab.workplace import Workplace, turn_signals_into_exceptions  # noqa: E402,F401
from lab import watch  # noqa: E402,F401


def use_memory_for_scratch():
    """Disks of other servers are files; in memory they cost what memory costs."""
    if os.access('/dev/shm', os.W_OK):
        os.environ['TMPDIR'] = '/dev/shm'
