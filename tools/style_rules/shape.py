"""Rules about shape: length of files and functions, nesting, parameters, how a header starts, wire structs."""

import ast
import re

from .cpp_source import functions
from .rule import Finding

FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 1000
FUNCTION_LINES_MAX = 70
NESTING_MAX = 3
PARAMETERS_MAX = 5
COLUMNS_MAX = 120


def check(file):
    findings = list(_size(file))
    if file.is_cpp:
        findings += _functions(file)
        findings += _wire_structs(file)
    if file.suffix == '.h':
        findings += _header_start(file)
    if file.suffix == '.py':
        findings += _python_functions(file)
    return findings


def _size(file):
    limit = TEST_FILE_LINES_MAX if file.is_test else FILE_LINES_MAX
    if file.suffix in ('.h', '.cc', '.py', '.sh') and len(file.lines) > limit:
        yield Finding(file.path, len(file.lines), 'file-length',
                      f'{len(file.lines)} lines, at most {limit}: split it by noun, one type a file')
    if file.suffix in ('.h', '.cc', '.py', '.sh'):
        for number, line in enumerate(file.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield Finding(file.path, number, 'columns',
                              f'{len(line)} columns, at most {COLUMNS_MAX}: wrap the line (clang-format does it)')


def _functions(file):
    for function in functions(file.code):
        if function.line_count > FUNCTION_LINES_MAX:
            yield Finding(file.path, function.line, 'function-length',
                          f'{function.name} has {function.line_count} lines, at most {FUNCTION_LINES_MAX}: '
                          'give each step a function of its own and call them in order')
        if function.nesting > NESTING_MAX:
            yield Finding(file.path, function.line, 'nesting',
                          f'{function.name} nests {function.nesting} deep, at most {NESTING_MAX}: '
                          'return early on the bad cases, or move the inner block into a function')
        if function.parameter_count > PARAMETERS_MAX:
            yield Finding(file.path, function.line, 'parameters',
                          f'{function.name} takes {function.parameter_count} parameters, at most {PARAMETERS_MAX}: '
                          'pass a struct with named fields')


def _header_start(file):
    if not file.lines or file.lines[0] != '#pragma once':
        yield Finding(file.path, 1, 'header-start', 'a header starts with "#pragma once" on its first line')
        return
    comment_lines = 0
    for line in file.lines[1:]:
        if not line.startswith('//'):
            break
        comment_lines += 1
    if not 2 <= comment_lines <= 8:
        yield Finding(file.path, 2, 'header-start',
                      f'{comment_lines} comment lines after "#pragma once", 2 to 8 wanted: what it is, who owns it, '
                      'which thread')


_LOOSE_INTEGER = re.compile(r'^\s*(?:const\s+)?(unsigned|signed|int|long|short|size_t|bool|char)\b[^()]*;')

_WIRE_STRUCT = re.compile(r'\bstruct\s+(?:\[\[[^\]]*\]\]\s*|__attribute__\(\([^)]*\)+\s*)?(\w+Wire)\b[^;{]*\{')


def _wire_structs(file):
    for match in _WIRE_STRUCT.finditer(file.code):
        name = match.group(1)
        line = file.code.count('\n', 0, match.start()) + 1
        if not re.search(r'static_assert\s*\(\s*sizeof\s*\(\s*(?:\w+::)*' + name + r'\s*\)', file.code):
            yield Finding(file.path, line, 'wire-struct',
                          f'{name} has no size check: add static_assert(sizeof({name}) == N) below it')
        body = file.code[match.end():file.code.find('}', match.end())]
        for offset, text in enumerate(body.splitlines()):
            loose = _LOOSE_INTEGER.match(text)
            if loose:
                yield Finding(file.path, line + offset, 'wire-struct',
                              f'"{loose.group(1)}" in {name}: use a fixed-width integer')


def _python_functions(file):
    try:
        tree = ast.parse(file.text)
    except SyntaxError as error:
        yield Finding(file.path, error.lineno or 1, 'syntax', f'Python cannot parse it: {error.msg}')
        return
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        length = node.end_lineno - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield Finding(file.path, node.lineno, 'function-length',
                          f'{node.name} has {length} lines, at most {FUNCTION_LINES_MAX}: '
                          'give each step its own function')
