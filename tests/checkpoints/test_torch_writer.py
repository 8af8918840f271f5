import numpy as np
import pytest

from keras_solo.checkpoints import read_torch_file
from keras_solo.checkpoints.torch_writer import write_torch_file


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"none": None, "flags": [True, False], "text": "ä"},
        {"numbers": (0, 1, -1, 255, 256, -(2**40), 1.5, float("inf"))},
        {"nested": {"list": [{"tuple": ()}]}},
    ],
)
def test_plain_values(tmp_path, value):
    write_torch_file(tmp_path / "file.pth", value)
    assert read_torch_file(tmp_path / "file.pth") == value
    assert [path.name for path in tmp_path.iterdir()] == ["file.pth"]


@pytest.mark.parametrize(
    "dtype",
    ["float32", "float64", "float16", "int64", "int32", "uint8", "bool"],
)
def test_arrays(tmp_path, dtype):
    arrays = {
        "rows": np.arange(6).reshape(2, 3).astype(dtype),
        "turned": np.arange(6).reshape(2, 3).T.astype(dtype),
        "one": np.ones((), dtype),
        "none": np.zeros((0, 4), dtype),
    }
    write_torch_file(tmp_path / "file.pth", arrays)
    read = read_torch_file(tmp_path / "file.pth")
    for name, value in arrays.items():
        np.testing.assert_array_equal(read[name], value)
        assert read[name].dtype == value.dtype


@pytest.mark.parametrize("value", [{1, 2}, np.zeros(2, "complex64"), object()])
def test_what_is_refused(tmp_path, value):
    with pytest.raises(TypeError, match="Received"):
        write_torch_file(tmp_path / "file.pth", value)
    assert not list(tmp_path.iterdir())


def test_folders_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_torch_file(tmp_path / "nowhere" / "file.pth", {})
