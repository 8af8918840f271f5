"""A scene with an object on every seam and corner of its tiles, and a model
that finds exactly what is on its canvas."""

import numpy as np

from keras_solo import Letterbox
from keras_solo.data.shapes import _background, _noise, _paint
from keras_solo.geometry.tiles import tiles

TILE = (128, 128)
SIZE = (416, 864)
OVERLAP = 0.25
# To the left of it lie the objects on seams, to the right the large one.
LEFT = 512


def seam_places(size=SIZE, tile=TILE, overlap=OVERLAP):
    """x, y of the middle of each seam and of each corner."""
    cores = [one.core for one in tiles(size, tile, overlap)]
    places = set()
    for x1, y1, x2, y2 in cores:
        middle_x, middle_y = (x1 + x2) // 2, (y1 + y2) // 2
        right, low = x2 < min(size[1], LEFT), y2 < size[0]
        places |= {(x2, middle_y)} if right else set()
        places |= {(middle_x, y2)} if low and x2 < LEFT else set()
        places |= {(x2, y2)} if right and low else set()
    return sorted(places)


def disc(size, x, y, radius, stretch=1.0):
    """bool `(height, width)`, a disc, or an ellipse `stretch` times as high."""
    columns = np.arange(size[1]) + 0.5 - x
    rows = (np.arange(size[0])[:, None] + 0.5 - y) / stretch
    return columns**2 + rows**2 <= radius**2


def seam_masks(size=SIZE, radius=19):
    """Discs on seams and corners, and an ellipse larger than a tile."""
    masks = [disc(size, x, y, radius) for x, y in seam_places(size)]
    masks.append(disc(size, (LEFT + size[1]) / 2 + 16, size[0] / 2, 120, 1.4))
    return np.stack(masks)


def coded(masks, labels):
    """Paints what `IdealModel` can read: number, label, and 255."""
    image = np.zeros((*masks.shape[1:], 3), np.uint8)
    for number, (mask, label) in enumerate(zip(masks, labels, strict=True)):
        image[mask] = number + 1, label, 255
    return image


def painted(masks, seed):
    """Paints as `ShapesDataset` does."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(40, 215, 3)
    image = _background(rng, masks.shape[1:], base)
    for mask in masks:
        image[mask] = _paint(rng, mask, base)
    image += _noise(rng, (*masks.shape[1:], 1), 5)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


class IdealDecoder:
    mask_threshold = 0.5
    update_threshold = 0.05
    nms_kernel = "gaussian"
    nms_sigma = 2.0
    nms = "matrix"
    class_agnostic = False
    nms_iou_threshold = 0.5


class IdealPrediction:
    """Reads objects off the colours of `coded`; masks have stride 4."""

    def __init__(self, score):
        self.score = score
        self.batches = []

    def batch_size(self, count, canvas, default):
        return default

    def __call__(self, canvases):
        self.batches.append(canvases.shape)
        found = [self._found(canvas) for canvas in canvases]
        slots = max(1, *(len(one) for one in found))
        height, width = canvases.shape[1] // 4, canvases.shape[2] // 4
        masks = np.full((len(found), slots, height, width), -1.0, "float32")
        labels = np.full((len(found), slots), -1, "int32")
        scores = np.full((len(found), slots), -1.0, "float32")
        for place, one in enumerate(found):
            for slot, (label, score, mask) in enumerate(one):
                masks[place, slot] = mask
                labels[place, slot], scores[place, slot] = label, score
        return {
            "masks": masks,
            "labels": labels,
            "confidence": scores,
            "num_detections": np.array([len(one) for one in found], "int32"),
        }

    def _found(self, canvas):
        number, label, opacity = np.moveaxis(canvas, 2, 0)
        there = opacity > 140  # the padding has 104
        scale = 255 / np.maximum(opacity, 1)
        number = np.where(there, np.rint(number * scale), 0).astype(int)
        found = []
        for one in np.unique(number[number > 0]):
            mask = np.where(number == one, opacity / 255, 0)
            height, width = mask.shape
            grid = mask.reshape(height // 4, 4, width // 4, 4).mean((1, 3))
            if (grid > 0.5).sum() > 1:
                which = np.median((label * scale)[number == one])
                score = self.score(one, mask)
                found.append((int(np.rint(which)), score, grid))
        return sorted(found, key=lambda one: -one[1])


class IdealModel:
    """What a stream asks of a model; it finds what is on its canvas."""

    class_names = ("disc", "large")
    category_ids = None

    def __init__(self, preprocessor=None, score=lambda number, mask: 0.9):
        self.preprocessor = preprocessor or Letterbox(TILE)
        self.decoder = IdealDecoder()
        prediction = IdealPrediction(score)
        self.compiled_predictions = {"float32": prediction}


def ious(found, masks):
    """`(found, masks)` IoU of compact masks with dense ones."""
    dense = found.masks.reshape(len(found), -1).astype(np.float32)
    truth = masks.reshape(len(masks), -1).astype(np.float32)
    shared = dense @ truth.T
    areas = dense.sum(1)[:, None] + truth.sum(1)
    return shared / (areas - shared)
