"""The arrays of a weights file."""

import h5py
import numpy as np
import pytest

from keras_solo import SOLOv2
from keras_solo.models.weights_shapes import Shapes, read_shapes


def test_nothing_to_read(tmp_path):
    path = tmp_path / "w.h5"
    assert read_shapes(path) == Shapes()
    path.write_bytes(b"no HDF5")
    assert read_shapes(path) == Shapes()
    with h5py.File(path, "w") as file:
        file.create_group("layers")
    assert read_shapes(path) == Shapes(None, None, 0, None)


def test_by_hand(tmp_path):
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["a/kernel"] = np.zeros((3, 3, 16, 32), "float32")
        file["a/bias"] = np.zeros(48, "float16")
        file["scalar"] = 7.0
        file["empty"] = np.zeros(0, "float32")
    assert read_shapes(path) == Shapes(
        48, 4, 4 * 9 * 16 * 32 + 2 * 48 + 8, None
    )


def test_values_that_are_not_there(tmp_path):
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("large", (9, 3_000_000), "f4", chunks=True)
    with pytest.raises(ValueError, match=r"w\.h5 says that it holds 108000000"):
        read_shapes(path)
    with h5py.File(path, "w") as file:
        zeros = np.zeros((9, 3_000_000), "float32")
        file.create_dataset("large", data=zeros, compression="gzip")
    with pytest.raises(ValueError, match="which are not in the"):
        read_shapes(path)
    with h5py.File(path, "w") as file:
        file["large"] = zeros
    assert read_shapes(path).widest == 3_000_000


def external_values(file, secret):
    file.create_dataset("a", (6,), "u1", external=[(str(secret), 0, 6)])


def virtual_values(file, secret):
    layout = h5py.VirtualLayout((6,), "u1")
    layout[:] = h5py.VirtualSource(str(secret), "x", (6,))
    file.create_virtual_dataset("a", layout)


def external_link(file, secret):
    file["a"] = h5py.ExternalLink(str(secret), "/x")


def soft_link(file, secret):
    file["here"] = np.zeros(6)
    file["a"] = h5py.SoftLink("/here")


@pytest.mark.parametrize(
    "way", [external_values, virtual_values, external_link, soft_link]
)
def test_values_elsewhere(tmp_path, tiny_model, way):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    tiny_model.save_to_preset(tmp_path / "preset")
    path = tmp_path / "preset" / "model.weights.h5"
    with h5py.File(path, "a") as file:
        way(file.create_group("inside"), secret)
    for verify in (True, False):
        with pytest.raises(ValueError, match="'inside/a' are elsewhere") as bad:
            SOLOv2.from_preset(tmp_path / "preset", verify=verify)
        assert str(path) in str(bad.value)
