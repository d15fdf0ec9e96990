"""The process that shares the work of an export: its first message says how, each other one what."""

import sys
from contextlib import ExitStack

from hookscope.helper_process import serve_prepared
from hookscope.services.shared_export import prepare_export

if __name__ == "__main__":
    with ExitStack() as until_then:
        serve_prepared(int(sys.argv[1]), lambda setup: prepare_export(setup, until_then))
