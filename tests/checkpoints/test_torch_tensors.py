"""Storages and tensors by hand, and those that lie."""

import numpy as np
import pytest

from keras_solo.checkpoints.inert_pickle import Name
from keras_solo.checkpoints.torch_tensors import (
    MAKERS,
    STORAGES,
    Storage,
    Storages,
    Tensor,
    with_arrays,
)

make_tensor = MAKERS[Name("torch._utils", "_rebuild_tensor_v2")]
make_parameter = MAKERS[Name("torch._utils", "_rebuild_parameter")]
make_dict = MAKERS[Name("collections", "OrderedDict")]


def stored(array, dtype=None):
    """A storage of an array's numbers."""
    storage = Storage(dtype or array.dtype.str, array.size)
    storage.fill(memoryview(array.tobytes()))
    return storage


# === Storages ===


def test_an_empty_storage():
    storage = Storage("<f4", 0)
    with pytest.raises(ValueError, match="storage is missing"):
        storage.array()
    storage.fill(memoryview(b""))
    assert storage.array().tolist() == []


@pytest.mark.parametrize("dtype", sorted(set(STORAGES.values())))
def test_types_of_numbers(dtype):
    size = 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize
    storage = Storage(dtype, 3)
    assert storage.item_size == size
    storage.fill(memoryview(bytes(3 * size)))
    assert storage.array().tolist() == [0, 0, 0]


def test_bfloat16_becomes_float32():
    bits = np.array([0x3F80, 0xC000], "uint16")
    array = stored(bits, "bfloat16").array()
    assert array.dtype == "float32"
    assert array.tolist() == [1.0, -2.0]


def test_too_few_bytes():
    with pytest.raises(ValueError, match="3 numbers has 8 bytes instead of 12"):
        Storage("<f4", 3).fill(memoryview(bytes(8)))


# === Tensors ===


def test_an_empty_tensor():
    tensor = make_tensor(stored(np.zeros(0)), 7, (0, 3), (3, 1))
    assert tensor.array().shape == (0, 3)


def test_a_number_alone():
    storage = stored(np.array([1.0, 2.0]))
    assert make_tensor(storage, 1, (), ()).array().tolist() == 2.0


def test_a_view_shares_its_storage():
    base = np.arange(20, dtype="float32")
    storage = stored(base)
    view = make_tensor(storage, 5, (2, 3), (5, 2), False, {}).array()
    np.testing.assert_array_equal(view, base.reshape(4, 5)[1:3, ::2])
    whole = make_tensor(storage, 0, (20,), (1,)).array()
    assert np.shares_memory(view, whole)
    assert not view.flags.writeable


@pytest.mark.parametrize(
    "shape, strides, offset",
    [((2, 2), (2, 1), 0), ((2, 2), (1, 2), 0), ((4,), (1,), 0),
     ((1,), (1,), 3), ((2,), (3,), 0), ((4,), (0,), 3)],
)  # fmt: skip
def test_tensors_that_just_fit(shape, strides, offset):
    tensor = make_tensor(stored(np.arange(4.0)), offset, shape, strides)
    assert tensor.array().shape == shape


@pytest.mark.parametrize(
    "shape, strides, offset, message",
    [
        ((2, 2), (2, 1), 1, "beyond its storage"),
        ((2,), (4,), 0, "beyond its storage"),
        ((2**20, 2**20), (0, 0), 0, "beyond its storage"),
        ((5,), (0,), 0, "beyond its storage"),
        ((2, 2), (2, -1), 0, "impossible shape"),
        ((-1, -4), (2, 1), 0, "impossible shape"),
        ((2, 2), (2, 1), -1, "impossible shape"),
        ((2.0,), (1,), 0, "impossible shape"),
        ((True,), (1,), 0, "impossible shape"),
        ((2, 2), (2,), 0, "do not fit"),
        ((1,) * 33, (1,) * 33, 0, "do not fit"),
        ([2], (1,), 0, "not a tuple"),
        ((2,), None, 0, "not a tuple"),
    ],
)
def test_tensors_that_lie(shape, strides, offset, message):
    with pytest.raises(ValueError, match=message):
        make_tensor(stored(np.zeros(4, "float32")), offset, shape, strides)


