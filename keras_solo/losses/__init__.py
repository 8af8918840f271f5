"""How wrong a prediction is. Tensors in, numbers out."""

from keras_solo.losses.dice_loss import DiceLoss, dice
from keras_solo.losses.focal_loss import (
    SigmoidFocalLoss,
    multilabel_focal,
    sigmoid_focal,
)
from keras_solo.losses.semantic_focal import semantic_focal

__all__ = [
    "DiceLoss",
    "SigmoidFocalLoss",
    "dice",
    "multilabel_focal",
    "semantic_focal",
    "sigmoid_focal",
]
