#!/usr/bin/env bash
# Program: php8.2-cli 8.2.36-1~deb12u1 of Debian 12 (amd64), whose own server (`php -S`) runs a hook; php-fpm behind
# nginx and Apache's module do the same. It is unpacked, not installed.
#
# One would guess: file_get_contents("php://input") is the body that came, or the request fails. A limit on bodies has
# to do with post_max_size, 8 MB unless told otherwise, which no delivery of Meta's reaches.
#
# What happens: PHP keeps 16 KiB of a body in memory and puts a longer one into a file in its temporary folder. If it
# cannot write there (a container with a read-only file system, a disk that is full, a service without access to /tmp),
# it throws all of the body away and runs the hook, for which php://input is empty. What tells is a warning in its log,
# "POST data can't be buffered; all data discarded".
#
# Why it matters: a hook that checks X-Hub-Signature-256 computes it over nothing, and answers 401. So the secret seems
# wrong, and only for batches: a delivery of some 80 messages, as forms when an app was away, is refused each time that
# Meta repeats it, while single messages come through. A hook that checks no signature answers 200 and loses them all.
#
# Seen on 2026-11-30: the output below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download php8.2-cli=8.2.36-1~deb12u1 libargon2-1 libsodium23 libxml2 libicu72 >apt.log 2>&1 ||
  { cat apt.log; exit 1; }
for package in *.deb; do dpkg --extract "$package" .; done
export LD_LIBRARY_PATH=$work/usr/lib/x86_64-linux-gnu

cat >hook.php <<'PHP'
<?php
$body = file_get_contents("php://input");
$signature = "sha256=" . hash_hmac("sha256", $body, "app-secret");
http_response_code(hash_equals($signature, $_SERVER["HTTP_X_HUB_SIGNATURE_256"]) ? 200 : 401);
header("X-Read: " . strlen($body));
PHP

cat >deliver.py <<'PY'
import hashlib
import hmac
import json
import queue
import socket
import subprocess
import threading
import urllib.error
import urllib.request


def batch(count):
    """Return the body of one delivery with so many text messages."""
    people = {"sender": {"id": "9" * 17}, "recipient": {"id": "1" * 15}, "timestamp": 1700000000000}
    events = [people | {"message": {"mid": f"m_{n:062}", "text": f"Message {n:05}"}} for n in range(count)]
    delivery = {"object": "page", "entry": [{"id": "1" * 15, "time": 1700000000, "messaging": events}]}
    return json.dumps(delivery, separators=(",", ":")).encode()


def deliver(body):
    """Return the status of the answer, and how much of the body the hook read."""
    signature = "sha256=" + hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, body, headers))
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, int(answer.headers["X-Read"])


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    place = f"127.0.0.1:{free.getsockname()[1]}"
url = f"http://{place}/webhook"
for name, folder in (("a folder that can be written", "."), ("no such folder", "missing")):
    settings = ["-n", "-d", f"sys_temp_dir={folder}", "-d", "display_errors=0", "-d", "log_errors=1"]
    run = ["usr/bin/php8.2", *settings, "-S", place, "hook.php"]
    server = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = queue.SimpleQueue()
    reader = threading.Thread(target=lambda lines=server.stdout: [log.put(line) for line in lines], daemon=True)
    reader.start()
    try:
        while "started" not in log.get(timeout=30):
            pass
        for count in (1, 60, 80, 1000):
            body = batch(count)
            status, read = deliver(body)
            print(f"{name}, {count} messages: answered {status}, {'all' if read == len(body) else read} bytes read")
    finally:
        server.terminate()
        server.wait()
    reader.join()
    lines = [log.get() for _ in range(log.qsize())]
    print(f"{name}: logged {sum('all data discarded' in line for line in lines)} times that data is discarded")
PY

seen=$(python3 deliver.py)
expected="a folder that can be written, 1 messages: answered 200, all bytes read
a folder that can be written, 60 messages: answered 200, all bytes read
a folder that can be written, 80 messages: answered 200, all bytes read
a folder that can be written, 1000 messages: answered 200, all bytes read
a folder that can be written: logged 0 times that data is discarded
no such folder, 1 messages: answered 200, all bytes read
no such folder, 60 messages: answered 200, all bytes read
no such folder, 80 messages: answered 401, 0 bytes read
no such folder, 1000 messages: answered 401, 0 bytes read
no such folder: logged 2 times that data is discarded"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED. Expected:\n%s\n' "$expected" >&2; exit 1; }
