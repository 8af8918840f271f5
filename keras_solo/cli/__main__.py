"""`python -m keras_solo.cli` is `keras-solo`."""

from keras_solo.cli.main import run_and_exit

if __name__ == "__main__":
    run_and_exit()
