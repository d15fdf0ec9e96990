"""A tunnel's helper process that ends within a message, as one that is killed does."""

import sys

if __name__ == "__main__":
    sys.stdin.readline()
    sys.stdout.write('{"event": "line", "text": "https://hoo')
