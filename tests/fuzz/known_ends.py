"""Cases that end in every way there is: do we see it?"""

import os
import signal
import time

import numpy as np

from tests.fuzz.cases import Limits

LIMITS = Limits(seconds=0.2, megabytes=100.0)


def case(seed, folder):
    ENDS[seed](folder)
    return "odd.json: refused" if seed == 1 else None


def nothing(folder):
    (folder / "file").write_text("left")


def raises(folder):
    raise OverflowError("too large")


def dies(folder):
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs(folder):
    time.sleep(60)


def is_slow(folder):
    time.sleep(0.3)


def is_large(folder):
    np.ones(2**27, np.uint8).sum()


ENDS = (nothing, nothing, raises, dies, is_slow, is_large, hangs, nothing)
