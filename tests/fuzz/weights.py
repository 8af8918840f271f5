"""Weights files of presets: bytes changed, cut off, or put in."""

import random
import shutil

from tests.fuzz.presets import LIMITS, copied, open_preset, prepare

__all__ = ["LIMITS", "case", "prepare"]


def case(seed, folder):
    rng = random.Random(seed)
    preset = copied(folder)
    path = preset / "model.weights.h5"
    before = path.read_bytes()
    path.write_bytes(changed(before, rng))
    summed = rng.random() < 0.3
    if not summed:
        (preset / "metadata.json").unlink()
    said = open_preset(preset)
    same = path.read_bytes() == before
    assert said or same or not summed, "A wrong checksum is not seen"
    shutil.rmtree(preset)
    return said


def changed(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 40))):
        # What describes the arrays stands near the beginning.
        end = rng.choice((len(data), 4096, 100))
        data[rng.randrange(end)] = rng.randrange(256)
    if rng.random() < 0.1:
        del data[rng.randrange(len(data)) :]
    if rng.random() < 0.1:
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.randbytes(rng.randint(1, 300))
    return bytes(data)
