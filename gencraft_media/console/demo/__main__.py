"""What `make demo` runs."""

import sys

from gencraft_media.console.start import become

if __name__ == "__main__":
    become("demo", *sys.argv[1:])
