"""The outside world: files and annotations to batches, results to people.

1. `coco` and `shapes` are datasets: records of images and objects, in
   original pixels. `images` reads the files.
2. `masks` draws polygons and run lengths and shrinks them to the mask grid.
3. `augment` places an image and its objects on a canvas; `samples` makes
   one record the arrays that a network trains on.
4. `batches` stacks them for `fit`, in parallel, in an order of its own.
5. `instances` is what comes back from a model.
"""

from keras_solo.data.augment import Augmentation
from keras_solo.data.batches import Batches
from keras_solo.data.coco import AnnotationError, CocoDataset
from keras_solo.data.dataset import (
    InstanceDataset,
    ObjectAnnotation,
    Record,
)
from keras_solo.data.images import ImageError, load_image
from keras_solo.data.instances import Instances
from keras_solo.data.levels_report import LevelsReport
from keras_solo.data.shapes import ShapesDataset

__all__ = [
    "AnnotationError",
    "Augmentation",
    "Batches",
    "CocoDataset",
    "ImageError",
    "InstanceDataset",
    "Instances",
    "LevelsReport",
    "ObjectAnnotation",
    "Record",
    "ShapesDataset",
    "load_image",
]
