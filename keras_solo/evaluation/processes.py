"""What several processes found, each in its part of the images."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any

import keras

from keras_solo._backend.gathered import gathered, process_count
from keras_solo.data.shard import Shard, checked_shard
from keras_solo.evaluation.results import CompactResults


def of_all_processes(
    model: keras.Model,
    shard: Shard | None,
    find: Callable[[Shard], CompactResults],
) -> CompactResults:
    """The results of every process, on each of them.

    A process that fails tells the others, so that none waits for it.

    Args:
        model: That of all processes.
        shard: (index, count): which of how many this one is. `None`: it
            finds everything by itself.
        find: Gives the results of a part.

    Raises:
        ValueError: If `shard` is none, if there are not so many processes,
            or if two have the same index.
        RuntimeError: If another one failed.
    """
    if shard is None:
        return find((0, 1))
    shard = checked_shard(shard)
    _check_count(model, shard)
    index = shard[0]
    try:
        mine: dict[str, Any] = {"index": index, "results": list(find(shard))}
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        _exchanged(model, {"index": index, "error": words})
        raise
    parts = _exchanged(model, mine)
    _check_parts(parts, shard)
    every = CompactResults()
    for part in parts:
        every.extend(part["results"])
    return every


def _exchanged(model: keras.Model, part: dict[str, Any]) -> list[Any]:
    # Ids of images may be NumPy's integers.
    content = json.dumps(part, default=operator.methodcaller("item")).encode()
    return [json.loads(one) for one in gathered(content, model)]


def _check_count(model: keras.Model, shard: Shard) -> None:
    found = process_count(model)
    if shard[1] != found:
        raise ValueError(
            f"Expected shard to be (index, {found}), since {found} "
            f"process{'es train' if found > 1 else ' trains'} this model. "
            f"Received: shard={shard}"
        )


def _check_parts(parts: list[dict[str, Any]], shard: Shard) -> None:
    for part in parts:
        if "error" in part:
            raise RuntimeError(
                f"Process {part['index']} of {shard[1]} could not measure its "
                f"part of the images: {part['error']}"
            )
    indices = sorted(part["index"] for part in parts)
    if indices != list(range(shard[1])):
        raise ValueError(
            "Expected processes with different indices in shard. Received: "
            f"{indices}"
        )
