"""How wrong a prediction is. Tensors in, numbers out."""

from keras_solo.losses.dice_loss import DiceLoss, dice
from keras_solo.losses.focal_loss import SigmoidFocalLoss, sigmoid_focal

__all__ = ["DiceLoss", "SigmoidFocalLoss", "dice", "sigmoid_focal"]
