"""AdamW with a learning rate for each depth of the backbone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_solo._tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_solo")
class LayerwiseAdamW(keras.optimizers.AdamW):
    """AdamW whose first layers learn more slowly, or begin later.

    The learning rate of a variable at depth `d` of the backbone is that of
    the schedule times `first ** (1 - d) * last ** d`, where `backbone_rates`
    is `(first, last)`; what has no depth (pyramid and heads) has the whole
    rate. The decoupled weight decay follows the same rate.

    With `unfreeze_steps` the backbone begins to learn from its output to its
    input: depth `d` at update `(1 - d) * unfreeze_steps`. Until then a
    variable and its moving average stay as they are, bit for bit. Gradients
    are computed nevertheless, so that a step takes as long as later and
    nothing is compiled again; they count for the clipping, and for Adam's
    moments. The statistics of batch normalisation are no variables of the
    optimizer: they follow the images from the first step on, unless the
    backbone has `norm_frozen`.

    Args:
        learning_rate: A number, or a schedule: the rate of the heads.
        depths: For each trainable variable, in the order of the model, its
            depth from 0 to 1, or None. `layer_depths(model)` tells them.
        backbone_rates: (first, last): the rates of the backbone's first and
            last layer, as parts of the learning rate. (1, 1) is AdamW;
            (0.1, 0.1) a tenth for all of the backbone.
        unfreeze_steps: Updates until the first layer learns, too.
        weight_decay: The part of each weight that a rate of 1 would take away.
        name: The optimizer's name.
        **kwargs: Of `keras.optimizers.AdamW`.

    Raises:
        ValueError: If rates, steps or depths cannot be; at the first step, if
            there are not as many depths as variables.

    Example:

    >>> import numpy as np
    >>> first, head = (keras.Variable(np.ones(1, "float32")) for _ in "12")
    >>> optimizer = LayerwiseAdamW(
    ...     0.5, [0.0, None], backbone_rates=(0.25, 1.0), weight_decay=0.0)
    >>> optimizer.apply([np.ones(1, "float32")] * 2, [first, head])
    >>> [round(float(variable.numpy()[0]), 4) for variable in (first, head)]
    [0.875, 0.5]

    Source: layer-wise decay as in BEiT (arXiv:2106.08254) and, with steps for
    unfreezing, ULMFiT (arXiv:1801.06146). There layers have whole numbers;
    here depth is a part of the backbone, so that one pair of rates suits
    backbones of any length.
    """

    def __init__(
        self,
        learning_rate: (
            float | keras.optimizers.schedules.LearningRateSchedule
        ) = 1e-3,
        depths: Sequence[float | None] = (),
        backbone_rates: tuple[float, float] = (0.1, 1.0),
        unfreeze_steps: int = 0,
        weight_decay: float = 1e-4,
        name: str = "LayerwiseAdamW",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            name=name,
            **kwargs,
        )
        first, last = backbone_rates
        if min(first, last) <= 0 or unfreeze_steps < 0:
            raise ValueError(
                "Expected backbone_rates above 0 and unfreeze_steps of at "
                f"least 0. Received: {backbone_rates}, {unfreeze_steps}"
            )
        wrong = [d for d in depths if d is not None and not 0 <= d <= 1]
        if wrong:
            raise ValueError(
                "Expected depths from 0 to 1, or None for what is not of the "
                f"backbone. Received: {wrong[0]}"
            )
        self.depths = tuple(depths)
        self.backbone_rates = (first, last)
        self.unfreeze_steps = unfreeze_steps

    def update_step(
        self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor
    ) -> None:
        rate = self._rate(variable, learning_rate)
        if self._use_weight_decay(variable):
            part = ops.cast(rate * self.weight_decay, variable.dtype)
            value = ops.convert_to_tensor(variable)
            self.assign_sub(variable, value * part)
        super().update_step(gradient, variable, rate)

    def _apply_weight_decay(self, variables: Sequence[keras.Variable]) -> None:
        """Nothing: of Keras it is one rate for all; see `update_step`."""

    def _rate(self, variable: keras.Variable, learning_rate: Tensor) -> Tensor:
        self._check_depths()
        depth = self.depths[self._get_variable_index(variable)]
        if depth is None:
            return learning_rate
        first, last = self.backbone_rates
        rate = learning_rate * (first ** (1 - depth) * last**depth)
        if not self.unfreeze_steps:
            return rate
        start = (1 - depth) * self.unfreeze_steps
        learns = ops.cast(self.iterations, "float32") >= start
        return rate * ops.cast(learns, rate.dtype)

    def _check_depths(self) -> None:
        # Not when it is built: a file whose frozen layers are forgotten by
        # Keras is to be loaded nevertheless.
        count = len(self._trainable_variables)
        if count != len(self.depths):
            raise ValueError(
                "Expected a depth for each variable that learns: make this "
                "optimizer after layers were frozen or unfrozen. Received: "
                f"{len(self.depths)} depths, {count} variables"
            )

    def get_config(self) -> dict[str, object]:
        config: dict[str, object] = super().get_config()
        return {
            **config,
            "depths": list(self.depths),
            "backbone_rates": list(self.backbone_rates),
            "unfreeze_steps": self.unfreeze_steps,
        }
