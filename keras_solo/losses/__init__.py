"""How wrong a prediction is. Tensors in, numbers out."""

from keras_solo.losses.dice import DiceLoss, dice
from keras_solo.losses.focal import SigmoidFocalLoss, sigmoid_focal

__all__ = ["DiceLoss", "SigmoidFocalLoss", "dice", "sigmoid_focal"]
