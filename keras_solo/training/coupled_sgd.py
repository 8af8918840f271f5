"""SGD with the weight decay that the reference was trained with."""

from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_solo")
class CoupledSGD(keras.optimizers.SGD):
    """SGD whose weight decay is part of the gradient, as PyTorch means it.

    `g + l2 w` passes through the momentum and is multiplied by the learning
    rate. The `weight_decay` of Keras is subtracted beside the gradient, once
    a step: with momentum 0.9 that is about ten times weaker. The gradient's
    norm is clipped before `l2` is added, as in the reference.

    Args:
        learning_rate: A number, or a schedule.
        l2: The part of each weight that is added to its gradient.
        name: The optimizer's name.
        **kwargs: Of `keras.optimizers.SGD`.

    Example:

    >>> import numpy as np
    >>> variable = keras.Variable(np.ones(1, "float32"))
    >>> optimizer = CoupledSGD(learning_rate=0.5, l2=0.5)
    >>> optimizer.apply([np.zeros(1, "float32")], [variable])
    >>> float(variable.numpy()[0])
    0.75
    """

    def __init__(
        self,
        learning_rate: (
            float | keras.optimizers.schedules.LearningRateSchedule
        ) = 0.01,
        l2: float = 1e-4,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.l2 = l2

    def update_step(
        self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor
    ) -> None:
        gradient = ops.cast(gradient, variable.dtype)
        super().update_step(
            gradient + self.l2 * ops.convert_to_tensor(variable),
            variable,
            learning_rate,
        )

    def get_config(self) -> dict[str, object]:
        config: dict[str, object] = super().get_config()
        config["l2"] = self.l2
        return config
