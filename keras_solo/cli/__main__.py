"""`python -m keras_solo.cli` is `keras-solo`."""

import sys

from keras_solo.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
