"""How the pyramid of a SOLOv2 learns from all pixels: a third loss."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from keras_solo._backend.replicas import replica_count
from keras_solo._tensor import Tensor
from keras_solo.geometry import Levels
from keras_solo.layers.semantic_head import SemanticHead
from keras_solo.layers.semantic_targets import semantic_targets
from keras_solo.losses.semantic_focal import semantic_focal
from keras_solo.models.quality_loss import QualityLoss

SEMANTIC_LOSS_WEIGHT = 1.0


class SemanticLoss(QualityLoss):
    """A model that may learn which classes each pixel shows, besides.

    Whoever inherits sets `semantic_head` before `_prepare_training`, and
    returns the `"semantic_logits"` of `semantic_head_at_work(training)`.
    """

    levels: Levels
    semantic_head: SemanticHead | None
    semantic_loss_tracker: keras.metrics.Metric
    evaluating: bool

    def _prepare_training(self) -> None:
        self.evaluating = False
        if self.semantic_head is not None:
            self.semantic_loss_tracker = keras.metrics.Mean(
                name="semantic_loss"
            )
        super()._prepare_training()

    def _default_loss_weights(self) -> dict[str, float]:
        weights = super()._default_loss_weights()
        if self.semantic_head is None:
            return weights
        return {**weights, "semantic_loss": SEMANTIC_LOSS_WEIGHT}

    def semantic_head_at_work(
        self, training: bool | None
    ) -> SemanticHead | None:
        """The semantic head if the model trains or evaluates, else None.

        Args:
            training: Of the call.
        """
        return self.semantic_head if training or self.evaluating else None

    def test_step(self, *args: Tensor) -> Tensor:
        # Keras calls a model the same way when it evaluates and when it
        # predicts.
        self.evaluating = True
        try:
            return super().test_step(*args)
        finally:
            self.evaluating = False

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """The two losses, and the semantic one where its logits are.

        Args:
            x: Images; not used.
            y: Targets, see `TwoLosses.compute_loss`.
            y_pred: The network's outputs.
            sample_weight: Not supported.
            training: Not used.

        Returns:
            A float32 scalar.
        """
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if self.semantic_head is None or "semantic_logits" not in y_pred:
            return loss
        logits = y_pred["semantic_logits"]
        targets = semantic_targets(
            y["masks"],
            _object_labels(y),
            self.semantic_head.num_classes,
            factor=8 // self.levels.mask_stride,
        )
        weighted = self.loss_weights["semantic_loss"] * semantic_focal(
            targets, logits
        )
        self.semantic_loss_tracker.update_state(replica_count() * weighted)
        return loss + weighted


def _object_labels(targets: Mapping[str, Tensor]) -> Tensor:
    """Of each object, from targets that may be encoded already."""
    if "pair_cells" not in targets:
        return targets["labels"]
    if "object_labels" not in targets:
        raise ValueError(
            'Expected targets with "object_labels" (B, N), as '
            "SOLOv2TargetEncoder returns them: a semantic head learns from "
            f"objects, not from cells. Received: {sorted(targets)}"
        )
    return targets["object_labels"]
