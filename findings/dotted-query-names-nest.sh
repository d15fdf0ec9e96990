#!/usr/bin/env bash
# Libraries: webargs 8.7.1, marshmallow 4.4.0, Flask 3.1.3 (Python).
#
# One would guess: a webargs schema that lists the three parameters of Meta's verification request under their own
# names, "hub.mode", "hub.verify_token" and "hub.challenge", gives a dictionary with these three keys.
#
# What happens: a dot in the name of a marshmallow field is a path. The arguments arrive as one key "hub" that holds a
# dictionary, so args["hub.challenge"] raises KeyError. With a plain name and data_key="hub.challenge" the same dot
# is only a dot: data_key is looked up as it is, the field's name is not.
#
# Why it matters: these names come from PubSubHubbub, and nobody sees the nesting before Meta's one GET request fails
# with "The URL couldn't be validated". PHP turns the same dots into underscores; here they turn into levels.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'webargs==8.7.1' 'marshmallow==4.4.0' 'flask==3.1.3'

cat >ask.py <<'PY'
from flask import Flask
from webargs import fields
from webargs.flaskparser import use_args

app = Flask(__name__)
NAMES = ("hub.mode", "hub.verify_token", "hub.challenge")


@app.get("/by-name")
@use_args({name: fields.Str(required=True) for name in NAMES}, location="query")
def by_name(args):
    return repr(args)


@app.get("/by-data-key")
@use_args({name.replace(".", "_"): fields.Str(required=True, data_key=name) for name in NAMES}, location="query")
def by_data_key(args):
    return repr(args)


query = "?hub.mode=subscribe&hub.verify_token=t0ken&hub.challenge=1158201444"
for path in ("/by-name", "/by-data-key"):
    print(path, app.test_client().get(path + query).text)
PY

seen=$(venv/bin/python ask.py)
expected="/by-name {'hub': {'mode': 'subscribe', 'verify_token': 't0ken', 'challenge': '1158201444'}}
/by-data-key {'hub_mode': 'subscribe', 'hub_verify_token': 't0ken', 'hub_challenge': '1158201444'}"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
