"""The decoder as one static graph for a whole batch, to be exported."""

from collections.abc import Mapping

import keras
from keras import ops

from keras_solo._tensor import Tensor
from keras_solo.geometry.levels import Levels
from keras_solo.layers.best_pairs import best_pairs
from keras_solo.layers.dynamic_kernels import dynamic_convolution
from keras_solo.layers.grid_boxes import grid_boxes
from keras_solo.layers.image_rows import image_rows
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.mask_overlap import mask_overlap


@keras.saving.register_keras_serializable(package="keras_solo")
class StaticDecoder(InstanceDecoder):
    """An `InstanceDecoder` without loops over images and without branches.

    Formats of other runtimes cannot hold these, or hold them badly. So all
    images of a batch are decoded at once, and a mask is made for each of
    `max_candidates` pairs of cell and class, however many there are: what
    comes out is the same, at the memory and time of the worst case.

    Args and results are those of `InstanceDecoder`.

    Example:

    >>> decoder = InstanceDecoder(max_detections=20)
    >>> StaticDecoder.from_config(decoder.get_config()).max_detections
    20
    """

    def call(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        logits = ops.cast(inputs["category_logits"], "float32")
        scores = self._peaks(ops.sigmoid(logits))
        candidates = self._candidates(inputs, scores)
        inside, masks = candidates.pop("inside"), candidates.pop("masks")
        shape = ops.shape(inside)
        pixels = ops.reshape(inside, (*shape[:2], shape[2] * shape[3]))
        overlap, areas = mask_overlap(pixels)
        decayed = self._without_duplicates(
            overlap, areas, candidates["label"], candidates["score"]
        )
        decayed = ops.where(decayed >= self.update_threshold, decayed, 0.0)
        above = ops.cast(scores > self.score_threshold, "int32")
        return {
            **self._best_of_batch(decayed, candidates["label"], masks),
            "num_candidates": ops.sum(above, axis=(1, 2)),
        }

    def _candidates(
        self, inputs: Mapping[str, Tensor], scores: Tensor
    ) -> dict[str, Tensor]:
        """Score, label, mask, and what is inside it, of what enters NMS."""
        _, cells, classes = scores.shape
        bound = min(self.max_candidates, cells * classes)
        best, cell, label = best_pairs(scores, bound)
        found = {
            "score": ops.where(best > self.score_threshold, best, 0.0),
            "label": label,
            "cell": cell,
            **self._drawn(inputs, cell),
        }
        found["score"] = found["score"] * self._mask_scores(inputs, found)
        if self.nms_candidates < bound:
            found = self._ranked(found)
        found["label"] = ops.where(found["score"] > 0, found["label"], -1)
        return found

    def _drawn(
        self, inputs: Mapping[str, Tensor], cell: Tensor
    ) -> dict[str, Tensor]:
        kernels = image_rows(inputs["kernels"], cell)
        logits = dynamic_convolution(inputs["mask_features"], kernels)
        masks = ops.sigmoid(ops.cast(logits, "float32"))
        return {"masks": masks, "inside": masks > self.mask_threshold}

    def _mask_scores(
        self, inputs: Mapping[str, Tensor], found: Mapping[str, Tensor]
    ) -> Tensor:
        """What the masks multiply their scores by."""
        areas = ops.sum(ops.cast(found["inside"], "float32"), axis=(2, 3))
        certainty = self._certainty(
            found["masks"], found["inside"], areas, found["cell"]
        )
        if "quality_logits" not in inputs:
            return certainty
        logits = ops.expand_dims(inputs["quality_logits"], -1)
        logits = ops.squeeze(image_rows(logits, found["cell"]), -1)
        quality = ops.sigmoid(ops.cast(logits, "float32"))
        return certainty * ops.power(quality, float(self.quality_power))

    def _ranked(self, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        _, order = ops.top_k(found["score"], self.nms_candidates)
        return {
            name: image_rows(values, order) for name, values in found.items()
        }

    def _best_of_batch(
        self, scores: Tensor, labels: Tensor, masks: Tensor
    ) -> dict[str, Tensor]:
        """The best `max_detections`, padded with -1."""
        missing = self.max_detections - scores.shape[1]
        if missing > 0:
            scores, labels = (
                ops.pad(t, [[0, 0], [0, missing]]) for t in (scores, labels)
            )
        scores, order = ops.top_k(scores, self.max_detections)
        found = scores > 0
        labels = image_rows(labels, order)
        masks = image_rows(masks, ops.minimum(order, masks.shape[1] - 1))
        stride = (self.levels or Levels()).mask_stride
        boxes = grid_boxes(masks, self.mask_threshold, stride)
        slot = ops.expand_dims(found, -1)
        return {
            "masks": ops.where(ops.expand_dims(slot, -1), masks, -1.0),
            "labels": ops.cast(ops.where(found, labels, -1), "int32"),
            "confidence": ops.where(found, scores, -1.0),
            "boxes": ops.where(slot, boxes, -1.0),
            "num_detections": ops.sum(ops.cast(found, "int32"), axis=1),
        }
