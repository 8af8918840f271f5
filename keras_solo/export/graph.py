"""From bytes to instances: the model that is exported."""

from __future__ import annotations

import dataclasses

import keras
from keras import ops

from keras_solo.geometry import Letterbox
from keras_solo.geometry.size import Size
from keras_solo.layers.static_decoder import StaticDecoder
from keras_solo.models import SOLOv2
from keras_solo.models.mask_dtype import MaskDtype, as_bytes

# In the order in which they are promised.
OUTPUTS = ("masks", "labels", "confidence", "boxes", "num_detections")


def fixed_letterbox(model: SOLOv2, image_size: Size | None) -> Letterbox:
    """The letterbox of an exported model, whose canvas has one size.

    Args:
        model: The model.
        image_size: (height, width) of the canvas, multiples of 32. By default
            that of the preprocessor; of one that fits the canvas to each
            image, the one that every landscape image fits on.

    Raises:
        ValueError: If these are no sides of a canvas.
    """
    letterbox = model.preprocessor.fixed()
    if image_size is None:
        return letterbox
    return dataclasses.replace(letterbox, image_size=image_size)


def instance_graph(
    model: SOLOv2,
    image_size: Size,
    batch_size: int | None = None,
    mask_dtype: MaskDtype = "float32",
) -> keras.Model:
    """A model that ends in instances, without loops or branches.

    Args:
        model: The model, whose weights are shared.
        image_size: (height, width) of its canvas.
        batch_size: B. `None` for any.
        mask_dtype: Of the masks, see `SOLOv2.segment`.

    Returns:
        A model from uint8 RGB canvases `(B, H, W, 3)` to a dict of what an
        `InstanceDecoder` finds, `OUTPUTS`.
    """
    images = keras.Input(
        (*image_size, 3), batch_size=batch_size, dtype="uint8", name="images"
    )
    decoder = StaticDecoder.from_config(model.decoder.get_config())
    found = decoder(model(ops.cast(images, "float32"), training=False))
    found = {name: found[name] for name in OUTPUTS}
    if mask_dtype == "uint8":
        found["masks"] = as_bytes(found["masks"])
    return keras.Model(images, found, name="instances")
