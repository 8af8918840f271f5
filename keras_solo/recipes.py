"""Optimizers and schedules by name, as arguments of `compile`."""

from keras_solo.training.coupled_sgd import CoupledSGD
from keras_solo.training.recipes import from_scratch, reference
from keras_solo.training.warm_up import WarmUp

__all__ = ["CoupledSGD", "WarmUp", "from_scratch", "reference"]
