#!/usr/bin/env bash
# Libraries: capi-param-builder-nodejs 1.3.2 and facebook-nodejs-business-sdk 24.0.1 (Node), facebook_business 26.0.3
# (Python), all Meta's own.
#
# One would guess: Meta matches a person by the hash of normalized fields, so its libraries normalize alike.
#
# What happens: the two Business SDKs agree with each other, and not with the parameter builder. The SDKs keep blanks
# and apostrophes in names, apostrophes in cities, and a date as it was written; they lower the case, and take blanks,
# dots and hyphens out of cities. The builder takes all punctuation out of names, makes "são paulo" "sopaulo" (it drops
# the letter), keeps the blank of a postcode where the SDKs take it out, knows "New York" as "ny", takes dates apart,
# and hashes external_id, which the SDKs send as it is. Phone numbers and e-mail addresses come out the same.
#
# Why it matters: a page that reports a lead with the one library and the server that reports it with the other name two
# people. Names and cities of one's tests ("Ada", "Berlin") agree.
#
# Seen on 2026-11-29: the output below. The form that was hashed is found by hashing the candidates on the right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts capi-param-builder-nodejs@1.3.2 \
  facebook-nodejs-business-sdk@24.0.1 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'facebook_business==26.0.3'

# type, key, what was typed, candidates for what is hashed
cat >fields.json <<'JSON'
[
  ["first_name", "fn", "Ada", ["ada"]],
  ["first_name", "fn", "Mary Ann", ["mary ann", "maryann"]],
  ["last_name", "ln", "O'Brien", ["o'brien", "obrien"]],
  ["city", "ct", "Berlin", ["berlin"]],
  ["city", "ct", "São Paulo", ["sãopaulo", "saopaulo", "sopaulo"]],
  ["city", "ct", "St. John's", ["stjohn's", "stjohns"]],
  ["state", "st", "New York", ["newyork", "ny"]],
  ["zip_code", "zp", "SW1A 1AA", ["sw1a1aa", "sw1a 1aa"]],
  ["date_of_birth", "db", "1990-01-31", ["1990-01-31", "19900131"]],
  ["external_id", "external_id", "Ab7", ["Ab7", "ab7"]],
  ["phone", "ph", "+49 (170) 123-4567", ["491701234567"]],
  ["email", "em", " Ada@Example.com", ["ada@example.com"]]
]
JSON

cat >hash.js <<'JS'
const { createHash } = require("node:crypto");
const { ParamBuilder } = require("capi-param-builder-nodejs");
const { UserData } = require("facebook-nodejs-business-sdk");

const SETTERS = {
  fn: "setFirstNames", ln: "setLastNames", ct: "setCities", st: "setStates", zp: "setZips", db: "setDatesOfBirth",
  external_id: "setExternalIds", ph: "setPhones", em: "setEmails",
};

function form(sent, candidates) {
  const hashed = (text) => createHash("sha256").update(text).digest("hex") === sent;
  return candidates.includes(sent) ? `${sent}, not hashed` : candidates.find(hashed) ?? "another form";
}

const fields = require("./fields.json");
const python = JSON.parse(process.argv[2]);
const builder = new ParamBuilder(["example.com"]);
fields.forEach(([type, key, text, candidates], index) => {
  const built = builder.getNormalizedAndHashedPII(text, type).split(".")[0];
  const [node] = new UserData()[SETTERS[key]]([text]).normalize()[key];
  const forms = [built, node, python[index]].map((sent) => form(sent, candidates));
  console.log(`${text.trim()}: builder ${forms[0]} | Node SDK ${forms[1]} | Python SDK ${forms[2]}`);
});
JS

cat >hash.py <<'PY'
import json
import pathlib

from facebook_business.adobjects.serverside.user_data import UserData

NAMES = {
    "fn": "first_names", "ln": "last_names", "ct": "cities", "st": "states", "zp": "zip_codes", "db": "dates_of_birth",
    "external_id": "external_ids", "ph": "phones", "em": "emails",
}
fields = json.loads(pathlib.Path("fields.json").read_text())
print(json.dumps([UserData(**{NAMES[key]: [text]}).normalize()[key][0] for _, key, text, _ in fields]))
PY

seen=$(node hash.js "$(venv/bin/python hash.py)")
expected="Ada: builder ada | Node SDK ada | Python SDK ada
Mary Ann: builder maryann | Node SDK mary ann | Python SDK mary ann
O'Brien: builder obrien | Node SDK o'brien | Python SDK o'brien
Berlin: builder berlin | Node SDK berlin | Python SDK berlin
São Paulo: builder sopaulo | Node SDK sãopaulo | Python SDK sãopaulo
St. John's: builder stjohns | Node SDK stjohn's | Python SDK stjohn's
New York: builder ny | Node SDK newyork | Python SDK newyork
SW1A 1AA: builder sw1a 1aa | Node SDK sw1a1aa | Python SDK sw1a1aa
1990-01-31: builder 19900131 | Node SDK 1990-01-31 | Python SDK 1990-01-31
Ab7: builder ab7 | Node SDK Ab7, not hashed | Python SDK Ab7, not hashed
+49 (170) 123-4567: builder 491701234567 | Node SDK 491701234567 | Python SDK 491701234567
Ada@Example.com: builder ada@example.com | Node SDK ada@example.com | Python SDK ada@example.com"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
