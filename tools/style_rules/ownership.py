"""Every module has an owner in the code map of ARCHITECTURE.md."""

from .rule import Finding

CODE_MAP = 'ARCHITECTURE.md'


def check_tree(root, files):
    modules = {}
    for file in files:
        if file.module and file.is_cpp:
            modules.setdefault(file.module, file.path)
    code_map = root / CODE_MAP
    if not code_map.is_file():
        return [Finding(CODE_MAP, 1, 'code-map', 'missing: write it with a code map that names every module of src/')]
    text = code_map.read_text(encoding='utf-8')
    findings = []
    for module, path in sorted(modules.items()):
        if not any(form in text for form in (f'src/{module}', f'`{module}/', f'`{module}`')):
            findings.append(Finding(path, 1, 'code-map', f'module "{module}" is not in the code map of {CODE_MAP}: add '
                                    'a line that says what it is and which layer it is on'))
    return findings
