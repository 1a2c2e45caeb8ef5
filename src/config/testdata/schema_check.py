"""The published JSON Schema against the good and the bad files, by a validator of draft 2020-12.

usage: schema_check.py SCHEMA GOOD_DIR BAD_DIR

A bad file that begins with '# Only loading finds this' must be accepted: what it breaks is beyond a
schema. Every other bad file must be refused, and every good one accepted.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: no dates, no yes/no, no octal 030."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:merge", r"^(?:<<)$", "<"),
]:
    Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))


def accepts(validator, file):
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError:
        return False
    return validator.is_valid(document)


def main(schema_file, good, bad):
    schema = json.loads(pathlib.Path(schema_file).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong, seen = [], 0
    for file in sorted(pathlib.Path(good).glob("*.yml")):
        seen += 1
        if not accepts(validator, file):
            wrong.append(f"{file}: good, but refused")
    for file in sorted(pathlib.Path(bad).glob("*.yml")):
        seen += 1
        beyond = file.read_text(encoding="utf-8").startswith("# Only loading finds this")
        if accepts(validator, file) != beyond:
            wrong.append(f"{file}: " + ("bad beyond a schema, but refused" if beyond else "bad, but accepted"))
    print(f"{seen} files", *wrong, sep="\n")
    return 1 if wrong or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
