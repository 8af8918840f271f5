"""How fast a model is on this machine, stage by stage."""

from __future__ import annotations

import contextlib
import os
import pathlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator

import cv2
import keras
import numpy as np

from keras_solo.data.images import load_image
from keras_solo.data.instances import Instances
from keras_solo.evaluation.benchmark_result import BenchmarkResult
from keras_solo.evaluation.machine import machine, peak_megabytes
from keras_solo.geometry.size import Size, checked_size
from keras_solo.models.around_solov2 import inside
from keras_solo.models.solov2 import SOLOv2

PHOTO_SIZE = (480, 640)


def benchmark(
    model: SOLOv2,
    image: str | os.PathLike[str] | None = None,
    batch_size: int = 1,
    repeats: int = 5,
    original_size: Size = PHOTO_SIZE,
) -> BenchmarkResult:
    """Measures the stages from an image file to COCO results.

    Each stage runs once to warm up and then `repeats` times; the median
    counts, by the clock on the wall, so other work on the machine counts too.

    - `read`: the file is read and decoded.
    - `letterbox`: the photo is put on its canvas.
    - `network`: a batch passes the compiled network without the decoder. Only
      the sum of each output comes back from the device.
    - `decode`: what `predict_on_batch` takes longer than that, with the way
      of its results from the device. It is a difference of two medians, and 0
      where it drowns in their noise.
    - `masks home`: the masks that were found, in the pixels of the photo, as
      `Instances` keep them: run lengths.
    - `encode`: `Instances.to_coco`, the text of run lengths.
    - `segment`: the whole `model.segment`, from files to `Instances`, without
      `encode`. It reads ahead in threads, so it may take less than its parts.

    What comes after the network costs more where more is found: noise is no
    photo, so measure with one of your own.

    Args:
        model: A `SOLOv2`; its `preprocessor` decides the canvas.
        image: An image file. By default noise, the same every time, in a
            JPEG file that is removed afterwards.
        batch_size: Images that pass the network together; all are `image`.
        repeats: How often each stage is measured.
        original_size: (height, width) in pixels of the noise, without `image`.

    Returns:
        A `BenchmarkResult`, which prints as a table: seconds and images a
        second by stage; the first call, which compiles, apart; memory,
        versions and device.

    Raises:
        ValueError: If `batch_size` or `repeats` is less than 1.
        ImageError: If the image cannot be read.

    Example:

    ```python
    model = keras_solo.SOLOv2.from_preset("solov2_light_r18_fpn_3x_coco")
    print(keras_solo.evaluation.benchmark(model, "street.jpg"))
    ```
    """
    for name, number in (("batch_size", batch_size), ("repeats", repeats)):
        if number < 1:
            raise ValueError(
                f"Expected {name} to be at least 1. Received: {name}={number}"
            )
    model = inside(model)
    with _image_file(image, original_size) as path:
        # First of all: a wrong file is no matter of the network.
        intensity = model.preprocessor.intensity
        photo = load_image(path, exif_orientation=True, intensity=intensity)
        paths = [path] * batch_size
        start = time.perf_counter()
        found = model.segment(paths, batch_size)[0]
        first_call = time.perf_counter() - start
        seconds = _stages(model, path, photo, batch_size, found, repeats)
    return BenchmarkResult(
        name=model.name,
        original_size=found.original_size,
        canvas_size=model.preprocessor.canvas_size(found.original_size),
        batch_size=batch_size,
        instances=len(found),
        seconds=seconds,
        first_call=first_call,
        peak_megabytes=peak_megabytes(),
        machine=machine(model),
    )


def _stages(
    model: SOLOv2,
    path: pathlib.Path,
    photo: np.ndarray,
    batch_size: int,
    found: Instances,
    repeats: int,
) -> dict[str, float]:
    """Seconds an image of each stage."""
    to_canvas = model.preprocessor.to_canvas
    canvases = np.stack([to_canvas(photo)] * batch_size)
    network, masks = _network(model), _grid_masks(model, canvases)
    threshold = model.decoder.mask_threshold
    ids = range(model.num_classes)

    def median(function: Callable[[], object], images: int = 1) -> float:
        return _median_seconds(function, repeats) / images

    forward = median(lambda: network.predict_on_batch(canvases), batch_size)
    whole = median(lambda: model.predict_on_batch(canvases), batch_size)
    return {
        "read": median(
            lambda: load_image(
                path,
                exif_orientation=True,
                intensity=model.preprocessor.intensity,
            )
        ),
        "letterbox": median(lambda: to_canvas(photo)),
        "network": forward,
        "decode": max(whole - forward, 0.0),
        "masks home": median(
            lambda: model.preprocessor.mask_runs_to_original(
                masks, found.original_size, threshold
            )
        ),
        "encode": median(lambda: found.to_coco(1, category_ids=ids)),
        "segment": median(
            lambda: model.segment([path] * batch_size, batch_size), batch_size
        ),
    }


def _network(model: SOLOv2) -> keras.Model:
    """The model without its decoder; sums, to leave the rest on the device."""
    outputs = keras.tree.flatten(model.output)
    return keras.Model(
        model.input, [keras.ops.sum(output) for output in outputs]
    )


def _grid_masks(model: SOLOv2, canvases: np.ndarray) -> np.ndarray:
    """The masks that are found on the first canvas, on the mask grid."""
    found = {
        name: keras.ops.convert_to_numpy(value)[0]
        for name, value in model.predict_on_batch(canvases).items()
    }
    return found["masks"][: int(found["num_detections"])]


def _median_seconds(function: Callable[[], object], repeats: int) -> float:
    """Seconds of a call, after one that does not count."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@contextlib.contextmanager
def _image_file(
    image: str | os.PathLike[str] | None, size: Size
) -> Iterator[pathlib.Path]:
    """The file of an image, or one of noise for a while."""
    if image is not None:
        yield pathlib.Path(image)
        return
    height, width = checked_size(size)
    # Coarse noise: a JPEG of fine noise is larger than any photo's.
    coarse = np.random.default_rng(0).integers(
        0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8
    )
    noise = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "noise.jpg")
        path.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes())
        yield path
