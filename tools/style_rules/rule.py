"""A file under judgement and a finding about it."""

from dataclasses import dataclass
from pathlib import Path

from .cpp_source import strip_literals


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f'{self.path}:{self.line}: [{self.rule}] {self.text}'


class SourceFile:
    """One file of the tree: its text, its lines, and for C++ the code without comments and literals."""

    def __init__(self, root, path):
        self.path = path
        self.name = Path(path).name
        self.suffix = Path(path).suffix
        self.text = (Path(root) / path).read_text(encoding='utf-8', errors='replace')
        self.lines = self.text.splitlines()
        self.is_cpp = self.suffix in ('.h', '.cc')
        self.code = strip_literals(self.text) if self.is_cpp else ''
        self.code_lines = self.code.splitlines()

    @property
    def is_test(self):
        in_test_folder = self.path.startswith('tests/') or '/testing/' in self.path
        return in_test_folder or self.name.endswith(('_test.cc', '_fuzz.cc'))

    @property
    def module(self):
        parts = self.path.split('/')
        return parts[1] if parts[0] == 'src' and len(parts) > 2 else None
