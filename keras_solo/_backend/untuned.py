"""Models that read data on TensorFlow without tf.data's autotuner."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from keras_solo._tensor import Tensor


class Untuned:
    """What a `keras.Model` inherits first, to wait for the end of no data.

    A thread of tf.data tunes each dataset after 10, 20, 40, ... ms, at last
    once a minute. Keras lets go of a dataset after each epoch, and where the
    thread wakes too early (nearly always, if one core does all the work), that
    waits until its next turn. Of what Python makes there is nothing to tune. A
    `tf.data.Dataset`, whose owner may want it tuned, stays as it is.
    """

    _untuned: bool = False

    def fit(
        self, x: Tensor = None, *args: Tensor, **kwargs: Any
    ) -> keras.callbacks.History:
        """Of `keras.Model`."""
        with self._reading(x, kwargs.get("validation_data")):
            return super().fit(x, *args, **kwargs)  # type: ignore[misc]

    def evaluate(
        self, x: Tensor = None, *args: Tensor, **kwargs: Any
    ) -> float | list[float] | dict[str, float]:
        """Of `keras.Model`."""
        with self._reading(x):
            return super().evaluate(x, *args, **kwargs)  # type: ignore[misc]

    def predict(self, x: Tensor, *args: Tensor, **kwargs: Any) -> Tensor:
        """Of `keras.Model`."""
        with self._reading(x):
            return super().predict(x, *args, **kwargs)  # type: ignore[misc]

    @property
    def distribute_strategy(self) -> object:
        """Of `keras.Model` on TensorFlow, which asks it for each dataset."""
        strategy = super().distribute_strategy  # type: ignore[misc]
        return _UntunedStrategy(strategy) if self._untuned else strategy

    @contextlib.contextmanager
    def _reading(self, *data: Tensor) -> Iterator[None]:
        before = self._untuned
        self._untuned = (
            keras.backend.backend() == "tensorflow"
            and _is_the_default(super().distribute_strategy)  # type: ignore[misc]
            and not _owned_by_users(data)
        )
        try:
            yield
        finally:
            self._untuned = before


def _is_the_default(strategy: Any) -> bool:
    """Whether there is one device: copies share a dataset in their own ways."""
    import tensorflow

    return (
        not tensorflow.distribute.has_strategy()
        and strategy is tensorflow.distribute.get_strategy()
    )


def _owned_by_users(data: tuple[Tensor, ...]) -> bool:
    import tensorflow

    return any(isinstance(part, tensorflow.data.Dataset) for part in data)


class _UntunedStrategy:
    """TensorFlow's strategy of one device, but for the option."""

    def __init__(self, strategy: Any) -> None:
        self._strategy = strategy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._strategy, name)

    def experimental_distribute_dataset(self, dataset: Tensor) -> Tensor:
        import tensorflow

        options = tensorflow.data.Options()
        options.autotune.enabled = False
        return self._strategy.experimental_distribute_dataset(
            dataset.with_options(options)
        )
