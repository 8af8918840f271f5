"""Values and bytes that a careful reader does not expect."""

import copy
import json
import math

ODD = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    7,
    0.5,
    -0.0,
    1e-300,
    1e9,
    -1e9,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    2**31 - 1,
    2**31,
    2**32,
    2**63,
    10**19,
    10**400,
    433000000000,
    "",
    "0",
    "x",
    "../../x",
    "/",
    "a\0b",
    "\ud800",
    "x" * 300,
    "x" * 100_000,
    "PPYo0",
    "o" * 5_000,
    "\u202ea.png",
    [],
    {},
    [[]],
    [None],
    [1, 2],
    [[1, 2, 3, 4, 5, 6]],
    {"size": [8, 10], "counts": [80]},
    {"a": {"b": []}},
)


def odd_value(rng):
    return copy.deepcopy(rng.choice(ODD))


def paths(value, path=()):
    """Where something stands in a tree of lists and dicts."""
    yield path
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inside in items:
        yield from paths(inside, (*path, key))


def change_value(content, rng):
    """Replaces, removes or doubles a value of a tree, in place."""
    path = rng.choice(list(paths(content))[1:])
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    how = rng.random()
    if how < 0.8:
        holder[path[-1]] = odd_value(rng)
    elif how < 0.9 or isinstance(holder, dict):
        del holder[path[-1]]
    else:
        holder.insert(path[-1], holder[path[-1]])


def scale_number(content, rng):
    """A number of a tree becomes another one, in place."""
    places = [
        path
        for path in paths(content)
        if path and isinstance(_at(content, path), int | float)
    ]
    path = rng.choice(places)
    holder = _at(content, path[:-1])
    holder[path[-1]] = int(holder[path[-1]] * 10 ** rng.uniform(-1, 6))


def _at(content, path):
    for key in path:
        content = content[key]
    return content


def change_bytes(data, rng):
    """Some bytes replaced, removed, doubled or put in."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.randint(1, 12))
        how = rng.randrange(6)
        if how == 0:
            data[at:end] = bytes(rng.randrange(256) for _ in range(end - at))
        elif how == 1:
            del data[at:end]
        elif how == 2:
            data[at:at] = data[at:end]
        elif how == 3:
            data[at:at] = rng.choice(b'[]{},:"0123456789.-eE').to_bytes(1)
        elif how == 4:
            data[at:at] = rng.choice((b"[", b'{"a":')) * 100_000
        else:
            data[at:at] = b"9" * rng.choice((20, 400, 5000))
    return bytes(data)


def as_json(content):
    return json.dumps(content).encode()
