"""Puts what a campaign measured into the table of docs/reliability.md, a row a fault and setting; nothing else does."""

import subprocess
import time
from dataclasses import dataclass

from lab.workplace import ROOT

from faults import KINDS
from pauses import longest_per_fault, shown

PAGE = ROOT / 'docs' / 'reliability.md'
_BEGIN, _END = '<!-- measured, written by tests/crash -->', '<!-- end of measured -->'


@dataclass(frozen=True)
class Setting:
    campaign: str  # how it is called in the table
    command: str
    guest: str


def rows(setting, faults, pauses):
    """A row a kind of fault; the pauses are those of all disks that the kind can touch."""
    longest, _ = longest_per_fault(faults, pauses)
    commit = subprocess.run(['git', '-C', str(ROOT), 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True,
                            check=False).stdout.strip()
    found = []
    for kind in sorted({fault.kind for fault in faults}):
        values = sorted(longest[id(fault)] for fault in faults if fault.kind == kind)
        found.append(f'| {kind} | {KINDS[kind].how} | {setting.campaign} | {setting.guest} | {len(values)} | '
                     f'nothing lost | {shown(values[len(values) // 2])} | {shown(values[-1])} | '
                     f'{commit}, {time.strftime("%Y-%m-%d")}, `{setting.command}` |')
    return found


def _key(row):
    cells = [cell.strip() for cell in row.split('|')]
    return cells[3], cells[4], cells[1]


def write(new):
    """Rows of the same fault, campaign and guest are replaced."""
    head, rest = PAGE.read_text(encoding='utf-8').split(_BEGIN)
    table, tail = rest.split(_END)
    lines = table.strip().splitlines()
    kept = {_key(row): row for row in [*lines[2:], *new]}
    body = '\n'.join([*lines[:2], *(kept[key] for key in sorted(kept))])
    PAGE.write_text(f'{head}{_BEGIN}\n{body}\n{_END}{tail}', encoding='utf-8')
