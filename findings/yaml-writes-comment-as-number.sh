#!/usr/bin/env bash
# Libraries: yaml 2.9.1, js-yaml 5.5.0 and 4.1.1 (Node), PyYAML 6.0.3, ruamel.yaml 0.19.1, ryaml 0.5.1 (Python), on the
# ids of two comments on a Page, as changes in "feed" have them in comment_id.
#
# One would guess: a text that one YAML library writes is a text to the next. Each puts quotes around what could be
# taken for a number, as yaml does with the id of a comment on Instagram, which is all digits.
#
# What happens: 106000000000001_901000000000001 is a number in YAML 1.1, where underscores may stand between digits, and
# a text in YAML 1.2. Writer and reader need not follow the same version:
# - yaml and ryaml write it bare. The others write quotes, js-yaml 5.5.0 too, although it reads a text without them.
# - PyYAML reads it as an integer. So does ruamel.yaml, which is a library for YAML 1.2. As a text again, it has no
#   underscore: the id of nothing.
# - js-yaml 4.1.1 reads a double, so that both comments are one.
# Each reads back what it wrote itself, so that no test with one of them shows it.
#
# Why it matters: fixtures, cassettes and lists of hidden comments are YAML that one tool writes and another reads. The
# same line, typed by hand into a file of settings, is an id to the one and a number to the other; an update of js-yaml
# changes it.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts yaml@2.9.1 js-yaml@5.5.0 \
  js-yaml-4@npm:js-yaml@4.1.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'PyYAML==6.0.3' 'ruamel.yaml==0.19.1' 'ryaml==0.5.1'

cat >tool.cjs <<'JS'
const fs = require("node:fs");

const [action, library, path] = process.argv.slice(2);
const { load, dump, parse, stringify } = require(library);
if (action === "write") {
  const ids = JSON.parse(fs.readFileSync("ids.json", "utf8"));
  fs.writeFileSync(path, (dump ?? stringify)(ids));
} else {
  const ids = Object.values((load ?? parse)(fs.readFileSync(path, "utf8")));
  console.log(`${typeof ids[0]} ${ids.map(String).join(" ")}`);
}
JS

cat >tool.py <<'PY'
import io
import json
import subprocess

import ruamel.yaml
import ryaml
import yaml


def with_ruamel(ids):
    text = io.StringIO()
    ruamel.yaml.YAML().dump(ids, text)
    return text.getvalue()


# Ada and Bob have commented on a Page; a comment on Instagram has digits only.
IDS = {
    "ada": "106000000000001_901000000000001",
    "bob": "106000000000001_901000000000002",
    "instagram": "17858893260000001",
}
IN_PYTHON = {
    "PyYAML": (yaml.safe_dump, yaml.safe_load),
    "ruamel.yaml": (with_ruamel, lambda text: ruamel.yaml.YAML().load(text)),
    "ryaml": (ryaml.dumps, ryaml.loads),
}
IN_NODE = ["yaml", "js-yaml", "js-yaml-4"]


def node(*words):
    return subprocess.run(["node", "tool.cjs", *words], check=True, capture_output=True, text=True).stdout.strip()


def read(library, path):
    if library in IN_NODE:
        return node("read", library, path)
    with open(path) as file:
        ids = list(IN_PYTHON[library][1](file.read()).values())
    kind = "string" if isinstance(ids[0], str) else type(ids[0]).__name__
    return f"{kind} {' '.join(map(str, ids))}"


with open("ids.json", "w") as file:
    json.dump(IDS, file)
for writer in [*IN_NODE, *IN_PYTHON]:
    if writer in IN_NODE:
        node("write", writer, "ids.yaml")
    else:
        with open("ids.yaml", "w") as file:
            file.write(IN_PYTHON[writer][0](IDS))
    with open("ids.yaml") as file:
        lines = sorted(line.strip() for line in file if line.strip(" \n-"))
    print(f"{writer} writes {', '.join(lines)}")
    for reader in [*IN_NODE, *IN_PYTHON]:
        outcome = read(reader, "ids.yaml")
        if outcome != f"string {' '.join(IDS.values())}":
            print(f"  {reader} reads {outcome}")
PY

seen=$(venv/bin/python tool.py)
numbers="106000000000001901000000000001 106000000000001901000000000002 17858893260000001"
quoted="ada: '106000000000001_901000000000001', bob: '106000000000001_901000000000002', instagram: '17858893260000001'"
bare="ada: 106000000000001_901000000000001, bob: 106000000000001_901000000000002"
expected="yaml writes $bare, instagram: \"17858893260000001\"
  js-yaml-4 reads number 1.060000000000019e+29 1.060000000000019e+29 17858893260000001
  PyYAML reads int $numbers
  ruamel.yaml reads ScalarInt $numbers
js-yaml writes $quoted
js-yaml-4 writes $quoted
PyYAML writes $quoted
ruamel.yaml writes $quoted
ryaml writes $bare, instagram: '17858893260000001'
  js-yaml-4 reads number 1.060000000000019e+29 1.060000000000019e+29 17858893260000001
  PyYAML reads int $numbers
  ruamel.yaml reads ScalarInt $numbers"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
