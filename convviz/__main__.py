"""``python -m convviz``: the command line."""

import sys

from convviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
