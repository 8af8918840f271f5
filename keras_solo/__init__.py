"""SOLOv2 instance segmentation for Keras 3.

The road of an image through this package:

1. `data` reads images and annotations: original pixels.
2. `geometry` puts them on a canvas and says which grid cells answer for them.
3. `models` runs a backbone, `layers` a feature pyramid, a head that predicts
   a category and a kernel for each cell, and mask features.
4. `losses` compares them with the cell targets; or
5. `layers` decodes them: kernels convolve mask features, Matrix NMS decays
   duplicates; and `geometry` brings the masks home to original pixels.
6. `inference` cuts large images into tiles, follows objects through videos,
   and merges several views of one image.
7. `training` has recipes, callbacks, and a folder from which a training goes
   on; `evaluation` measures COCO AP, `visualization` draws; `adapters` gives
   batches to `tf.data` and Grain; `export` writes files for other runtimes.
"""

from keras_solo._backend.choice import choose_backend as _choose_backend

_choose_backend()

from keras_solo import (  # noqa: E402
    adapters,
    callbacks,
    checkpoints,
    data,
    evaluation,
    export,
    geometry,
    inference,
    layers,
    losses,
    models,
    recipes,
    training,
    visualization,
)
from keras_solo.data import CocoDataset, Instances  # noqa: E402
from keras_solo.geometry import Intensity, Letterbox, Levels  # noqa: E402
from keras_solo.models import EfficientNetLite, ResNet, SOLOv2  # noqa: E402

__version__ = "0.1.0"
__all__ = [
    "CocoDataset",
    "EfficientNetLite",
    "Instances",
    "Intensity",
    "Letterbox",
    "Levels",
    "ResNet",
    "SOLOv2",
    "adapters",
    "callbacks",
    "checkpoints",
    "data",
    "evaluation",
    "export",
    "geometry",
    "inference",
    "layers",
    "losses",
    "models",
    "recipes",
    "training",
    "visualization",
]
