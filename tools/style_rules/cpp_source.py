"""C++ text as the rules see it: comments and literals blanked out, function bodies and their shape found by braces."""

import re
from dataclasses import dataclass

_LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|'
    r'(?<![0-9a-fA-FxX])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)
_CONTROL = re.compile(r'\b(if|for|while|switch|do|else|try|catch)\b')
_TYPE_SCOPE = re.compile(r'\b(namespace|class|struct|union|enum|extern)\b[^;(){}]*$')


def strip_literals(text):
    """Blanks comments and literals, keeping every line where it was."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))
    return _LITERALS.sub(blank, text)


@dataclass
class Function:
    name: str
    line: int
    line_count: int
    parameter_count: int
    nesting: int


def _matching(text, start, open_char, close_char):
    depth = 0
    for index in range(start, len(text)):
        if text[index] == open_char:
            depth += 1
        elif text[index] == close_char:
            depth -= 1
            if depth == 0:
                return index
    return len(text) - 1


def _count_parameters(inner):
    if not inner.strip() or inner.strip() == 'void':
        return 0
    depth = 0
    commas = 0
    for index, char in enumerate(inner):
        if char in '(<[{':
            depth += 1
        elif char in ')]}' or (char == '>' and inner[index - 1] not in '-='):
            depth -= 1
        elif char == ',' and depth == 0:
            commas += 1
    return commas + 1


def _header_of(head):
    """(name, parameter text) of the function whose header is `head`, or nothing where it is none."""
    head = re.sub(r'^\s*template\s*<[^{};]*?>\s*(requires\s*\([^)]*\)\s*|requires\s[^{}();]*?)?(?=\w)', '', head)
    head = re.sub(r'\[\[[^\]]*\]\]', '', head)
    if _TYPE_SCOPE.search(head) or '=' in head.split('(')[0].replace('operator==', '').replace('operator=', ''):
        return None
    match = re.search(r'([~\w:]+(?:<[^<>()]*>)?|operator\s*\(\)|operator\s*[^\s\w(]{1,3})\s*\(', head)
    if not match or _CONTROL.fullmatch(match.group(1)) or match.group(1) in ('return', 'requires', 'constexpr'):
        return None
    end = _matching(head, match.end() - 1, '(', ')')
    return match.group(1), head[match.end():end]


def _block_kind(head):
    if re.search(r'\)\s*(mutable|noexcept|->[^;{}]*|\s)*$', head) and re.search(r'\[[^\[\]]*\]\s*\(', head):
        return 'lambda'
    if re.match(r'\s*(}\s*)?(else\s+)?(if|for|while|switch)\b', head) or re.match(r'\s*(do|else|try|catch)\b', head):
        return 'control'
    return 'other'


def functions(stripped):
    """Every function with a body in text that strip_literals has treated."""
    found = []
    stack = []  # (kind, start index, head text)
    head_start = 0
    paren = 0
    code = re.sub(r'^[ \t]*#.*(?:\\\n.*)*', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), stripped, flags=re.MULTILINE)
    for index, char in enumerate(code):
        if char in '()':
            paren += 1 if char == '(' else -1
        elif char == ';' and paren <= (stack[-1]['paren'] if stack else 0):
            head_start = index + 1
        elif char == '{':
            _open_block(code, index, head_start, stack, paren)
            head_start = index + 1
        elif char == '}' and stack:
            block = stack.pop()
            paren = block['paren']
            if block['kind'] == 'function':
                found.append(_function_of(code, block, index))
            head_start = index + 1 if block['kind'] != 'init' else block['head_start']
    return found


def _open_block(code, index, head_start, stack, paren):
    head = code[head_start:index]
    head = re.sub(r'^\s*(public|private|protected|default|case[^:?]*)\s*:(?!:)', '', head)
    head = re.sub(r'\b(LW_[A-Z_]+|alignas|__attribute__)\s*\((?:[^()]|\([^()]*\))*\)', ' ', head)
    inside = any(block['kind'] == 'function' for block in stack)
    block = {'kind': 'scope', 'start': index, 'paren': paren, 'head_start': head_start, 'deepest': 0}
    if inside:
        block['kind'] = _block_kind(head)
        if block['kind'] == 'control':
            function = [b for b in stack if b['kind'] == 'function'][-1]
            depth = 1 + sum(1 for b in stack if b['kind'] == 'control')
            function['deepest'] = max(function['deepest'], depth)
    elif re.search(r'[:,]\s*[\w:]+(<[^<>]*>)?\s*$', head) and _header_of(head) and re.search(r'\)\s*[^()]*:', head):
        block['kind'] = 'init'  # a brace of a constructor's initialiser list
    elif not _TYPE_SCOPE.search(head):
        header = _header_of(head)
        if header:
            block.update(kind='function', name=header[0], parameters=_count_parameters(header[1]), head=head)
        else:
            block['kind'] = 'init'
    stack.append(block)


def _function_of(code, block, end):
    head = block['head']
    lead = len(head) - len(head.lstrip())
    first = code.count('\n', 0, block['start'] - len(head) + lead) + 1
    last = code.count('\n', 0, end) + 1
    return Function(block['name'], first, last - first + 1, block['parameters'], block['deepest'])
