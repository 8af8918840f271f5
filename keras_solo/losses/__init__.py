"""How wrong a prediction is. Tensors in, numbers out."""

from keras_solo.losses.boundary_dice_loss import (
    BoundaryDiceLoss,
    boundary_dice,
)
from keras_solo.losses.dice_loss import DiceLoss, dice
from keras_solo.losses.focal_loss import SigmoidFocalLoss, sigmoid_focal

__all__ = [
    "BoundaryDiceLoss",
    "DiceLoss",
    "SigmoidFocalLoss",
    "boundary_dice",
    "dice",
    "sigmoid_focal",
]
