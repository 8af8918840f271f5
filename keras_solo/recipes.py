"""Optimizers and schedules by name, as arguments of `compile`."""

from keras_solo.training.coupled_sgd import CoupledSGD
from keras_solo.training.find_learning_rate import (
    LearningRates,
    find_learning_rate,
)
from keras_solo.training.layer_depths import layer_depths
from keras_solo.training.layerwise_adamw import LayerwiseAdamW
from keras_solo.training.recipes import fine_tune, from_scratch, reference
from keras_solo.training.warm_up import WarmUp

__all__ = [
    "CoupledSGD",
    "LayerwiseAdamW",
    "LearningRates",
    "WarmUp",
    "find_learning_rate",
    "fine_tune",
    "from_scratch",
    "layer_depths",
    "reference",
]
