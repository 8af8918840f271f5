"""Data for Keras on TensorFlow without tf.data's autotuner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

# Keras takes an adapter where it takes data, and has no public name for one.
from keras.src.trainers.data_adapters import get_data_adapter, is_tf_dataset
from keras.src.trainers.data_adapters.data_adapter import DataAdapter

from keras_solo._tensor import Tensor

# Of `fit`'s arguments, those that say what the batches are.
OF_DATA = ("sample_weight", "steps_per_epoch", "shuffle", "class_weight")


def untuned(x: Tensor, **arguments: Any) -> Tensor:
    """What Keras takes for `x`, and on TensorFlow nobody waits for its end.

    A thread of tf.data tunes each dataset after 10, 20, 40, ... ms, at last
    once a minute. Keras lets go of the dataset at the end of each epoch, and
    that waits until the thread's next turn: an epoch of 45 s takes 82. Of what
    Python makes there is nothing to tune. A `tf.data.Dataset`, whose owner may
    want it tuned, stays as it is.

    Args:
        x: What `fit`, `evaluate` or `predict` is given.
        **arguments: `y`, `batch_size`, `sample_weight`, `steps_per_epoch`,
            `shuffle`, `class_weight`, as `fit` takes them.

    Returns:
        A data adapter of Keras, to be given in the place of `x`; `x` itself on
        other backends.
    """
    if (
        keras.backend.backend() != "tensorflow"
        or isinstance(x, DataAdapter)
        or is_tf_dataset(x)
    ):
        return x
    import tensorflow

    adapter = get_data_adapter(x, **arguments)
    options = tensorflow.data.Options()
    options.autotune.enabled = False
    tuned = adapter.get_tf_dataset
    adapter.get_tf_dataset = lambda: tuned().with_options(options)
    return adapter


def untuned_fit(fit: Callable[..., Any]) -> Callable[..., Any]:
    """`fit` of a `keras.Model`, whose batches are `untuned`.

    Args:
        fit: Of a model.

    Returns:
        A function with the same arguments.
    """

    def fit_untuned(
        x: Tensor = None,
        y: Tensor = None,
        batch_size: int | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # Keras splits arrays only.
        if not kwargs.get("validation_split"):
            named = {name: kwargs[name] for name in OF_DATA if name in kwargs}
            named = {"shuffle": True, "batch_size": batch_size, **named}
            x = untuned(x, y=y, **named)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = _untuned_pair(
                kwargs["validation_data"],
                kwargs.get("validation_batch_size") or batch_size,
                kwargs.get("validation_steps"),
            )
        return fit(x, y, batch_size, *args, **kwargs)

    return fit_untuned


def _untuned_pair(
    data: Tensor, batch_size: int | None, steps: int | None
) -> Any:
    x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
    found = untuned(
        x,
        y=y,
        sample_weight=weight,
        batch_size=batch_size,
        steps_per_epoch=steps,
    )
    # An adapter brings what goes with it.
    return found if isinstance(found, DataAdapter) else data
