"""A process that shares the work of `tests/test_shared_work.py`."""

import os
import sys

from hookscope.helper_process import serve
from hookscope.shared_work import Bytes


def shout(part: Bytes) -> bytes:
    """Return a part in capitals, after the id of the process that does it."""
    return b"%d %b" % (os.getpid(), bytes(part).upper())


if __name__ == "__main__":
    serve(int(sys.argv[1]), shout)