def test_tensors_of_nothing():
    with pytest.raises(ValueError, match="without a storage"):
        make_tensor("storage", 0, (), ())
    with pytest.raises(ValueError, match="without a tensor"):
        make_parameter(np.zeros(3))


def test_a_parameter_is_its_tensor():
    tensor = make_tensor(stored(np.zeros(4)), 0, (4,), (1,))
    assert make_parameter(tensor, True, {}) is tensor


def test_ordered_dicts():
    assert make_dict() == make_dict([]) == {}
    assert make_dict([["a", 1], ("b", [2])]) == {"a": 1, "b": [2]}
    for items in (3, [1], [("a",)], [([], 1)], {"a": 1}):
        with pytest.raises(ValueError, match="not made of pairs"):
            make_dict(items)


# === Persistent ids ===

FLOATS = Name("torch", "FloatStorage")


def test_the_same_key_is_the_same_storage():
    storages = Storages()
    one = storages.resolve(("storage", FLOATS, "0", "cpu", 4))
    two = storages.resolve(("storage", FLOATS, "0", "cuda:1", 4, None))
    other = storages.resolve(("storage", FLOATS, "1", "cpu", 0))
    assert one is two is not other
    assert (one.dtype, one.count) == ("<f4", 4)
    assert storages.by_key == {"0": one, "1": other}


@pytest.mark.parametrize(
    "identity, message",
    [
        (None, "names no storage"),
        (("storage", FLOATS, "0", "cpu"), "names no storage"),
        (["storage", FLOATS, "0", "cpu", 4], "names no storage"),
        (("module", FLOATS, "0", "cpu", 4), "names no storage"),
        (("storage", FLOATS, 0, "cpu", 4), "names no storage"),
        (("storage", FLOATS, "0", "cpu", 4.0), "names no storage"),
        (("storage", FLOATS, "0", "cpu", 4, ("1", 0, 2)), "view of a storage"),
        (("storage", "FloatStorage", "0", "cpu", 4), "unknown type None"),
        (("storage", Name("torch", "Evil"), "0", "cpu", 4), "type 'Evil'"),
        (("storage", FLOATS, "0", "cpu", -4), "contradicts"),
    ],
)
def test_ids_that_lie(identity, message):
    with pytest.raises(ValueError, match=message):
        Storages().resolve(identity)


def test_another_count_or_type_of_the_same_storage():
    storages = Storages()
    storages.resolve(("storage", FLOATS, "0", "cpu", 4))
    doubles = Name("torch", "DoubleStorage")
    for kind, count in ((FLOATS, 5), (doubles, 4)):
        with pytest.raises(ValueError, match="'0' contradicts itself"):
            storages.resolve(("storage", kind, "0", "cpu", count))


# === Arrays in place of tensors ===


@pytest.mark.parametrize("value", [None, 3, (), [], {}, {"a": [(1, "b")]}])
def test_without_tensors_all_stays(value):
    assert with_arrays(value) is value


def test_tensors_at_any_depth():
    tensor = Tensor(stored(np.arange(2.0)), 0, (2,), (1,))
    value = {"a": tensor, "b": [tensor, (tensor, 1)], "c": {"d": tensor}}
    result = with_arrays(value)
    for array in (
        *(result["a"], result["b"][0], result["b"][1][0]),
        *(result["c"]["d"], with_arrays(tensor)),
    ):
        assert array.tolist() == [0.0, 1.0]
    assert result["b"][1][1] == 1


def test_containers_that_hold_themselves():
    tensor = Tensor(stored(np.arange(2.0)), 0, (2,), (1,))
    value = {"list": [tensor]}
    value["self"] = value
    value["list"].append(value["list"])
    result = with_arrays(value)
    assert result["self"] is result
    assert result["list"][1] is result["list"]
    assert result["list"][0].tolist() == [0.0, 1.0]
