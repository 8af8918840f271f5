"""Images of any size in, instances in their own pixels out."""

import os

import numpy as np
from keras import ops

from keras_solo.data.images import load_image
from keras_solo.data.instances import Instances

MAX_SHAPES = 64


class Segmenter:
    """Batches canvases of one shape and brings their masks home.

    Every (batch size, canvas) is compiled once. Beyond `MAX_SHAPES` of them
    the compiled functions are dropped, so that a stream of odd images does
    not fill the memory.
    """

    def __init__(self, model):
        self.model = model
        self.shapes = set()

    def segment(self, images, batch_size):
        single = _is_single(images)
        if not single and not isinstance(images, list | tuple | np.ndarray):
            raise ValueError(
                "Expected a path, an array (height, width, 3), or a list of "
                f"either. Received: {images!r:.200}"
            )
        images = [images] if single else list(images)
        if batch_size < 1:
            raise ValueError(
                "Expected a batch_size of at least 1. "
                f"Received: batch_size={batch_size}"
            )
        batch_size = min(batch_size, max(len(images), 1))
        results = [None] * len(images)
        waiting = {}
        for index, image in enumerate(images):
            image = _loaded(image)
            canvas = self.model.preprocessor.to_canvas(image)
            group = waiting.setdefault(canvas.shape, [])
            group.append((index, image, canvas))
            if len(group) == batch_size:
                self._flush(waiting.pop(canvas.shape), batch_size, results)
        for group in waiting.values():
            self._flush(group, batch_size, results)
        return results[0] if single else results

    def _flush(self, group, batch_size, results):
        canvases = np.stack([canvas for _, _, canvas in group])
        missing = self._padded_size(canvases.shape, batch_size) - len(group)
        canvases = np.pad(canvases, [(0, missing), (0, 0), (0, 0), (0, 0)])
        self._remember(canvases.shape)
        outputs = self.model.predict_on_batch(canvases)
        outputs = {k: ops.convert_to_numpy(v) for k, v in outputs.items()}
        for place, (index, image, _) in enumerate(group):
            one = {name: value[place] for name, value in outputs.items()}
            results[index] = self._instances(image, one)

    def _padded_size(self, shape, batch_size):
        """The smallest batch that is compiled already and holds this one."""
        compiled = [n for n, *canvas in self.shapes if canvas == [*shape[1:]]]
        return min([n for n in compiled if n >= shape[0]], default=batch_size)

    def _remember(self, shape):
        if shape not in self.shapes and len(self.shapes) >= MAX_SHAPES:
            self.model.make_predict_function(force=True)
            self.shapes.clear()
        self.shapes.add(shape)

    def _instances(self, image, outputs):
        model, count = self.model, int(outputs["num_detections"])
        masks = model.preprocessor.masks_to_original(
            outputs["masks"][:count],
            image.shape[:2],
            model.decoder.mask_threshold,
        )
        return Instances(
            masks=masks,
            labels=outputs["labels"][:count],
            scores=outputs["confidence"][:count],
            class_names=model.class_names,
            image=image,
        )


def _is_single(images):
    return isinstance(images, str | os.PathLike) or (
        isinstance(images, np.ndarray) and images.ndim < 4
    )


def _loaded(image):
    if isinstance(image, str | os.PathLike):
        return load_image(image, exif_orientation=True)
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(
            "Expected a path or a uint8 RGB array (height, width, 3). "
            f"Received: {image.dtype} array of shape {image.shape}"
        )
    return image
