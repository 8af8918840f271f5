"""What both demos show of a model that has learned."""

import pathlib
import shlex
from collections.abc import Iterator
from typing import cast

import numpy as np

from keras_solo.cli.report import say
from keras_solo.data import InstanceDataset, Instances
from keras_solo.inference import Tiling, tiled_stream
from keras_solo.models import SOLOv2
from keras_solo.visualization import Picture, draw_sheet

SHOWN_SCORE = 0.3
PICTURE = "predictions.png"
EXAMPLE = "example.png"
MOST_EPOCHS = 10


def epochs_of(steps: int) -> int:
    """How many lines report on the training: a divisor of the steps."""
    return max(n for n in range(1, MOST_EPOCHS + 1) if steps % n == 0)


def draw_beside_truth(
    model: SOLOv2,
    shown: InstanceDataset,
    output: pathlib.Path,
    scale: int,
    batch_size: int = 8,
    tiling: Tiling | None = None,
) -> None:
    """Draws what is there and, beside it, what the model finds there.

    Args:
        model: Trained.
        shown: The images, all of one size.
        output: Gets the picture, and the first image for `say_command`.
        scale: Pixels of the picture for one of the images.
        batch_size: Images segmented together.
        tiling: How images are cut; None to look at them whole.
    """
    records = [shown[index] for index in range(len(shown))]
    images = [record.load_image() for record in records]
    names = model.class_names
    pictures, titles = [], []
    stream = (
        tiled_stream(model, images, tiling, batch_size, min_score=SHOWN_SCORE)
        if tiling
        else model.segment_stream(images, batch_size, min_score=SHOWN_SCORE)
    )
    # None is an error: those are raised.
    for record, (_, found) in zip(
        records, cast(Iterator[tuple[int, Instances]], stream), strict=True
    ):
        truth = Instances.from_record(record, names, load_image=True)
        best = one_each(found)
        pictures += [truth.plot(scale=scale), best.plot(scale=scale)]
        titles += [f"annotated: {len(truth)}", f"found: {len(best)}"]
    draw_sheet(pictures, columns=4, titles=titles).save(output / PICTURE)
    Picture(images[0]).save(output / EXAMPLE)


def say_command(output: pathlib.Path, tiling: Tiling | None = None) -> None:
    """Prints what a person may type next, not wrapped: it works so."""
    say("The model segments an image so:")
    print("  " + shlex.join(example_command(output, tiling)))


def example_command(
    output: pathlib.Path, tiling: Tiling | None = None
) -> list[str]:
    """What a person may type next.

    Args:
        output: Where the demo wrote.
        tiling: How images are cut; None to look at them whole.
    """
    tiles = ["--tiled", "--scale", f"{tiling.scale:g}"] if tiling else []
    return [
        *("keras-solo", "predict", "--preset", str(output / "model")),
        *(str(output / EXAMPLE), "--output", str(output / "found"), *tiles),
    ]


def one_each(instances: Instances) -> Instances:
    """One instance for each object: the best of those that share its pixels.

    A cell may claim an object for two classes, which Matrix NMS keeps apart.

    Args:
        instances: Of one image.
    """
    height, width = instances.original_size
    masks = instances.masks.reshape(len(instances), height * width)
    masks = masks.astype(np.float32)
    shared, areas = masks @ masks.T, masks.sum(axis=1)
    union = areas[:, None] + areas[None, :] - shared
    kept: list[int] = []
    for i in np.argsort(-instances.scores, kind="stable").tolist():
        if (shared[i, kept] <= 0.5 * union[i, kept]).all():
            kept.append(i)
    return instances[np.array(sorted(kept), np.int64)]
