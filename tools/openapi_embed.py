#!/usr/bin/env python3
"""Turns api/openapi.yaml into a C++ source that holds it as JSON, after checking what the daemon relies on.

usage: tools/openapi_embed.py YAML OUTPUT.cc
"""

import json
import sys

import yaml

VERBS = ('get', 'put', 'post', 'patch', 'delete')
ROLES = ('none', 'viewer', 'operator', 'administrator')
# What src/manager/schema.cc understands; a keyword that it would ignore is refused here.
KEYWORDS = {'type', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'items',
            'required', 'properties', 'additionalProperties', 'oneOf', 'discriminator', '$ref', 'default',
            'description', 'writeOnly', 'x-remedy'}
PIECE = 4000  # bytes of a string literal


def check_refs(node, document):
    if isinstance(node, dict):
        target = node.get('$ref')
        if isinstance(target, str):
            found = document
            for part in target.removeprefix('#/').split('/'):
                found = found[part]
        for value in node.values():
            check_refs(value, document)
    elif isinstance(node, list):
        for value in node:
            check_refs(value, document)


def check_schema(name, schema):
    unknown = set(schema) - KEYWORDS
    if unknown:
        raise ValueError(f'schema {name}: the validator knows no {", ".join(sorted(unknown))}')
    for key, value in schema.get('properties', {}).items():
        check_schema(f'{name}.{key}', value)
    for key in ('items', 'additionalProperties'):
        if isinstance(schema.get(key), dict):
            check_schema(f'{name}.{key}', schema[key])


def check(document):
    check_refs(document, document)
    for name, schema in document['components']['schemas'].items():
        check_schema(name, schema)
    seen = set()
    for path, item in document['paths'].items():
        for verb in VERBS:
            operation = item.get(verb)
            if operation is None:
                continue
            name = operation['operationId']
            if name in seen or operation['x-role'] not in ROLES or not operation['responses']:
                raise ValueError(f'{verb} {path}: operationId twice, unknown x-role, or no responses')
            seen.add(name)


def main(arguments):
    source, output = arguments
    with open(source, encoding='utf-8') as file:
        document = yaml.safe_load(file)
    check(document)
    text = json.dumps(document, separators=(',', ':'), ensure_ascii=True)
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)]
    with open(output, 'w', encoding='utf-8') as file:
        file.write('// Made by tools/openapi_embed.py from api/openapi.yaml.\n#include "openapi/openapi_text.h"\n\n')
        file.write('namespace laneway {\n\nstd::string_view openapi_text() {\n  static constexpr char kText[] =\n')
        file.writelines(f'      {json.dumps(piece)}\n' for piece in pieces)
        file.write('      ;\n  return {kText, sizeof(kText) - 1};\n}\n\n}  // namespace laneway\n')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
