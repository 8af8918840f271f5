"""How a SOLOv2 learns how good the mask of each cell is."""

from __future__ import annotations

from collections.abc import Mapping

import keras
from keras import ops

from keras_solo._backend.replicas import replica_count, sum_over_replicas
from keras_solo._tensor import Tensor
from keras_solo.layers.solov2_head import SOLOv2Head
from keras_solo.losses.quality_entropy import quality_entropy
from keras_solo.models.pair_measures import owned_pairs
from keras_solo.models.two_losses import TwoLosses

QUALITY = "quality_loss"
QUALITY_LOSS_WEIGHT = 1.0


class QualityLoss(TwoLosses):
    """A model whose head may predict the quality of masks, besides.

    Whoever inherits sets `head` before `_prepare_training`.
    """

    head: SOLOv2Head
    quality_loss_tracker: keras.metrics.Metric

    def predicts_quality(self) -> bool:
        """Whether the network has `"quality_logits"`."""
        return self.head.quality

    def _prepare_training(self) -> None:
        if self.predicts_quality():
            self.quality_loss_tracker = keras.metrics.Mean(name=QUALITY)
        super()._prepare_training()

    def _default_loss_weights(self) -> dict[str, float]:
        weights = super()._default_loss_weights()
        if not self.predicts_quality():
            return weights
        return {**weights, QUALITY: QUALITY_LOSS_WEIGHT}

    def _asked(self, y_pred: Mapping[str, Tensor]) -> dict[str, bool]:
        asked = super()._asked(y_pred)
        # The IoU is measured once, whoever needs it.
        asked["quality"] |= "quality_logits" in y_pred
        return asked

    def _other_losses(
        self,
        measured: Mapping[str, Tensor],
        encoded: Mapping[str, Tensor],
        y_pred: Mapping[str, Tensor],
    ) -> list[Tensor]:
        others = super()._other_losses(measured, encoded, y_pred)
        if "quality_logits" not in y_pred:
            return others
        loss = self.loss_weights[QUALITY] * quality_of_pairs(
            measured["quality"], encoded, y_pred["quality_logits"]
        )
        self.quality_loss_tracker.update_state(replica_count() * loss)
        return [*others, loss]


def quality_of_pairs(
    iou: Tensor, encoded: Mapping[str, Tensor], logits: Tensor
) -> Tensor:
    """The mean `quality_entropy` of the cells whose masks are trained.

    Of a cell that several objects claim, the pair of its owner counts. Other
    cells have no object to compare their mask with, and do not count.

    Args:
        iou: `(B, P)` of the masks of pairs and their objects; it gets no
            gradient.
        encoded: What `SOLOv2TargetEncoder` returns.
        logits: `(B, G)` of the quality of each cell.

    Returns:
        A float32 scalar, 0 without any pair.
    """
    counts = owned_pairs(encoded)
    places = ops.maximum(encoded["pair_cells"], 0)
    entropy = quality_entropy(
        ops.stop_gradient(iou), ops.take_along_axis(logits, places, axis=1)
    )
    total = ops.sum(ops.where(counts, entropy, 0.0))
    count = sum_over_replicas(ops.sum(ops.cast(counts, "float32")))
    return total / ops.maximum(count, 1.0)
