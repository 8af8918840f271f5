"""What each of several processes has, brought to all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import numpy as np

Gather: TypeAlias = Callable[[np.ndarray], list[np.ndarray]]


def process_count(model: keras.Model) -> int:
    """How many processes train a model together.

    Args:
        model: Of TensorFlow it knows the strategy that it was built under.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.process_count()
    if backend == "tensorflow":
        return _worker_count(model.distribute_strategy)
    import torch.distributed

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_world_size()
    return 1


def gathered(content: bytes, model: keras.Model) -> list[bytes]:
    """What every process has, on all of them. All of them must call it.

    Args:
        content: What this process has.
        model: As for `process_count`.

    Returns:
        The content of each process, in the order of their numbers.
    """
    count = process_count(model)
    if count == 1:
        return [content]
    backend = keras.backend.backend()
    if backend == "torch":
        import torch.distributed

        found: list[Any] = [None] * count
        torch.distributed.all_gather_object(found, content)
        return found
    gather = _of_jax if backend == "jax" else _of_tensorflow(model, count)
    return gathered_as_words(content, gather)


def gathered_as_words(content: bytes, gather: Gather) -> list[bytes]:
    """By a collective that knows int32 arrays of one shape alone.

    Args:
        content: What this process has.
        gather: The arrays of all processes, from that of this one.
    """
    words = np.frombuffer(content + bytes(-len(content) % 4), "int32")
    sizes = [int(one[0]) for one in gather(np.array([len(content)], "int32"))]
    most = -(-max(sizes) // 4)
    parts = gather(np.pad(words, (0, most - len(words))))
    pairs = zip(parts, sizes, strict=True)
    return [part.tobytes()[:size] for part, size in pairs]


def _of_jax(values: np.ndarray) -> list[np.ndarray]:
    from jax.experimental import multihost_utils

    return list(np.asarray(multihost_utils.process_allgather(values)))


def _of_tensorflow(model: keras.Model, count: int) -> Gather:
    import tensorflow as tf

    strategy = model.distribute_strategy
    devices = strategy.num_replicas_in_sync // count

    def gather(values: np.ndarray) -> list[np.ndarray]:
        each = strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(values[None])
        )
        # Every device of a process brings the same.
        every = strategy.gather(each, axis=0).numpy()
        return list(every[::devices])

    return gather


def _worker_count(strategy: Any) -> int:
    import tensorflow as tf

    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 1
    cluster = strategy.cluster_resolver.cluster_spec()
    jobs = [job for job in cluster.jobs if job in ("chief", "worker")]
    return max(1, sum(cluster.num_tasks(job) for job in jobs))
