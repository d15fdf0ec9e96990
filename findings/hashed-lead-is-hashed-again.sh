#!/usr/bin/env bash
# Libraries: capi-param-builder-nodejs 1.3.2 and facebook-nodejs-business-sdk 24.0.1 (Node), both Meta's own.
#
# One would guess: a lead that a webhook announced is reported back by the Conversions API with these two: the parameter
# builder normalizes and hashes the person's fields, and the Business SDK, which leaves fields alone that are hashed
# already, sends them.
#
# What happens: the builder's hash ends in a dot and eight characters that name its language and version. The SDK takes
# 64 hexadecimal characters for a hash and nothing else. So it hashes the first name, postcode, city and date of birth
# once more, which nobody can match; sends null for the gender; and refuses e-mail address, phone number and country as
# malformed. external_id, which the SDK never hashes, goes through.
#
# Why it matters: with names and cities alone nothing fails, the events are accepted, and no lead is ever matched. What
# was sent looks like a hash, as it should. Cutting the value at the dot makes the two fit.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts capi-param-builder-nodejs@1.3.2 \
  facebook-nodejs-business-sdk@24.0.1 >>npm.log

cat >report.js <<'JS'
const { ParamBuilder } = require("capi-param-builder-nodejs");
const { UserData } = require("facebook-nodejs-business-sdk");

const FIELDS = [
  ["first_name", "Ada", "fn", "setFirstNames"],
  ["city", "Berlin", "ct", "setCities"],
  ["zip_code", "10115", "zp", "setZips"],
  ["date_of_birth", "19900131", "db", "setDatesOfBirth"],
  ["gender", "f", "ge", "setGenders"],
  ["email", "ada@example.com", "em", "setEmails"],
  ["phone", "+49 170 1234567", "ph", "setPhones"],
  ["country", "de", "country", "setCountries"],
  ["external_id", "7", "external_id", "setExternalIds"],
];

/** Return the value that the Business SDK would send, or the beginning of its refusal. */
function sent(value, key, setter) {
  try {
    return new UserData()[setter]([value]).normalize()[key][0];
  } catch (error) {
    return error.message.split(" ").slice(0, 2).join(" ");
  }
}

const short = (value) => (/^[0-9a-f]{64}/.test(value) ? value.slice(0, 6) + value.slice(64) : String(value));
const builder = new ParamBuilder(["example.com"]);
for (const [type, value, key, setter] of FIELDS) {
  const hashed = builder.getNormalizedAndHashedPII(value, type);
  const all = [hashed, sent(value, key, setter), sent(hashed, key, setter), sent(hashed.split(".")[0], key, setter)];
  const [built, alone, both, cut] = all.map(short);
  console.log(`${type}: builder ${built}, SDK alone ${alone}, one after the other ${both}, cut ${cut}`);
}
JS

seen=$(node report.js)
expected='first_name: builder fdee43.AQQCAQMC, SDK alone fdee43, one after the other 3facde, cut fdee43
city: builder fb38a9.AQQCAQMC, SDK alone fb38a9, one after the other fce2c6, cut fb38a9
zip_code: builder ac7bb7.AQQCAQMC, SDK alone ac7bb7, one after the other 6ced7e, cut ac7bb7
date_of_birth: builder 267b39.AQQCAQMC, SDK alone 267b39, one after the other 534fd8, cut 267b39
gender: builder 252f10.AQQCAQMC, SDK alone 252f10, one after the other null, cut 252f10
email: builder b5fc85.AQQCAQMC, SDK alone b5fc85, one after the other Invalid email, cut b5fc85
phone: builder 8b47a5.AQQCAQMC, SDK alone 8b47a5, one after the other Invalid phone, cut 8b47a5
country: builder 959a45.AQQCAQMC, SDK alone 959a45, one after the other Invalid country, cut 959a45
external_id: builder 790269.AQQCAQMC, SDK alone 7, one after the other 790269.AQQCAQMC, cut 790269'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
