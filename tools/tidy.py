#!/usr/bin/env python3
"""Checks the limits and bans of the project's style; each finding says what to do instead.

usage: tools/tidy.py [--self-test] [PATH...]
  PATH...      judge these files or folders only (default: all files that git tracks or would track)
  --self-test  plant one violation of every rule in a scratch tree and see each of them found
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from style_rules import bans, ownership, planted, shape
from style_rules.rule import SourceFile

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = ('.h', '.cc', '.py', '.sh', '.md', '.txt', '.json', '.cmake', '')
SKIPPED_PREFIXES = ('tests/fuzz/corpus/', 'LICENSE', '.git', 'build/', '.cache/', 'console/package-lock.json')


def tracked_paths(root):
    command = ['git', '-C', str(root), 'ls-files', '--cached', '--others', '--exclude-standard']
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [path for path in listing.splitlines() if (root / path).is_file()]


def all_paths(root):
    return [str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()]


def judged(paths):
    return sorted(p for p in paths if Path(p).suffix in SUFFIXES and not p.startswith(SKIPPED_PREFIXES))


def findings_in(root, paths):
    files = [SourceFile(root, path) for path in judged(paths)]
    findings = [finding for file in files for finding in bans.check(file) + shape.check(file)]
    return findings + ownership.check_tree(root, files)


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        planted.write_clean(root)
        clean = findings_in(root, all_paths(root))
        if clean:
            print('tidy self-test: the clean tree is not clean:', *clean, sep='\n  ')
            return 1
    missed = 0
    for rule, path, text in planted.VIOLATIONS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            planted.write_clean(root)
            planted.write(root, path, text)
            if rule not in {finding.rule for finding in findings_in(root, all_paths(root))}:
                missed += 1
                print(f'tidy self-test: the planted violation of [{rule}] in {path} was not found:\n{text[:400]}')
    print(f'tidy self-test: {len(planted.VIOLATIONS) - missed} planted violations found, {missed} missed')
    return 1 if missed else 0


def main(arguments):
    if '--help' in arguments or '-h' in arguments:
        print(__doc__)
        return 0
    if '--self-test' in arguments:
        return self_test()
    paths = tracked_paths(ROOT)
    if arguments:
        wanted = tuple(str(Path(argument).resolve().relative_to(ROOT)) for argument in arguments)
        paths = [path for path in paths if path.startswith(wanted)]
    findings = findings_in(ROOT, paths)
    for finding in findings:
        print(finding)
    print(f'tidy: {len(judged(paths))} files, {len(findings)} findings')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
