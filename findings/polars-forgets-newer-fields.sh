#!/usr/bin/env bash
# Libraries: polars 2.1.0, duckdb 2.0.1, pyarrow 26.0.1 (Python), on an archive of deliveries, one to a line.
#
# One would guess: polars, which infers its schema from the first hundred lines, takes the types from these. A field
# that comes later is added, or refused.
#
# What happens: a field whose name is not in the first hundred lines is left out, at every depth, in read_ndjson and
# scan_ndjson, without an error.
# - after a hundred statuses a message is a delivery with nothing in it.
# - in an archive begun before WhatsApp had business-scoped user ids, a person whose number is hidden has written a
#   message of nobody. The delivery is there, and its text.
# - with 99 such lines before, or infer_schema_length=None, all is there. duckdb, which looks at 20,480 lines, raises an
#   error that names the line and the field where there are more; pyarrow reads on.
#
# Why it matters: a campaign, or a broadcast at night, brings some hundred statuses, and the day's archive begins with
# them. The counts of lines agree, and the report says that nobody has answered. On the small archive that it was tried
# out with, messages came sooner.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'polars==2.1.0' 'duckdb==2.0.1' 'pyarrow==26.0.1'

cat >read.py <<'PY'
import json
import re

import duckdb
import polars
import pyarrow.json

PHONE = {"display_phone_number": "15550000000", "phone_number_id": "106"}


def delivery(**more):
    value = {"messaging_product": "whatsapp", "metadata": PHONE} | more
    entry = {"id": "102", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def message(contact, **sender):
    text = {"id": "wamid.1", "timestamp": "1700000001", "type": "text", "text": {"body": "is it still to be had?"}}
    return delivery(contacts=[contact], messages=[sender | text])


STATUS = {"id": "wamid.9", "status": "sent", "timestamp": "1700000000", "recipient_id": "15550000001"}
status = delivery(statuses=[STATUS])
older = message({"profile": {"name": "Ada"}, "wa_id": "15550000001"}, **{"from": "15550000001"})
hidden = message({"profile": {"name": "Bob"}, "user_id": "US.2"}, from_user_id="US.2")


def last(rows):
    """Say who wrote what in the last delivery."""
    value = rows[-1]["entry"][0]["changes"][0]["value"]
    texts = value.get("messages") or []
    seen = [(one.get("from") or one.get("from_user_id"), one["text"]["body"]) for one in texts]
    return f"{len(rows)} lines, the last: {seen or sorted(name for name in value if value[name])}"


def duck(path):
    rows = duckdb.sql(f"from '{path}'")
    return [dict(zip(rows.columns, row)) for row in rows.fetchall()]


READERS = {
    "polars": lambda path: polars.read_ndjson(path).to_dicts(),
    "polars, lazy": lambda path: polars.scan_ndjson(path).collect().to_dicts(),
    "polars, None": lambda path: polars.read_ndjson(path, infer_schema_length=None).to_dicts(),
    "duckdb": duck,
    "pyarrow": lambda path: pyarrow.json.read_json(path).to_pylist(),
}
ARCHIVES = {
    "99 statuses, then a message": [status] * 99 + [older],
    "100 statuses, then a message": [status] * 100 + [older],
    "20480 statuses, then a message": [status] * 20480 + [older],
    "100 messages without user ids, then one of a hidden number": [older] * 100 + [hidden],
}
for name, deliveries in ARCHIVES.items():
    print(name)
    with open("archive.ndjson", "w") as file:
        file.writelines(json.dumps(one) + "\n" for one in deliveries)
    for library, read in READERS.items():
        try:
            outcome = last(read("archive.ndjson"))
        except duckdb.Error as error:
            if "unknown key" not in str(error):
                raise
            outcome = f"unknown key in {re.search(r'line [0-9]+', str(error))[0]}"
        print(f"  {library}: {outcome}")
PY

seen=$(venv/bin/python read.py)
text="'is it still to be had?'"
expected="99 statuses, then a message
  polars: 100 lines, the last: [('15550000001', $text)]
  polars, lazy: 100 lines, the last: [('15550000001', $text)]
  polars, None: 100 lines, the last: [('15550000001', $text)]
  duckdb: 100 lines, the last: [('15550000001', $text)]
  pyarrow: 100 lines, the last: [('15550000001', $text)]
100 statuses, then a message
  polars: 101 lines, the last: ['messaging_product', 'metadata']
  polars, lazy: 101 lines, the last: ['messaging_product', 'metadata']
  polars, None: 101 lines, the last: [('15550000001', $text)]
  duckdb: 101 lines, the last: [('15550000001', $text)]
  pyarrow: 101 lines, the last: [('15550000001', $text)]
20480 statuses, then a message
  polars: 20481 lines, the last: ['messaging_product', 'metadata']
  polars, lazy: 20481 lines, the last: ['messaging_product', 'metadata']
  polars, None: 20481 lines, the last: [('15550000001', $text)]
  duckdb: unknown key in line 20481
  pyarrow: 20481 lines, the last: [('15550000001', $text)]
100 messages without user ids, then one of a hidden number
  polars: 101 lines, the last: [(None, $text)]
  polars, lazy: 101 lines, the last: [(None, $text)]
  polars, None: 101 lines, the last: [('US.2', $text)]
  duckdb: 101 lines, the last: [('US.2', $text)]
  pyarrow: 101 lines, the last: [('US.2', $text)]"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
