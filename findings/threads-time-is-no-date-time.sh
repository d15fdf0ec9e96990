#!/usr/bin/env bash
# Libraries: ajv 8.20.0 with ajv-formats 3.0.1, zod 4.6.7, yup 1.7.1, valibot 1.5.0, class-validator 0.15.1 (Node);
# jsonschema 4.26.0 with rfc3339-validator 0.1.4, jsonschema-rs 0.61.2, fastjsonschema 2.22.3, pydantic 2.14.4, msgspec
# 0.23.0 (Python).
#
# One would guess: a field with a date, a time and an offset is a "date-time", so that a schema says the same of it
# wherever it is read, and a typed handler takes it.
#
# What happens: where Meta writes a time as a text, its offset has no colon: 2026-11-30T08:15:00+0000. So it stands in
# the notification of a reply on Threads, in "post" of the one of a comment on a Page, and in a lead that is fetched.
# RFC 3339, which "date-time" means, asks for +00:00; ISO 8601 knows both.
# - one and the same JSON Schema takes the reply with ajv and fastjsonschema, and refuses it with jsonschema,
#   jsonschema-rs, and zod's fromJSONSchema.
# - zod's iso.datetime refuses it with offset: true as well. class-validator's isISO8601 takes it and isRFC3339 does
#   not. yup with allowOffset, valibot, pydantic and msgspec take it.
# - jsonschema without a format checker, which is its default, does not look at it.
#
# Why it matters: a delivery is refused as a whole for a time that nobody needs, and the times in other notifications,
# which are numbers of seconds, raise no suspicion. A schema that a gateway in Node has found right refuses each
# delivery in the app behind it.
#
# Seen on 2026-11-30: the output below. The reply is of the form in "Webhooks for Threads" of Meta (read 2026-11-30).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts ajv@8.20.0 ajv-formats@3.0.1 zod@4.6.7 yup@1.7.1 \
  valibot@1.5.0 class-validator@0.15.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'jsonschema==4.26.0' 'rfc3339-validator==0.1.4' \
  'jsonschema-rs==0.61.2' 'fastjsonschema==2.22.3' 'pydantic==2.14.4' 'msgspec==0.23.0'

cat >reply.json <<'JSON'
{
  "app_id": "1",
  "topic": "moderate",
  "target_id": "2",
  "time": 1796026500,
  "subscription_id": "3",
  "has_uid_field": false,
  "values": {
    "value": {
      "id": "8",
      "username": "ada",
      "text": "nice",
      "media_type": "TEXT_POST",
      "permalink": "https://www.threads.com/@ada/post/A",
      "replied_to": { "id": "5" },
      "root_post": { "id": "5", "owner_id": "2", "username": "shop" },
      "shortcode": "A",
      "timestamp": "2026-11-30T08:15:00+0000"
    },
    "field": "replies"
  }
}
JSON
cat >schema.json <<'JSON'
{
  "type": "object",
  "required": ["values"],
  "properties": {
    "values": {
      "type": "object",
      "required": ["field", "value"],
      "properties": {
        "field": { "type": "string" },
        "value": {
          "type": "object",
          "required": ["id", "timestamp"],
          "properties": {
            "id": { "type": "string" },
            "timestamp": { "type": "string", "format": "date-time" }
          }
        }
      }
    }
  }
}
JSON

cat >check.mjs <<'JS'
import fs from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import validator from "class-validator";
import * as v from "valibot";
import * as yup from "yup";
import { z } from "zod";

const [schema, reply] = ["schema.json", "reply.json"].map((name) => JSON.parse(fs.readFileSync(name, "utf8")));
const ajv = new Ajv();
addFormats(ajv);
const bodies = {
  "schema, ajv": (body) => ajv.validate(schema, body),
  "schema, zod": (body) => z.fromJSONSchema(schema).safeParse(body).success,
};
const texts = {
  "zod iso.datetime": (text) => z.iso.datetime({ offset: true }).safeParse(text).success,
  "yup datetime": (text) => yup.string().datetime({ allowOffset: true }).isValidSync(text),
  "valibot isoTimestamp": (text) => v.safeParse(v.pipe(v.string(), v.isoTimestamp()), text).success,
  "class-validator isISO8601": (text) => validator.isISO8601(text),
  "class-validator isRFC3339": (text) => validator.isRFC3339(text),
};
const sent = reply.values.value.timestamp;
for (const offset of ["+0000", "+00:00"]) {
  const text = sent.replace("+0000", offset);
  const body = structuredClone(reply);
  body.values.value.timestamp = text;
  for (const [name, takes] of Object.entries(bodies)) console.log(`${offset} ${name}: ${takes(body)}`);
  for (const [name, takes] of Object.entries(texts)) console.log(`${offset} ${name}: ${takes(text)}`);
}
JS

cat >check.py <<'PY'
import json
from datetime import datetime
from pathlib import Path

import fastjsonschema
import jsonschema
import jsonschema_rs
import msgspec
import pydantic

schema, reply = (json.loads(Path(name).read_text()) for name in ("schema.json", "reply.json"))
Validator = jsonschema.Draft202012Validator


def takes(check, *errors):
    """Make a check that raises one that returns whether it has not."""

    def outcome(value):
        try:
            check(value)
        except errors:
            return False
        return True

    return outcome


BODIES = {
    "schema, jsonschema": Validator(schema, format_checker=Validator.FORMAT_CHECKER).is_valid,
    "schema, jsonschema without checker": Validator(schema).is_valid,
    "schema, jsonschema-rs": jsonschema_rs.validator_for(schema, validate_formats=True).is_valid,
    "schema, fastjsonschema": takes(fastjsonschema.compile(schema), fastjsonschema.JsonSchemaException),
}
TEXTS = {
    "pydantic": takes(pydantic.TypeAdapter(datetime).validate_python, pydantic.ValidationError),
    "msgspec": takes(lambda text: msgspec.convert(text, datetime), msgspec.ValidationError),
}
sent = reply["values"]["value"]["timestamp"]
for offset in ("+0000", "+00:00"):
    reply["values"]["value"]["timestamp"] = text = sent.replace("+0000", offset)
    for name, check in BODIES.items():
        print(f"{offset} {name}: {str(check(reply)).lower()}")
    for name, check in TEXTS.items():
        print(f"{offset} {name}: {str(check(text)).lower()}")
PY

seen=$(node check.mjs && venv/bin/python check.py)
expected="+0000 schema, ajv: true
+0000 schema, zod: false
+0000 zod iso.datetime: false
+0000 yup datetime: true
+0000 valibot isoTimestamp: true
+0000 class-validator isISO8601: true
+0000 class-validator isRFC3339: false
+00:00 schema, ajv: true
+00:00 schema, zod: true
+00:00 zod iso.datetime: true
+00:00 yup datetime: true
+00:00 valibot isoTimestamp: true
+00:00 class-validator isISO8601: true
+00:00 class-validator isRFC3339: true
+0000 schema, jsonschema: false
+0000 schema, jsonschema without checker: true
+0000 schema, jsonschema-rs: false
+0000 schema, fastjsonschema: true
+0000 pydantic: true
+0000 msgspec: true
+00:00 schema, jsonschema: true
+00:00 schema, jsonschema without checker: true
+00:00 schema, jsonschema-rs: true
+00:00 schema, fastjsonschema: true
+00:00 pydantic: true
+00:00 msgspec: true"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
