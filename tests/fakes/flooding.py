"""A tunnel's helper process that never ceases to tell something."""

import sys

if __name__ == "__main__":
    sys.stdin.readline()
    while True:
        sys.stdout.write('{"event": "line", "text": "https://hooks.example.com"}\n' * 1000)
