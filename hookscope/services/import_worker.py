"""The process that shares the work of an import: it packs the captures of lines."""

import sys

from hookscope.helper_process import serve
from hookscope.services.importing import pack_lines

if __name__ == "__main__":
    serve(int(sys.argv[1]), pack_lines)
