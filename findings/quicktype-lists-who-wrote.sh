#!/usr/bin/env bash
# Library: quicktype-core 26.0.0 (Node), whose Python and JavaScript output are run, on messages of WhatsApp.
#
# One would guess: types generated from an archive of deliveries take the name of a sender and the text of a message for
# texts. Their type, "text" or "image", may become an enumeration.
#
# What happens: any text becomes an enumeration of what the archive has, once there are ten of it and fewer that differ
# than the square root of their number: the names of up to nine people in a hundred messages, or what one person has
# written in ten trials.
# - the generated code has people's names and words in it.
# - a person who is not in the archive is refused, and the whole delivery with her: ValueError in Python, an error in
#   JavaScript. A tenth person in the hundred makes texts of the names again, and everybody is read.
# - phone numbers and ids stay texts, as they have nothing but digits or are all different.
# Without the option inferEnums, names and messages are texts.
#
# Why it matters: one generates types from what a test account has sent, one's own deliveries are read, and the first
# customer's is an exception, so a 500 that Meta repeats for days. The more a small circle has written, the surer it is.
# Names and messages of real people end up in a repository, where no one looks for them.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts quicktype-core@26.0.0 >>npm.log

cat >generate.cjs <<'JS'
const fs = require("node:fs");
const { InputData, jsonInputForTargetLanguage, quicktype } = require("quicktype-core");

const NAMES = ["Ada", "Bob", "Cy", "Di", "Eve", "Flo", "Gus", "Hal", "Ida", "Joe", "Kim"];

function delivery(person, number, text) {
  const sender = `1555000${1000 + person}`;
  const message = { from: sender, id: `wamid.${number}`, timestamp: String(1700000000 + number), type: "text" };
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550000000", phone_number_id: "106" },
    contacts: [{ profile: { name: NAMES[person] }, wa_id: sender }],
    messages: [{ ...message, text: { body: text } }],
  };
  const entry = [{ id: "102", changes: [{ field: "messages", value }] }];
  return JSON.stringify({ object: "whatsapp_business_account", entry });
}

async function generate(name, messages, people, inferEnums = true) {
  const samples = Array.from({ length: messages }, (_, number) => {
    return delivery(number % people, number, people === 1 ? "hello" : `message ${number}`);
  });
  for (const [lang, suffix] of [["python", "py"], ["javascript", "cjs"]]) {
    const input = jsonInputForTargetLanguage(lang);
    await input.addSource({ name: "Delivery", samples });
    const inputData = new InputData();
    inputData.addInput(input);
    const { lines } = await quicktype({ inputData, lang, inferEnums });
    fs.writeFileSync(`${name}.${suffix}`, lines.join("\n"));
  }
}

async function main() {
  await generate("nine_messages", 9, 1);
  await generate("ten_messages", 10, 1);
  await generate("nine_people", 100, 9);
  await generate("ten_people", 100, 10);
  await generate("without_enums", 100, 9, false);
  fs.writeFileSync("known.json", delivery(0, 1, "hello"));
  fs.writeFileSync("other_text.json", delivery(0, 2, "how much?"));
  fs.writeFileSync("other_person.json", delivery(10, 3, "hello"));
}

main();
JS

cat >read.py <<'PY'
import importlib
import json
import subprocess
from enum import Enum

DELIVERIES = ["known", "other_text", "other_person"]
IN_JAVASCRIPT = """
const [archive, name] = process.argv.slice(1);
const text = require("node:fs").readFileSync(`./${name}.json`, "utf8");
try {
  require(`./${archive}.cjs`).toDelivery(text);
  console.log("read");
} catch (error) {
  console.log("refused");
}
"""

for archive in ("nine_messages", "ten_messages", "nine_people", "ten_people", "without_enums"):
    module = importlib.import_module(archive)
    for name in ("Name", "Body"):
        kind = getattr(module, name, None)
        if kind is not None and issubclass(kind, Enum):
            print(f"{archive}: {name} is one of {', '.join(member.value for member in kind)}")
    for name in DELIVERIES:
        with open(f"{name}.json") as file:
            body = json.load(file)
        try:
            message = module.delivery_from_dict(body).entry[0].changes[0].value.messages[0]
            outcome = f"read, timestamp {type(message.timestamp).__name__}"
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        command = ["node", "--eval", IN_JAVASCRIPT, archive, name]
        in_javascript = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        print(f"{archive}, {name}: {outcome}; JavaScript {in_javascript}")
PY

seen=$(node generate.cjs && python3 read.py)
expected="nine_messages, known: read, timestamp int; JavaScript read
nine_messages, other_text: read, timestamp int; JavaScript read
nine_messages, other_person: read, timestamp int; JavaScript read
ten_messages: Name is one of Ada
ten_messages: Body is one of hello
ten_messages, known: read, timestamp int; JavaScript read
ten_messages, other_text: ValueError: 'how much?' is not a valid Body; JavaScript refused
ten_messages, other_person: ValueError: 'Kim' is not a valid Name; JavaScript refused
nine_people: Name is one of Ada, Bob, Cy, Di, Eve, Flo, Gus, Hal, Ida
nine_people, known: read, timestamp int; JavaScript read
nine_people, other_text: read, timestamp int; JavaScript read
nine_people, other_person: ValueError: 'Kim' is not a valid Name; JavaScript refused
ten_people, known: read, timestamp int; JavaScript read
ten_people, other_text: read, timestamp int; JavaScript read
ten_people, other_person: read, timestamp int; JavaScript read
without_enums, known: read, timestamp int; JavaScript read
without_enums, other_text: read, timestamp int; JavaScript read
without_enums, other_person: read, timestamp int; JavaScript read"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
