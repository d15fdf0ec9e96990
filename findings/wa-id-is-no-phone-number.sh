#!/usr/bin/env bash
# Libraries: phonenumbers 9.0.43 (Python), libphonenumber-js 1.13.16, phone 3.1.72 (Node).
#
# One would guess: WhatsApp's `wa_id` is a phone number without the plus, so that libphonenumber takes it, and its E.164
# form identifies the same person everywhere.
#
# What happens: WhatsApp keeps numbers in the form in which accounts were once registered. A Mexican `wa_id` begins with
# 521, an older Brazilian one has eight digits after the area code (FAQs of WhatsApp providers: Green API, "Features of
# sending and receiving messages from different countries", Whapi.Cloud, "Specifics of sending messages to numbers of
# different countries", read 2026-11-29).
# - libphonenumber, in Python and in JavaScript, calls the Mexican one impossible and the Brazilian one invalid, and
#   formats both as they are: parsing raises no error.
# - `phone` calls the Mexican one valid, and refuses the Brazilian one. It calls the Argentinian one (549…), of which
#   libphonenumber approves, valid as well, and returns another number, without the 9.
# So three checks give three answers about who may be stored, and one of them changes whom a reply goes to.
#
# Why it matters: a webhook handler that validates or normalizes the sender drops messages of real people, or files them
# under an id that no other notification (`statuses[].recipient_id`) has.
#
# Seen on 2026-11-29: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts libphonenumber-js@1.13.16 phone@3.1.72 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'phonenumbers==9.0.43'

cat >judge.py <<'PY'
import sys

import phonenumbers

for wa_id in sys.argv[1:]:
    number = phonenumbers.parse(f"+{wa_id}")
    possible, valid = phonenumbers.is_possible_number(number), phonenumbers.is_valid_number(number)
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(f"phonenumbers {wa_id}: possible {possible}, valid {valid}, {formatted}")
PY

cat >judge.js <<'JS'
const { parsePhoneNumberFromString } = require("libphonenumber-js/max");
const { phone } = require("phone");

const word = (value) => (value ? "True" : "False");
for (const id of process.argv.slice(2)) {
  const number = parsePhoneNumberFromString(`+${id}`);
  const judged = `possible ${word(number.isPossible())}, valid ${word(number.isValid())}`;
  console.log(`libphonenumber-js ${id}: ${judged}, ${number.number}`);
}
for (const id of process.argv.slice(2)) {
  const { isValid, phoneNumber } = phone(`+${id}`);
  console.log(`phone ${id}: valid ${word(isValid)}, ${phoneNumber}`);
}
JS

# Mexico City, Buenos Aires, São Paulo (an account from before the ninth digit).
ids=(5215512345678 5491123456789 551187654321)
seen=$(venv/bin/python judge.py "${ids[@]}"; node judge.js "${ids[@]}")
expected="phonenumbers 5215512345678: possible False, valid False, +5215512345678
phonenumbers 5491123456789: possible True, valid True, +5491123456789
phonenumbers 551187654321: possible True, valid False, +551187654321
libphonenumber-js 5215512345678: possible False, valid False, +5215512345678
libphonenumber-js 5491123456789: possible True, valid True, +5491123456789
libphonenumber-js 551187654321: possible True, valid False, +551187654321
phone 5215512345678: valid True, +5215512345678
phone 5491123456789: valid True, +541123456789
phone 551187654321: valid False, null"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "this has changed; expected:"; echo "$expected"; exit 1; }
