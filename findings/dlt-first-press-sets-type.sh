#!/usr/bin/env bash
# Library: dlt 1.31.0 with duckdb 2.0.1 (Python).
#
# One would guess: a pipeline that stores deliveries keeps a button's payload as the text that it is. A payload is
# opaque: the bot has put it into the button, and Meta brings it back unchanged.
#
# What happens: dlt looks at the first value that it meets in a column. If the first person to press a button chose a
# slot, whose payload is its time in ISO form, the column is a timestamp from then on. The offset is gone (10:00+01:00
# is stored as 09:00 UTC), and "cancel", pressed by the next person, goes to a second column, payload__v_text, and the
# first has NULL. If the same two press in the other order, both are stored as they were sent.
#
# Why it matters: nothing is refused and nothing is logged. A query for the payload that the bot has put into its
# buttons finds it or not, depending on who pressed first on the day the table was made: on the developer's machine
# otherwise than in production. Ids of WhatsApp's buttons are such texts too. Without the type detection "iso_timestamp"
# they stay texts.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'dlt==1.31.0' 'duckdb==2.0.1'

cat >store.py <<'PY'
import dlt

SLOT, CANCEL = "2026-12-01T10:00:00+01:00", "cancel"
TABLE = "deliveries__entry__messaging"


def delivery(number, payload):
    postback = {"mid": f"m_{number}", "title": payload[:6], "payload": payload}
    event = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1700000000000 + number, "postback": postback}
    return {"object": "page", "entry": [{"id": "2", "time": event["timestamp"], "messaging": [event]}]}


def store(name, payloads, schema):
    pipeline = dlt.pipeline(schema.name, destination="duckdb", dataset_name="meta", pipelines_dir="pipelines")
    for number, payload in enumerate(payloads):
        pipeline.run([delivery(number, payload)], table_name="deliveries", schema=schema)
    types = pipeline.default_schema.get_table_columns(TABLE)
    columns = {column: types[column]["data_type"] for column in types if "payload" in column}
    print(f"{name}:", ", ".join(f"{column} {type}" for column, type in columns.items()))
    with pipeline.sql_client() as client:
        names = ", ".join(columns)
        for row in client.execute_sql(f"SELECT {names} FROM {TABLE} ORDER BY timestamp"):
            print("  stored:", " | ".join(map(str, row)))
        [[found]] = client.execute_sql(f"SELECT count(*) FROM {TABLE} WHERE postback__payload::text = %s", SLOT)
        print("  rows with the payload of the slot:", found)


plain = dlt.Schema("plain")
plain.remove_type_detection("iso_timestamp")
store("slot, then cancel", [SLOT, CANCEL], dlt.Schema("slot"))
store("cancel, then slot", [CANCEL, SLOT], dlt.Schema("cancel"))
store("slot, then cancel, without the detection", [SLOT, CANCEL], plain)
PY

export HOME="$work" RUNTIME__DLTHUB_TELEMETRY=false TZ=UTC
seen=$(venv/bin/python store.py)
expected='slot, then cancel: postback__payload timestamp, postback__payload__v_text text
  stored: 2026-12-01 09:00:00+00:00 | None
  stored: None | cancel
  rows with the payload of the slot: 0
cancel, then slot: postback__payload text
  stored: cancel
  stored: 2026-12-01T10:00:00+01:00
  rows with the payload of the slot: 1
slot, then cancel, without the detection: postback__payload text
  stored: 2026-12-01T10:00:00+01:00
  stored: cancel
  rows with the payload of the slot: 1'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
