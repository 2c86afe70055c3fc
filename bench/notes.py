"""What people have to say about a case (a profile, what is left): notes.md, one '## case-name' a case."""

from pathlib import Path

NOTES = Path(__file__).resolve().with_name('notes.md')


def read(path=NOTES):
    """Case name -> text."""
    found = {}
    name = None
    for line in path.read_text(encoding='utf-8').splitlines() if path.exists() else ():
        if line.startswith('## '):
            name = line[3:].strip()
            found[name] = []
        elif name:
            found[name].append(line)
    return {name: '\n'.join(lines).strip() for name, lines in found.items()}
