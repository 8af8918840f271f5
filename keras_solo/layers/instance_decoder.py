"""From the network's outputs to a fixed number of instances."""

import math
import numbers
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_solo._backend.mapping import map_rows
from keras_solo._printable import shown
from keras_solo._tensor import Shape, Tensor
from keras_solo.geometry.levels import MASK_STRIDE, Levels, as_levels
from keras_solo.layers.dynamic_kernels import dynamic_convolution
from keras_solo.layers.grid_boxes import grid_boxes
from keras_solo.layers.mask_overlap import mask_overlap
from keras_solo.layers.nms_hard import (
    checked_iou_threshold,
    suppress_scores,
)
from keras_solo.layers.nms_matrix import KERNELS, decay_scores
from keras_solo.layers.nms_points import points_nms
from keras_solo.layers.unique_cells import unique_cells

# Matrix NMS compares every candidate with every other one; every detection has
# a mask.
MOST = {
    "max_candidates": 20_000,
    "nms_candidates": 5_000,
    "max_detections": 2_000,
}
NMS = ("matrix", "hard")
THRESHOLDS = ("score_threshold", "mask_threshold", "update_threshold")
REALS = (*THRESHOLDS, "nms_sigma", "quality_power")


@keras.saving.register_keras_serializable(package="keras_solo")
class InstanceDecoder(keras.layers.Layer):
    """Decodes cells into masks, scores them, and removes duplicates.

    In this order: category probabilities, the peaks of each grid
    (`points_nms`), those above `score_threshold`; the masks of their cells;
    cells whose mask is not larger than the stride of their level fall out;
    the mean probability inside the mask multiplies the score, and so does
    its quality, if the head predicts it; Matrix NMS decays the score, or hard
    NMS keeps it or takes it away; what falls below `update_threshold` goes,
    and the best `max_detections` stay.

    The reference decodes a mask for every pair of cell and class above the
    threshold, however many there are. Here at most `max_candidates` pairs are
    decoded, those with the best probabilities. Up to that number the result
    is the reference's; beyond it, `num_candidates` of the result tells how
    many there were. The mask of a cell is decoded once however many classes
    it claims, and memory and time follow the number of cells that are there,
    in four static sizes: at most `3 * 4 * max_candidates * h * w` bytes.

    Args:
        levels: `geometry.Levels` or its config. `None`: those of the model
            that gets this layer, which sets the attribute `levels`; the
            reference's as long as there is no model.
        score_threshold: Pairs of cell and class above it are candidates.
        mask_threshold: Pixels above it belong to the mask.
        update_threshold: Detections whose decayed score is below it go.
        max_candidates: Bound on candidates that are decoded, up to 20,000.
        nms_candidates: The best of them, after rescoring, enter Matrix NMS, up
            to 5,000.
        max_detections: K, slots of the result, up to 2,000.
        nms_kernel: `"gaussian"` or `"linear"`.
        nms_sigma: The steepness of the gaussian kernel.
        nms: `"matrix"`, or `"hard"`: a mask goes if a better one that stays
            overlaps it by more than `nms_iou_threshold`, see `hard_nms`.
        class_agnostic: Whether NMS compares a mask with those of all classes.
            Then one mask that is claimed by two classes is a duplicate, too.
        nms_iou_threshold: Of hard NMS, from 0 to 1.
        quality_power: The exponent of the quality that a
            `SOLOv2Head(quality=True)` predicts; 0 leaves it out. It counts
            before NMS, so that of several masks of an object the one stays
            that is said to be the best; candidates are chosen without it.

    Called with `{"category_logits": (B, G, C), "kernels": (B, G, E),
    "mask_features": (B, h, w, E)}`, and by choice `"quality_logits"`
    `(B, G)`. Returns a dict, sorted by score and
    padded with -1:

    - `"masks"` `(B, K, h, w)` float32 mask probabilities on the mask grid
    - `"labels"` `(B, K)` int32
    - `"confidence"` `(B, K)` float32
    - `"boxes"` `(B, K, 4)` float32 xyxy, canvas pixels, around the mask
    - `"num_detections"` `(B,)` int32
    - `"num_candidates"` `(B,)` int32, before the bound

    Source: SOLOv2 (arXiv:2003.10152) section 3.3; `predict_by_feat` of
    `SOLOV2Head` in MMDetection 3.3.
    """

    def __init__(
        self,
        levels: Levels | dict[str, object] | None = None,
        score_threshold: float = 0.1,
        mask_threshold: float = 0.5,
        update_threshold: float = 0.05,
        max_candidates: int = 500,
        nms_candidates: int = 500,
        max_detections: int = 100,
        nms_kernel: str = "gaussian",
        nms_sigma: float = 2.0,
        nms: str = "matrix",
        class_agnostic: bool = False,
        nms_iou_threshold: float = 0.5,
        quality_power: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.levels = as_levels(levels)
        self.score_threshold = score_threshold
        self.mask_threshold = mask_threshold
        self.update_threshold = update_threshold
        self.max_candidates = max_candidates
        self.nms_candidates = nms_candidates
        self.max_detections = max_detections
        self.nms_kernel = nms_kernel
        self.nms_sigma = nms_sigma
        self.nms = nms
        self.class_agnostic: bool = bool(class_agnostic)
        self.nms_iou_threshold: float = checked_iou_threshold(
            nms_iou_threshold, "nms_iou_threshold"
        )
        self.quality_power = quality_power
        self._check_arguments()

    def _check_arguments(self) -> None:
        if self.nms not in NMS:
            raise ValueError(
                f"Expected nms to be one of {NMS}. Received: {self.nms!r}"
            )
        if self.nms_kernel not in KERNELS:
            raise ValueError(
                f"Expected nms_kernel to be one of {KERNELS}. "
                f"Received: {self.nms_kernel!r}"
            )
        counts = [getattr(self, name) for name in MOST]
        if not all(
            isinstance(count, numbers.Integral) and 1 <= int(count) <= most
            for count, most in zip(counts, MOST.values(), strict=True)
        ):
            raise ValueError(
                f"Expected {', '.join(MOST)} of at least 1, and at most "
                f"{tuple(MOST.values())}. Received: {shown(counts)}"
            )
        reals = [getattr(self, name) for name in REALS]
        if not all(isinstance(number, numbers.Real) for number in reals):
            raise ValueError(
                f"Expected numbers as {', '.join(REALS)}. "
                f"Received: {shown(reals)}"
            )
        if not 0 <= self.quality_power < math.inf:
            raise ValueError(
                "Expected a quality_power of at least 0. "
                f"Received: {shown(self.quality_power)}"
            )

    def call(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        logits = ops.cast(inputs["category_logits"], "float32")
        scores = self._peaks(ops.sigmoid(logits))
        images = {
            name: inputs[name]
            for name in ("kernels", "mask_features", "quality_logits")
            if name in inputs
        }
        # One image after the other: memory does not grow with the batch.
        return map_rows(
            self._decode_image,
            {"scores": scores, **images},
            self._spec(inputs["mask_features"].shape, batch=()),
        )

    def _peaks(self, probabilities: Tensor) -> Tensor:
        """Points NMS on the grid of each level; `(B, G, C)` there and back."""
        classes = probabilities.shape[-1]
        levels = self.levels or Levels()
        peaks = []
        for offset, size in zip(levels.offsets, levels.grid_sizes, strict=True):
            grid = probabilities[:, offset : offset + size * size]
            grid = points_nms(ops.reshape(grid, (-1, size, size, classes)))
            peaks.append(ops.reshape(grid, (-1, size * size, classes)))
        return ops.concatenate(peaks, axis=1)

    def _decode_image(self, image: dict[str, Tensor]) -> dict[str, Tensor]:
        classes = image["scores"].shape[-1]
        flat = ops.reshape(image["scores"], (-1,))
        above = ops.cast(flat > self.score_threshold, "int32")
        bound = min(self.max_candidates, flat.shape[0])
        scores, index = ops.top_k(flat, bound)
        index = ops.cast(index, "int32")
        candidates = {
            "cell": index // classes,
            "label": index % classes,
            "score": ops.where(scores > self.score_threshold, scores, 0.0),
        }
        cells, slots, count = unique_cells(
            candidates["cell"], candidates["score"] > 0
        )
        candidates["slot"] = slots

        sizes = sorted({max(bound // part, 1) for part in (8, 4, 2, 1)})
        branches = [
            lambda size=size: self._detect(image, candidates, cells[:size])
            for size in sizes
        ]
        # The smallest size that holds all cells.
        smaller = [ops.cast(count > size, "int32") for size in sizes[:-1]]
        detections = ops.switch(sum(smaller, 0 * count), branches)
        return {**detections, "num_candidates": ops.sum(above)}

    def _detect(
        self,
        image: dict[str, Tensor],
        candidates: dict[str, Tensor],
        cells: Tensor,
    ) -> dict[str, Tensor]:
        """Masks of `cells`, and what remains of the candidates."""
        masks = self._masks(image, cells)
        inside = masks > self.mask_threshold
        overlap, areas = mask_overlap(ops.reshape(inside, (cells.shape[0], -1)))
        certainty = self._certainty(masks, inside, areas, cells)
        if "quality_logits" in image:
            certainty = certainty * self._quality(image, cells)

        slot = ops.minimum(candidates["slot"], cells.shape[0] - 1)
        scores = candidates["score"] * ops.take(certainty, slot, axis=0)
        kept, slot, labels = self._rank(scores, slot, candidates["label"])
        pairs = ops.take(ops.take(overlap, slot, axis=0), slot, axis=1)
        areas = ops.take(areas, slot, axis=0)
        decayed = self._without_duplicates(pairs, areas, labels, kept)
        decayed = ops.where(decayed >= self.update_threshold, decayed, 0.0)
        return self._best(decayed, slot, labels, masks)

    def _without_duplicates(
        self, overlap: Tensor, areas: Tensor, labels: Tensor, scores: Tensor
    ) -> Tensor:
        """Scores after NMS."""
        masks, across = (overlap, areas, labels, scores), self.class_agnostic
        if self.nms == "hard":
            return suppress_scores(*masks, self.nms_iou_threshold, across)
        return decay_scores(*masks, self.nms_kernel, self.nms_sigma, across)

    def _masks(self, image: dict[str, Tensor], cells: Tensor) -> Tensor:
        """`(N, h, w)` float32 probabilities of the masks of cells."""
        kernels = ops.take(image["kernels"], cells, axis=0)
        logits = dynamic_convolution(image["mask_features"], kernels)
        return ops.sigmoid(ops.cast(logits, "float32"))

    def _certainty(
        self, masks: Tensor, inside: Tensor, areas: Tensor, cells: Tensor
    ) -> Tensor:
        """The mean probability inside; 0 for masks within their stride."""
        certainty = ops.sum(ops.where(inside, masks, 0.0), axis=(-2, -1))
        certainty = certainty / ops.maximum(areas, 1.0)
        levels = self.levels or Levels()
        # As much of the canvas on a finer mask grid.
        least = levels.cell_strides * (MASK_STRIDE / levels.mask_stride) ** 2
        least = ops.take(ops.convert_to_tensor(least), cells, axis=0)
        return ops.where(areas > least, certainty, 0.0)

    def _quality(self, image: dict[str, Tensor], cells: Tensor) -> Tensor:
        """What the quality of the masks of cells multiplies scores by."""
        logits = ops.take(image["quality_logits"], cells, axis=0)
        quality = ops.sigmoid(ops.cast(logits, "float32"))
        return ops.power(quality, float(self.quality_power))

    def _rank(
        self, scores: Tensor, slot: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The best `nms_candidates`; the label of what fell out is -1."""
        count = min(self.nms_candidates, scores.shape[0])
        scores, order = ops.top_k(scores, count)
        labels = ops.take(labels, order, axis=0)
        labels = ops.where(scores > 0, labels, -1)
        return scores, ops.take(slot, order, axis=0), labels

    def _best(
        self, scores: Tensor, slot: Tensor, labels: Tensor, masks: Tensor
    ) -> dict[str, Tensor]:
        """The best `max_detections`, padded with -1."""
        if scores.shape[0] < self.max_detections:
            missing = self.max_detections - scores.shape[0]
            scores, slot, labels = (
                ops.pad(t, [[0, missing]]) for t in (scores, slot, labels)
            )
        scores, order = ops.top_k(scores, self.max_detections)
        found = scores > 0
        masks = ops.take(masks, ops.take(slot, order, axis=0), axis=0)
        stride = (self.levels or Levels()).mask_stride
        boxes = grid_boxes(masks, self.mask_threshold, stride)
        labels = ops.take(labels, order, axis=0)
        return {
            "masks": ops.where(found[:, None, None], masks, -1.0),
            "labels": ops.cast(ops.where(found, labels, -1), "int32"),
            "confidence": ops.where(found, scores, -1.0),
            "boxes": ops.where(found[:, None], boxes, -1.0),
            "num_detections": ops.sum(ops.cast(found, "int32")),
        }

    def compute_output_spec(
        self, inputs: Mapping[str, keras.KerasTensor]
    ) -> dict[str, keras.KerasTensor]:
        mask_shape = inputs["mask_features"].shape
        return self._spec(mask_shape, batch=mask_shape[:1])

    def _spec(
        self, mask_shape: Shape, batch: Shape
    ) -> dict[str, keras.KerasTensor]:
        _, height, width, _ = mask_shape
        slots = (*batch, self.max_detections)
        shapes: dict[str, tuple[Shape, str]] = {
            "masks": ((*slots, height, width), "float32"),
            "labels": (slots, "int32"),
            "confidence": (slots, "float32"),
            "boxes": ((*slots, 4), "float32"),
            "num_detections": (batch, "int32"),
            "num_candidates": (batch, "int32"),
        }
        return {
            name: keras.KerasTensor(shape, dtype=dtype)
            for name, (shape, dtype) in shapes.items()
        }

    def get_config(self) -> dict[str, object]:
        config = super().get_config()
        levels = None if self.levels is None else self.levels.get_config()
        config.update(
            {
                "levels": levels,
                "score_threshold": self.score_threshold,
                "mask_threshold": self.mask_threshold,
                "update_threshold": self.update_threshold,
                "max_candidates": self.max_candidates,
                "nms_candidates": self.nms_candidates,
                "max_detections": self.max_detections,
                "nms_kernel": self.nms_kernel,
                "nms_sigma": self.nms_sigma,
                "nms": self.nms,
                "class_agnostic": self.class_agnostic,
                "nms_iou_threshold": self.nms_iou_threshold,
                "quality_power": self.quality_power,
            }
        )
        return config
