"""Waiting for a thing to become true, with a limit. Limits are generous: a loaded machine is slow, not wrong."""

import os
import time

# LANEWAY_PATIENCE=5 multiplies every limit, for slow machines.
PATIENCE = float(os.environ.get('LANEWAY_PATIENCE', '1'))


class TookTooLong(AssertionError):
    pass


def until(condition, what, seconds=60, pause_seconds=0.02):
    """Returns the first true value of condition(); raises TookTooLong naming `what` otherwise."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TookTooLong(f'{what}: not within {seconds * PATIENCE:.0f} s')
        time.sleep(pause_seconds)


def pause(seconds):
    """Lets time pass where time itself is the subject (load that runs, a server that stays down)."""
    time.sleep(seconds)
