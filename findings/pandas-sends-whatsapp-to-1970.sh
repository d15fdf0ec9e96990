#!/usr/bin/env bash
# Library: pandas 3.1.1 (Python), its read_json with lines=True, on messages that webhooks have brought, one a line.
#
# One would guess: the times of an archive come out as they are when it is read from one file, if they do when each
# platform's part of it is. Either pandas leaves numbers alone, or it tells the unit of a time by its size.
#
# What happens: a column whose name begins with "timestamp", or ends in "_time" or "_at", is made dates unasked, and
# pandas looks for one unit that fits the whole column. WhatsApp has seconds, in a text, Messenger and Instagram have
# milliseconds, in a number.
# - each alone is right to the second.
# - one event of Messenger among them puts every message of WhatsApp on 20 January 1970. Its own date stays right.
# - the column "time" of the entries, with the same two units, is left alone: it is not one of those names.
# - with dtype=False, times are left as they came.
#
# Why it matters: the notebook is right for months, until somebody writes to the Page, and then on the days on which
# nobody does. No warning is given, and a filter like "of the last 24 hours", within which Meta lets one answer freely,
# has no WhatsApp in it.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'pandas==3.1.1' 'numpy==2.4.6'

cat >read.py <<'PY'
import io
import json

import pandas

# messages[].timestamp and entry[].messaging[].timestamp; entry[].time of a Page's feed and of its messages.
ADA = {"platform": "whatsapp", "id": "wamid.1", "timestamp": "1700000001"}
BOB = {"platform": "whatsapp", "id": "wamid.2", "timestamp": "1700086402"}
CY = {"platform": "messenger", "id": "m_3", "timestamp": 1700172803456}
ENTRIES = [{"id": "106", "time": 1700000001}, {"id": "106", "time": 1700172803456}]


def show(name, rows, **options):
    text = "\n".join(json.dumps(row) for row in rows)
    frame = pandas.read_json(io.StringIO(text), lines=True, **options)
    column = "time" if "time" in frame else "timestamp"
    print(f"{name}: {', '.join(str(value) for value in frame[column])}")
    if name == "all":
        since = frame["timestamp"].max() - pandas.Timedelta(days=3)
        print(f"  of the last three days: {', '.join(frame[frame['timestamp'] > since]['id'])}")


show("WhatsApp", [ADA, BOB])
show("Messenger", [CY])
show("all", [ADA, BOB, CY])
show("all, with dtype=False", [ADA, BOB, CY], dtype=False)
show("entries", ENTRIES)
PY

seen=$(venv/bin/python read.py)
expected='WhatsApp: 2023-11-14 22:13:21, 2023-11-15 22:13:22
Messenger: 2023-11-16 22:13:23.456000
all: 1970-01-20 16:13:20.001000, 1970-01-20 16:14:46.402000, 2023-11-16 22:13:23.456000
  of the last three days: m_3
all, with dtype=False: 1700000001, 1700086402, 1700172803456
entries: 1700000001, 1700172803456'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
