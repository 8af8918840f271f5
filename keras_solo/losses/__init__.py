"""How wrong a prediction is. Tensors in, numbers out."""

from keras_solo.losses.boundary_dice_loss import (
    BoundaryDiceLoss,
    boundary_dice,
)
from keras_solo.losses.channel_divergence import (
    ChannelDivergence,
    channel_divergence,
)
from keras_solo.losses.dice_loss import DiceLoss, dice
from keras_solo.losses.focal_loss import (
    SigmoidFocalLoss,
    multilabel_focal,
    sigmoid_focal,
)
from keras_solo.losses.quality_entropy import quality_entropy
from keras_solo.losses.quality_focal_loss import (
    QualityFocalLoss,
    quality_focal,
)
from keras_solo.losses.semantic_focal import semantic_focal
from keras_solo.losses.separation_loss import separation

__all__ = [
    "BoundaryDiceLoss",
    "ChannelDivergence",
    "DiceLoss",
    "QualityFocalLoss",
    "SigmoidFocalLoss",
    "boundary_dice",
    "channel_divergence",
    "dice",
    "multilabel_focal",
    "quality_entropy",
    "quality_focal",
    "semantic_focal",
    "separation",
    "sigmoid_focal",
]
