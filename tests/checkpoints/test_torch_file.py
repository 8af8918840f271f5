"""Good files come back as they were, hostile ones as a clear error."""

import io
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_solo.checkpoints.inert_pickle import Placeholder
from keras_solo.checkpoints.torch_file import TorchFileError, read_torch_file
from tests.backend_use import once
from tests.torch_files import (
    MAGIC,
    SYSTEM,
    Rebuilt,
    _function,
    legacy_file,
    state_file,
    zip_file,
)

ARRAYS = {
    "weight": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "half": np.arange(4, dtype="float16"),
    "double": np.linspace(0, 1, 5),
    "counter": np.array(7),
    "flags": np.array([True, False]),
    "empty": np.zeros((0, 3), "float32"),
}
BOTH = pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "zip"])


@pytest.fixture
def read(tmp_path):
    def function(data):
        path = tmp_path / "model.pth"
        path.write_bytes(data)
        return read_torch_file(path)

    return function


# === Good files ===


@BOTH
def test_arrays_come_back(read, legacy):
    checkpoint = read(state_file(ARRAYS, legacy, epoch=12, names=("a", "b")))
    assert checkpoint["meta"] == {"epoch": 12, "names": ("a", "b")}
    assert checkpoint["state_dict"].keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        result = checkpoint["state_dict"][name]
        assert result.dtype == array.dtype
        np.testing.assert_array_equal(result, array)


@BOTH
def test_no_tensors(read, legacy):
    assert read(state_file({}, legacy)) == {"meta": {}, "state_dict": {}}


@BOTH
def test_arrays_are_not_copied(tmp_path, legacy):
    arrays = {f"w{i}": np.ones((500, 500), "float32") for i in range(8)}
    path = tmp_path / "model.pth"
    path.write_bytes(state_file(arrays, legacy))
    tracemalloc.start()
    read_torch_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * path.stat().st_size


def test_files_of_torch_itself(tmp_path):
    torch = pytest.importorskip("torch")
    values = {
        "transposed": torch.arange(12.0).reshape(3, 4).t(),
        "bfloat16": torch.arange(5).to(torch.bfloat16),
        "parameter": torch.nn.Parameter(torch.ones(3)),
        "list": [torch.arange(3), (torch.tensor(1.5), "text")],
    }
    for modern in (True, False):
        path = tmp_path / "model.pth"
        torch.save(values, path, _use_new_zipfile_serialization=modern)
        result = read_torch_file(path)
        np.testing.assert_array_equal(
            result["transposed"], np.arange(12.0).reshape(3, 4).T
        )
        assert result["bfloat16"].tolist() == [0, 1, 2, 3, 4]
        assert result["parameter"].tolist() == [1, 1, 1]
        assert result["list"][0].tolist() == [0, 1, 2]
        assert result["list"][1] == (1.5, "text")


# === Hostile files ===


class Call:
    """Pickles as a call of anything."""

    def __init__(self, module, name, arguments):
        self.call = _function(module, name), arguments

    def __reduce__(self):
        return self.call


def storage_call(key="0", count=4):
    return {"x": Rebuilt(np.zeros(4, "float32"), key, count, (2, 2), (2, 1))}


FOUR = {"0": np.zeros(4, "float32")}
EVIL = (("os", "system"), ("builtins", "eval"), ("__builtin__", "exec"))


@BOTH
@pytest.mark.parametrize("evil", EVIL, ids=".".join)
def test_calls_are_not_made(read, tmp_path, evil, legacy):
    witness = tmp_path / "witness"
    value = {"x": Call(*evil, (f"open({str(witness)!r}, 'w')",))}
    make = legacy_file if legacy else zip_file
    assert isinstance(read(make(value, {}))["x"], Placeholder)
    assert not witness.exists()


HUGE = 2**40
LEGACY_HEAD = b"".join(pickle.dumps(x, 2) for x in (MAGIC, 1001, SYSTEM))
PICKLES = {
    "text longer than the file": (
        b"\x80\x02\x8d" + struct.pack("<Q", HUGE) + b"a.",
        "expected 1099511627776 bytes",
    ),
    "deep nesting": (b"\x80\x02)" + b"\x85" * 200_000 + b".", None),
    "maker with wrong arguments": (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN\x85R.",
        "argument",
    ),
    "persistent id of nothing": (b"\x80\x02NQ.", "names no storage"),
}


@BOTH
@pytest.mark.parametrize("name", PICKLES)
def test_hostile_pickles(read, name, legacy):
    pickle_bytes, message = PICKLES[name]
    if legacy:
        data = LEGACY_HEAD + pickle_bytes + pickle.dumps([], 2)
    else:
        data = zip_of(pickle_bytes)
    tracemalloc.start()
    if message is None:
        read(data)
    else:
        with pytest.raises(TorchFileError, match=message) as error:
            read(data)
        assert "model.pth" in str(error.value)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6


def zip_of(pickle_bytes):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle_bytes)
    return file.getvalue()


STORAGE_LIES = {
    "2^40 elements": (storage_call(count=HUGE), "1099511627776 numbers"),
    "missing storage": (storage_call(key="9"), "missing|unknown one"),
}


@BOTH
@pytest.mark.parametrize("name", STORAGE_LIES)
def test_storages_that_lie(read, name, legacy):
    value, message = STORAGE_LIES[name]
    with pytest.raises(TorchFileError, match=f"model.pth.*({message})"):
        read((legacy_file if legacy else zip_file)(value, FOUR))


@BOTH
def test_every_truncation(read, legacy):
    data = state_file({"w": np.ones((3, 3), "float32")}, legacy)
    for end in range(len(data)):
        with pytest.raises(TorchFileError, match="model.pth"):
            read(data[:end])


def test_hostile_archives(read):
    outside = [("../../evil", b"x"), ("/etc/evil", b"x")]
    for member in outside:
        with pytest.raises(TorchFileError, match="outside"):
            read(zip_file({}, {}, extra=[member]))
    with pytest.raises(TorchFileError, match="compressed"):
        read(zip_file({}, {}, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(TorchFileError, match="2 members data.pkl"):
        read(zip_file({}, {}, extra=[("other/data.pkl", b"N.")]))
    damaged = bytearray(state_file({"w": np.ones(100, "float32")}, False))
    damaged[damaged.find(np.ones(4, "float32").tobytes()) + 2] ^= 1
    with pytest.raises(TorchFileError, match="has changed"):
        read(bytes(damaged))


@pytest.mark.parametrize(
    "data", [b"", b"<html>Please log in</html>", b"PK\x03\x04", b"\x89HDF"]
)
def test_other_files(read, data):
    with pytest.raises(TorchFileError, match="model.pth"):
        read(data)


# A damaged name may hold an escape that Python does not know.
@once
@pytest.mark.filterwarnings("ignore:invalid escape:DeprecationWarning")
@BOTH
def test_ten_thousand_mutations(read, legacy):
    good = state_file(ARRAYS, legacy, epoch=1, names=["a", "b"])
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(5_000):
        data = bytearray(good)
        for place in rng.integers(0, len(data), rng.integers(1, 6)):
            data[place] = rng.integers(0, 256)
        try:
            read(bytes(data))
        except TorchFileError as error:
            refused += 1
            assert "model.pth" in str(error)
            assert len(str(error)) < 1000
    assert refused > 1000
