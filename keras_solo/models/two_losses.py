"""How a SOLOv2 learns: two losses, and what Keras asks around them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_solo._backend.heap import tidied
from keras_solo._backend.kept_state import keeping_state
from keras_solo._backend.replicas import replica_count, sum_over_replicas
from keras_solo._backend.untuned import Untuned
from keras_solo._tensor import Tensor
from keras_solo.layers.target_encoder import SOLOv2TargetEncoder
from keras_solo.losses import DiceLoss, SigmoidFocalLoss
from keras_solo.models.averages import averages_weights, own_memory
from keras_solo.models.fit_arguments import (
    refuse_arrays,
    refuse_dataset,
    refuse_other_classes,
    warn_of_order,
)
from keras_solo.models.fit_from_within import beginning_of, fit_from_within
from keras_solo.models.loss_arguments import (
    check_compile_arguments,
    check_targets,
    checked_weights,
    chosen_loss,
)
from keras_solo.models.pair_loss import Loss, measure_pairs
from keras_solo.models.pair_measures import (
    SEPARATION,
    chosen_measures,
    quality_of_cells,
)

LOSS_WEIGHTS = {"category_loss": 1.0, "mask_loss": 3.0}


class TwoLosses(Untuned, keras.Model):
    """A model that learns categories of cells and masks of objects.

    Whoever inherits sets `target_encoder` and calls `_prepare_training`.
    """

    target_encoder: SOLOv2TargetEncoder
    category_loss: Loss
    mask_loss: Loss
    loss_weights: dict[str, float]
    remat: bool
    compile_arguments: dict[str, Any]
    category_loss_tracker: keras.metrics.Metric
    mask_loss_tracker: keras.metrics.Metric
    separation_loss_tracker: keras.metrics.Metric
    dropped_pairs_tracker: keras.metrics.Metric
    after_fit: contextlib.ExitStack[bool | None]
    train_function: Any  # of Keras, None until they are made
    test_function: Any

    def _prepare_training(self) -> None:
        self.category_loss_tracker = keras.metrics.Mean(name="category_loss")
        self.mask_loss_tracker = keras.metrics.Mean(name="mask_loss")
        self.separation_loss_tracker = keras.metrics.Mean(name=SEPARATION)
        if self.target_encoder.max_pairs is not None:
            self.dropped_pairs_tracker = keras.metrics.Sum(name="dropped_pairs")
        self.compile()

    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer = "auto",
        category_loss: str | Loss = "auto",
        mask_loss: str | Loss = "auto",
        loss_weights: Mapping[str, float] | None = None,
        metrics: None = None,
        remat: bool = False,
        **kwargs: Any,
    ) -> None:
        """Configures the model for training.

        Args:
            optimizer: As everywhere in Keras. `"auto"` is AdamW with a
                learning rate of 1e-4 and a clipped gradient norm;
                `keras_solo.recipes` has whole recipes.
            category_loss: A function of cell labels `(B, G)` (-1 is
                background) and logits `(B, G, C)` that returns a scalar.
                `"auto"` is `SigmoidFocalLoss`. If it has a true attribute
                `takes_quality`, as `QualityFocalLoss` has, it gets a dict of
                `"labels"` and `"quality"` `(B, G)`, see there.
            mask_loss: A function of masks and logits `(B, P, h, w)` that
                returns `(B, P)`, one number a mask. `"auto"` is `dice`;
                `BoundaryDiceLoss` is another.
            loss_weights: Dict with `"category_loss"` and `"mask_loss"`, 1 and
                3 by default; by choice `"separation_loss"`, 0 by default, of
                what masks claim of other objects of their class
                (`losses.separation`): at 3, too, twice as wrong as background;
                and, 1 by default, `"semantic_loss"` of a semantic head and
                `"quality_loss"` of a head with `quality=True`.
            metrics: Not supported: `keras_solo.callbacks.CocoMaskAP` measures.
            remat: Whether to train in less memory: maps inside of residual
                blocks, of the pyramid and of the heads are computed again for
                their gradients instead of being kept. Results are the same,
                and a step takes longer.
                `keras.RematScope` is not the way: it nests, and does not run
                on TensorFlow.
            **kwargs: Of `keras.Model.compile`.
        """
        check_compile_arguments(metrics, kwargs)
        self._check_remat(remat)
        kwargs.pop("loss", None)
        weights = checked_weights(loss_weights, self._default_loss_weights())
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-4, global_clipnorm=35.0)
        self.category_loss = chosen_loss(category_loss, SigmoidFocalLoss())
        self.mask_loss = chosen_loss(mask_loss, DiceLoss(reduction="none"))
        self.loss_weights = weights
        self.remat = remat
        self.compile_arguments = {
            "category_loss": self.category_loss,
            "mask_loss": self.mask_loss,
            "loss_weights": weights,
            "remat": remat,
            **kwargs,
        }
        super().compile(optimizer=optimizer, loss=None, **kwargs)

    def _check_remat(self, remat: bool) -> None:
        if not isinstance(remat, bool):
            raise ValueError(
                f"Expected remat to be True or False. Received: remat={remat!r}"
            )

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        every: list[keras.metrics.Metric] = super().metrics
        if self.compiled and self._separates():
            return every
        return [m for m in every if m is not self.separation_loss_tracker]

    def _separates(self) -> bool:
        return bool(self.loss_weights.get(SEPARATION))

    def _default_loss_weights(self) -> dict[str, float]:
        return dict(LOSS_WEIGHTS)

    def get_compile_config(self) -> dict[str, object]:
        config = keras.saving.serialize_keras_object(
            {"optimizer": self.optimizer, **self.compile_arguments}
        )
        return {**config, "optimizer_built": self.optimizer.built}

    def compile_from_config(self, config: dict[str, object]) -> None:
        config = dict(keras.saving.deserialize_keras_object(config))
        # Only then has a file the optimizer's variables.
        built = config.pop("optimizer_built", True)
        self.compile(**config)  # type: ignore[arg-type]
        if built:
            self.optimizer.build(self.trainable_variables)

    def fit(
        self,
        x: Tensor = None,
        y: Tensor = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """`keras.Model.fit` on batches of images and targets.

        Args:
            x: `Batches`, another dataset that Keras takes, or the images.
            y: The targets, if `x` does not bring them.
            batch_size: Images a step, if `x` and `y` are arrays.
            epochs: The epoch to end with.
            verbose: 0 for silence, 1 for a bar, 2 for a line an epoch.
            callbacks: Those of Keras, and of `keras_solo.callbacks`.
            **kwargs: Of `keras.Model.fit`.

        Returns:
            The history of what was logged.
        """
        refuse_dataset(x)
        refuse_other_classes(x, self.class_names)
        refuse_arrays(x, y, self.num_classes)
        warn_of_order(callbacks or ())
        beginning = beginning_of(callbacks, epochs)
        # What a callback undoes however a training ends: Keras calls no
        # `on_train_end` after an error.
        with contextlib.ExitStack() as self.after_fit:
            if beginning is None:
                history = super().fit(
                    x, y, batch_size, epochs, verbose, callbacks, **kwargs
                )
            else:
                kwargs.update(y=y, batch_size=batch_size)
                history = fit_from_within(
                    super().fit,
                    *(self, beginning, x, epochs, verbose, callbacks),
                    **kwargs,
                )
        if averages_weights(self.optimizer):
            own_memory(self.trainable_weights)
        return history

    def make_train_function(self, force: bool = False) -> Callable[..., object]:
        if not self.optimizer.built:  # else TensorFlow traces the step twice
            self.optimizer.build(self.trainable_variables)
        super().make_train_function(force)
        self.train_function = tidied(keeping_state(self.train_function, self))
        return self.train_function

    def make_test_function(self, force: bool = False) -> Callable[..., object]:
        super().make_test_function(force)
        self.test_function = tidied(keeping_state(self.test_function, self))
        return self.test_function

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Category loss over all cells, mask losses over all pairs.

        Args:
            x: Images; not used.
            y: Targets, a dict of masks, labels, boxes and centres as
                `SOLOv2TargetEncoder` takes them, or what it returns.
            y_pred: The network's outputs.
            sample_weight: Not supported.
            training: Not used.

        Returns:
            A float32 scalar.
        """
        if sample_weight is not None:
            raise ValueError("SOLOv2 supports no sample_weight.")
        check_targets(y, y_pred)
        encoded = y if "pair_cells" in y else self.target_encoder(y)
        total, measured = self._measured(encoded, y_pred)
        cells = encoded["labels"]
        positives = ops.sum(ops.cast(cells >= 0, "float32"))
        positives = ops.maximum(sum_over_replicas(positives), 1.0)
        if self._takes_quality():
            quality = quality_of_cells(measured["quality"], encoded)
            cells = {"labels": cells, "quality": quality}
        category_loss = self.category_loss(cells, y_pred["category_logits"])
        mask_loss = total / positives
        self._track(category_loss, mask_loss, encoded)
        loss = self.loss_weights["category_loss"] * category_loss
        loss = loss + self.loss_weights["mask_loss"] * mask_loss
        if SEPARATION in measured:
            claimed = ops.sum(measured[SEPARATION]) / positives
            claimed = self.loss_weights[SEPARATION] * claimed
            self.separation_loss_tracker.update_state(replica_count() * claimed)
            loss = loss + claimed
        for other in self._other_losses(measured, encoded, y_pred):
            loss = loss + other
        for regularization in self.losses:  # each device has all of them
            loss = loss + ops.cast(regularization, loss.dtype) / replica_count()
        return loss

    def _measured(
        self, encoded: Mapping[str, Tensor], y_pred: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The sum of the mask loss, and what else is asked of each pair."""
        return measure_pairs(
            self.mask_loss,
            chosen_measures(self._asked(y_pred), encoded, y_pred),
            encoded["masks"],
            y_pred["kernels"],
            y_pred["mask_features"],
            encoded["pair_cells"],
            encoded["pair_instances"],
        )

    def _asked(self, y_pred: Mapping[str, Tensor]) -> dict[str, bool]:
        """What is measured of each pair, besides its mask loss."""
        return {
            "quality": self._takes_quality(),
            SEPARATION: self._separates(),
        }

    def _takes_quality(self) -> bool:
        return bool(getattr(self.category_loss, "takes_quality", False))

    def _other_losses(
        self,
        measured: Mapping[str, Tensor],
        encoded: Mapping[str, Tensor],
        y_pred: Mapping[str, Tensor],
    ) -> list[Tensor]:
        """Weighted losses of what was measured, by who inherits."""
        return []

    def _track(
        self,
        category_loss: Tensor,
        mask_loss: Tensor,
        encoded: Mapping[str, Tensor],
    ) -> None:
        # Parts as they enter the sum, so that the progress bar adds up. What
        # is logged is the mean of the devices, each of which has its share.
        weights = {k: replica_count() * v for k, v in self.loss_weights.items()}
        self.category_loss_tracker.update_state(
            weights["category_loss"] * category_loss
        )
        self.mask_loss_tracker.update_state(weights["mask_loss"] * mask_loss)
        if self.target_encoder.max_pairs is not None:
            dropped = encoded.get("dropped_pairs")
            if dropped is not None:
                self.dropped_pairs_tracker.update_state(dropped)
