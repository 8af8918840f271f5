"""Pickles are read as data, and hostile ones refused."""

import collections
import decimal
import io
import pickle
import pickletools
import struct
import tracemalloc

import pytest

from keras_solo.checkpoints.inert_pickle import Name, Placeholder, read_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def read(pickle_bytes, *args):
    return read_pickle(io.BytesIO(pickle_bytes), *args)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "value",
    [
        *(None, (), [], {}, "", 0),
        *(True, False, -1, 2**70, 1.5, "ä\n", "long" * 100),
        [1, [2], "three"],
        {"a": 1, 2: {"b": [3]}, ("c", 4): None},
        *((1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    ],
    ids=repr,
)
def test_plain_values(value, protocol):
    result = read(pickle.dumps(value, protocol))
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize("protocol", (4, 5))
def test_sets_and_bytes(protocol):
    value = [set(), {1, "a"}, frozenset({2, (3, 4)}), b"", b"bytes"]
    assert read(pickle.dumps(value, protocol)) == value
    assert read(pickle.dumps(bytearray(b"abc"), 5)) == b"abc"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_there_twice_is_one(protocol):
    inner = [1]
    one, two, three = read(pickle.dumps([inner, inner, [inner]], protocol))
    assert one is two is three[0]


def test_a_list_that_holds_itself():
    value = []
    value.append(value)
    result = read(pickle.dumps(value))
    assert result[0] is result


def test_pickles_one_behind_the_other():
    file = io.BytesIO(pickle.dumps(1) + pickle.dumps([2]) + b"rest")
    assert [read_pickle(file), read_pickle(file)] == [1, [2]]
    assert file.read() == b"rest"


@pytest.mark.parametrize(
    "opcodes, value",
    [
        (b"N2\x86.", (None, None)),  # DUP
        (b"NI1\n0.", None),  # POP
        (b"N(0.", None),  # POP of a mark
        (b"N(I1\nI2\n1.", None),  # POP_MARK
        (b"(I1\nI2\nl.", [1, 2]),  # LIST
        (b"(I1\nI2\nd.", {1: 2}),  # DICT
        (b"}(I1\nI2\nu.", {1: 2}),  # SETITEMS
    ],
)
def test_opcodes_by_hand(opcodes, value):
    assert read(opcodes) == value


def test_every_opcode_is_known_or_refused():
    refused = set()
    for opcode in pickletools.opcodes:
        try:
            read(opcode.code.encode("latin-1") + b"\x00" * 8)
        except ValueError as error:
            if "is not allowed" in str(error):
                refused.add(opcode.name)
        except (IndexError, KeyError, struct.error):
            pass
    assert refused <= {"EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"}


# === What would be called ===


def boom(*args):
    raise AssertionError("executed")


class Call:
    def __reduce__(self):
        return boom, (1, 2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_calls_become_placeholders(protocol):
    result = read(pickle.dumps([Call()], protocol))[0]
    assert isinstance(result, Placeholder)
    assert result.made_by == Name(boom.__module__, "boom")
    assert result.arguments == (1, 2)


def test_unknown_classes_are_placeholders():
    result = read(b"cmmengine.logging\nHistoryBuffer\nI10\n\x85R.")
    assert isinstance(result, Placeholder)
    assert result.made_by == Name("mmengine.logging", "HistoryBuffer")
    assert result.arguments == (10,)
    assert (result.state, result.contents) == (None, [])


@pytest.mark.parametrize(
    "opcodes, arguments, state, contents",
    [
        (b"(ia\nb\n.", (), None, []),  # INST
        (b"(I1\nia\nb\n.", (1,), None, []),
        (b"(ca\nb\nI1\no.", (1,), None, []),  # OBJ
        (b"ca\nb\n)\x81.", (), None, []),  # NEWOBJ
        (b"ca\nb\n)}\x92.", ((), {}), None, []),  # NEWOBJ_EX
        (b"\x8c\x01a\x8c\x01b\x93)R.", (), None, []),  # STACK_GLOBAL
        (b"ca\nb\n)RI7\nb.", (), 7, []),  # BUILD
        (b"ca\nb\n)R(I1\nI2\ne.", (), None, [1, 2]),  # APPENDS
        (b"ca\nb\n)R(I1\nI2\nu.", (), None, [(1, 2)]),  # SETITEMS
    ],
)
def test_placeholders_by_hand(opcodes, arguments, state, contents):
    result = read(opcodes)
    assert result.made_by == Name("a", "b")
    assert result.arguments == arguments
    assert (result.state, result.contents) == (state, contents)


def test_modules_are_not_imported(tmp_path, monkeypatch):
    witness = tmp_path / "witness"
    (tmp_path / "evil_module.py").write_text(f"open({str(witness)!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    read(b"cevil_module\nf\n)R.")
    assert not witness.exists()


def test_makers_make_what_is_wanted():
    makers = {
        Name("collections", "OrderedDict"): dict,
        Name("decimal", "Decimal"): float,
    }
    value = [collections.OrderedDict(a=1), decimal.Decimal("1.5")]
    result = read(pickle.dumps(value), None, makers)
    assert result == [{"a": 1}, 1.5]
    with pytest.raises(ValueError, match="not a tuple"):
        read(b"cdecimal\nDecimal\nNR.", None, makers)


def test_persistent_ids():
    assert read(b"Pa text\n.", str.upper) == "A TEXT"
    assert read(b"I7\n\x85Q.", lambda identity: [identity]) == [(7,)]
    with pytest.raises(ValueError, match="persistent id"):
        read(b"Pa text\n.")


# === What is refused ===

HUGE = struct.pack("<Q", 2**40)
DEEP = b")" + b"\x85" * 200_000
PICKLES = {
    "nothing": (b"", "no more opcodes|exhausted"),
    "no end": (b"\x80\x02N", "no more opcodes|exhausted"),
    "unknown opcode": (b"\xff.", "unknown"),
    "bytearray longer than the file": (
        b"\x80\x05\x96" + HUGE + b"a.",
        "expected 1099511627776 bytes",
    ),
    "extension code": (b"\x80\x02\x82\x01.", "EXT1 is not allowed"),
    "empty stack": (b"\x80\x02.", "takes more than it has put"),
    "what is below a mark": (b"N(I1\n0.", "takes more than it has put"),
    "missing mark": (b"\x80\x02t.", "without a mark"),
    "unknown memo": (b"\x80\x02h\x05.", "without memo 5"),
    "nested keys": (b"\x80\x02}" + DEEP + b"Ns.", "tuple as a key"),
    "nested member": (b"\x80\x04\x8f(" + DEEP + b"\x90.", "tuple as a key"),
    "nested frozenset": (b"\x80\x04(" + DEEP + b"\x91.", "tuple as a key"),
    "unhashable key": (b"\x80\x02}]Ns.", "list as a key"),
    "key without a value": (b"\x80\x02}(Nu.", "key without a value"),
    "append to a number": (b"\x80\x02I1\nNa.", "extends a int"),
    "store into a list": (b"\x80\x02]NNs.", "stores into a list"),
    "names that are no text": (b"\x80\x04NN\x93.", "names are not text"),
    "object of nothing": (b"(o.", "object of nothing"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_hostile_pickles(name):
    pickle_bytes, message = PICKLES[name]
    with pytest.raises(ValueError, match=message):
        read(pickle_bytes)


def test_memory_stays_small():
    tracemalloc.start()
    # A memo index of 2^31, and tuples within tuples.
    assert read(b"\x80\x02Nr\xff\xff\xff\x7f.") is None
    read(b"\x80\x02" + DEEP + b".")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6
