"""Sums over all devices that share a batch."""

import keras
from keras import ops

from keras_solo._tensor import Tensor


def replica_count() -> int:
    """On how many devices the parts of a batch are, each with its own loss.

    It is 1 on JAX: there the whole batch is one array, wherever its parts are.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        return tensorflow.distribute.get_strategy().num_replicas_in_sync
    if backend == "torch":
        import torch.distributed

        if torch.distributed.is_available() and (
            torch.distributed.is_initialized()
        ):
            return torch.distributed.get_world_size()
    return 1


def sum_over_replicas(values: Tensor) -> Tensor:
    """The sum of what each device counted in its part of a batch.

    No gradient goes through it.

    Args:
        values: What was counted here, float32.

    Returns:
        The same on every device: of `values` itself if there is one device.

    Example:

    >>> import numpy as np
    >>> float(sum_over_replicas(np.float32(3)))
    3.0
    """
    values = ops.convert_to_tensor(values)
    if replica_count() == 1:
        return values
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        context = tensorflow.distribute.get_replica_context()
        if context is None:  # the whole batch is here
            return values
        return ops.stop_gradient(context.all_reduce("SUM", values))
    import torch.distributed

    total = values.detach().clone()
    torch.distributed.all_reduce(total)
    return total
