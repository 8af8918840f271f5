"""The widest array of a weights file."""

import h5py
import numpy as np

from keras_solo.models.weights_shapes import widest


def test_nothing_to_read(tmp_path):
    path = tmp_path / "w.h5"
    assert widest(path) is None
    path.write_bytes(b"no HDF5")
    assert widest(path) is None
    with h5py.File(path, "w") as file:
        file.create_group("layers")
    assert widest(path) is None


def test_the_largest_side(tmp_path):
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["a/kernel"] = np.zeros((3, 3, 16, 32))
        file["a/bias"] = np.zeros(48)
        file["scalar"] = 7.0
        file.create_dataset("large", (1, 10_000_000), "f4", chunks=True)
    assert widest(path) == 10_000_000
