"""How often each kind of fault comes and how long it lasts, unless a campaign says otherwise."""

from lab.workplace import ROOT

from timeline import Habit

LOGS = ROOT / 'build' / 'crash-logs'
_LASTS = {'engine-kill': (0, 0), 'engine-upgrade': (0, 0), 'keeper-kill': (0.05, 1), 'target-kill': (0, 3),
          'target-stop': (0.1, 12), 'link-down': (0.05, 8), 'loss': (1, 8), 'silence': (0.1, 14), 'reset': (0.05, 2),
          'both-kill': (0, 0), 'service-restart': (0, 0)}
_QUIET_MEAN = {'engine-kill': 0.5}
_QUIET_MEAN_OTHERS = 5.0


def habit(kind, mean=None, count_max=1 << 30):
    shortest, longest = _LASTS[kind]
    return Habit(mean or _QUIET_MEAN.get(kind, _QUIET_MEAN_OTHERS), shortest, longest, count_max)
