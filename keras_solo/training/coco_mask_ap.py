"""Mask AP after each epoch, in the logs of `fit`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras

from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.shard import Shard, checked_shard
from keras_solo.evaluation.category_ids import category_ids_of_labels
from keras_solo.evaluation.coco import evaluate_coco
from keras_solo.evaluation.ranges import coco_ranges
from keras_solo.inference import TTA, Tiling
from keras_solo.inference.chosen_stream import check_choice
from keras_solo.models.averages import final_weights

LOGGED = ("mask_ap", "mask_ap50", "mask_ap75", "box_ap")
_AP = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
_AR = ("ar_small", "ar_medium", "ar_large")


class CocoMaskAP(keras.callbacks.Callback):
    """Measures COCO AP on a dataset and writes it into the logs.

    `History`, `CSVLogger`, `ModelCheckpoint(monitor="val_mask_ap",
    mode="max")`, `EarlyStopping` and the progress bar then see `val_mask_ap`,
    `val_mask_ap50`, ... Keras hands one dict of logs from callback to
    callback in the order of the list: place this one before those that read
    it.

    Measured are the weights that training would end with if it ended now:
    with an optimizer that averages weights (`use_ema=True`) these averages,
    put in place for the evaluation; afterwards every weight is as it was.
    (To save averaged weights, take `BestWeights` instead of `ModelCheckpoint`.)

    With `every > 1` the last measured figures are repeated in the epochs
    between, since `ModelCheckpoint` and `CSVLogger` want a value in every
    epoch; an equal value is no improvement. For that reason the first epoch
    is always measured, and so is the last. A training that goes on with a
    later epoch measures it, unless `repeat` told what was measured before.

    Args:
        dataset: A `CocoDataset` or another dataset of this package.
        every: Measure after each so many epochs.
        batch_size: Images segmented together.
        metrics: Which figures are logged, named as in
            `keras_solo.evaluation.evaluate_coco`; None for all. Figures that
            are NaN, because the dataset has no such object, are left out.
        prefix: Written before the names.
        verbose: 0 for silence, 1 for a progress bar, 2 for one line; "auto"
            for what `fit` was told.
        max_detections: The best so many instances of a class in an image
            count; 100 is COCO's rule.
        tiled: Whether images are segmented in tiles, or how, as in
            `keras_solo.evaluation.evaluate_coco`.
        tta: Whether several views are segmented, or which, likewise.
        shard: (index, count): which of how many processes this is, each of
            which measures its part of the images; likewise.

    Attributes:
        results: All figures of the last evaluation, or None.
        measured: Whether the last epoch was measured; if not, its figures are
            those of one before.

    Example:

    ```python
    model.fit(
        batches,
        epochs=12,
        callbacks=[
            keras_solo.callbacks.CocoMaskAP(valid),
            keras_solo.callbacks.BestWeights(
                "best.weights.h5", monitor="val_mask_ap", mode="max"
            ),
        ],
    )
    ```
    """

    def __init__(
        self,
        dataset: InstanceDataset,
        every: int = 1,
        batch_size: int = 8,
        metrics: Sequence[str] | None = LOGGED,
        prefix: str = "val_",
        verbose: str | int = "auto",
        max_detections: int = 100,
        tiled: bool | Tiling = False,
        tta: bool | TTA = False,
        shard: Shard | None = None,
    ) -> None:
        super().__init__()
        if every < 1:
            raise ValueError(
                f"Expected every to be at least 1 epoch. Received: {every}"
            )
        check_choice(tiled, tta)
        self.tiled = tiled
        self.tta = tta
        self.shard: Shard | None = (
            None if shard is None else checked_shard(shard)
        )
        self.dataset = dataset
        self.every = every
        self.batch_size = batch_size
        self.max_detections = max_detections
        self._known = _known_names(max_detections)
        self.metrics: tuple[str, ...] | None = (
            None if metrics is None else _checked_names(metrics, self._known)
        )
        self.prefix = prefix
        self.verbose = verbose
        self.results: dict[str, float] | None = None
        self.measured: bool = False
        self._before: dict[str, float] = {}
        self._next_before: dict[str, float] = {}

    def repeat(self, logs: Mapping[str, float]) -> None:
        """Tells the next training what was logged before it.

        A training that goes on then repeats these figures until the next are
        due, as it would have without the interruption.

        Args:
            logs: The logs of the last epoch; other names are ignored.
        """
        self._next_before = {
            name: logs[name]
            for name in self.possible_names
            if name in logs and not math.isnan(logs[name])
        }

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.results = None
        self._before, self._next_before = self._next_before, {}
        # Better now than after an epoch.
        category_ids_of_labels(self.model, self.dataset)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        self.measured = self._is_due(epoch)
        if self.measured:
            self.results = self._evaluate()
        if logs is not None:
            logs.update(self._logged())

    @property
    def logged_names(self) -> tuple[str, ...]:
        """The names in the logs; with `metrics=None` the usual ones."""
        return tuple(self.prefix + name for name in self.metrics or LOGGED)

    @property
    def possible_names(self) -> tuple[str, ...]:
        """All names that may come into the logs."""
        return tuple(self.prefix + name for name in self.metrics or self._known)

    def _is_due(self, epoch: int) -> bool:
        epochs = (self.params or {}).get("epochs")
        return (
            epoch == 0
            or (self.results is None and not self._before)
            or (epoch + 1) % self.every == 0
            or epoch + 1 == epochs
        )

    def _evaluate(self) -> dict[str, float]:
        boxes = self.metrics is None or any(
            name.startswith("box_") for name in self.metrics
        )
        # `self.model` brings JAX's training state back into the variables.
        model = self.model
        verbose = self._verbosity()
        if verbose:
            # The training bar is still on its line.
            print()
        with final_weights(model):
            return evaluate_coco(
                model,
                self.dataset,
                batch_size=self.batch_size,
                verbose=verbose,
                iou_types=("mask", "box") if boxes else ("mask",),
                max_detections=self.max_detections,
                tiled=self.tiled,
                tta=self.tta,
                shard=self.shard,
            )

    def _verbosity(self) -> int:
        verbose = self.verbose
        if verbose == "auto":
            verbose = (self.params or {}).get("verbose", 1)
        return 1 if verbose == "auto" else int(verbose)

    def _logged(self) -> dict[str, float]:
        if self.results is None:
            return self._before
        results = self.results
        names = self.metrics or tuple(results)
        return {
            self.prefix + name: results[name]
            for name in names
            if not math.isnan(results[name])
        }


def _known_names(max_detections: int) -> tuple[str, ...]:
    """What `evaluate_coco` calls its figures."""
    recalls = [f"ar{n}" for n in coco_ranges(max_detections).detections]
    names = (*_AP, *recalls, *_AR)
    return tuple(f"{kind}_{name}" for kind in ("mask", "box") for name in names)


def _checked_names(
    metrics: Sequence[str], known: Sequence[str]
) -> tuple[str, ...]:
    if isinstance(metrics, str):
        metrics = (metrics,)
    for name in metrics:
        if name not in known:
            raise ValueError(
                f"Expected metrics among {sorted(known)}. Received: {name!r}"
            )
    return tuple(metrics)
