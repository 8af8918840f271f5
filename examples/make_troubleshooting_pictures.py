"""Draws what goes wrong, for `docs/troubleshooting.md`.

    python examples/make_troubleshooting_pictures.py [docs/images]

From synthetic shapes and the nuclei of the package, seeded. The curves are of
three short trainings, so this takes a few minutes.
"""

import pathlib
import sys

import cv2
import numpy as np

import keras_solo  # before keras: it chooses an installed backend
from keras_solo import Intensity, Letterbox, Levels
from keras_solo.data import Instances, ShapesDataset, sample_images
from keras_solo.inference import segment_tiled
from keras_solo.training import plot_targets
from keras_solo.visualization import Picture, draw_curves, draw_sheet

import keras  # isort: skip

FOLDER = pathlib.Path(__file__).parents[1] / "docs" / "images"
WIDTH = 1200
MOST_BYTES = 150_000
MOST_LOSS = 6.0  # what is higher is drawn there


def main(folder=FOLDER):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    for name, draw in {
        "frame": wrong_frame,
        "grids": coarse_grid,
        "small": lambda: shrunk(model),
        "merged": merged,
        "scores": lambda: thresholds(model),
        "dark": dark,
        "curves": curves,
    }.items():
        save(draw(), folder / f"trouble_{name}.jpg")


def wrong_frame():
    """Outlines as they are, x and y exchanged, and of another size."""
    record = ShapesDataset(1, (96, 144), 3, 4, 5, seed=8)[0]
    masks = record.full_masks().astype(bool)
    exchanged = np.zeros_like(masks)
    exchanged[:, :, :96] = masks[:, :, :96].transpose(0, 2, 1)[:, :96]
    smaller = np.zeros_like(masks)
    smaller[:, :48, :72] = masks[:, ::2, ::2]
    return draw_sheet(
        [drawn(record, each) for each in (masks, exchanged, smaller)], 3
    )


def drawn(record, masks):
    labels = [item.label for item in record.instances]
    names = ("circle", "rectangle", "triangle")
    instances = Instances(
        masks=masks,
        labels=labels,
        scores=np.ones(len(labels)),
        class_names=names,
        image=record.load_image(),
    )
    return instances.plot(scale=3)


def coarse_grid(size=(256, 256)):
    """The cells of a small grid, and of one that fits, in a crowd."""
    nuclei = sample_images()[1]
    panels = []
    for cells in (12, 40):
        levels = Levels(grid_sizes=(cells,), ranges=((0, 512),), names=("P3",))
        model = keras_solo.SOLOv2(
            keras_solo.ResNet(18),
            class_names=nuclei.class_names,
            preprocessor=Letterbox(size),
            levels=levels,
            head="small",
        )
        picture = np.asarray(plot_targets(nuclei, model, index=0))
        panels.append(picture[:, picture.shape[1] // 2 :])
    return draw_sheet(panels, 2)


def shrunk(model):
    """Small objects on one canvas, and in tiles."""
    record = ShapesDataset(1, (384, 384), 3, 28, 34, seed=6)[0]
    image = record.load_image()
    whole = model.segment(image)
    tiled = segment_tiled(model, image, min_score=0.3, whole=False)
    return draw_sheet(
        [plain(sure(whole, 0.3)), plain(tiled)],
        2,
    )


def plain(instances, scale=1):
    return instances.plot(scale=scale, show_labels=False)


def sure(instances, score):
    return instances[instances.scores > score]


def merged(scale=3):
    """Nuclei that touch, found in the image as it is and enlarged."""
    model = keras_solo.SOLOv2.from_preset("solov2_lite0_nuclei")
    record = sample_images()[1][0]
    image = record.load_image()
    whole = sure(model.segment(image), 0.3)
    tiled = segment_tiled(model, image, scale=3.0, whole=False, min_score=0.3)
    truth = Instances.from_record(record, load_image=True)
    views = [np.asarray(plain(each, scale)) for each in (truth, whole, tiled)]
    corner = -128 * scale
    return draw_sheet([view[corner:, corner:] for view in views], 3)


def thresholds(model):
    """What is found, above three scores."""
    found = model.segment(ShapesDataset(1, seed=11)[0].load_image())
    return draw_sheet(
        [sure(found, score).plot(scale=3) for score in (0.05, 0.3, 0.83)], 3
    )


def dark(scale=2):
    """12 bits in a file of 16, read by their type and by percentiles."""
    record = sample_images()[1][0]
    # A few hundred counts of 4,095, as a camera of 12 bits has them.
    deep = record.load_image()[..., 0].astype(np.uint16) * 8 + 100
    pictures = []
    for intensity in (Intensity(), Intensity("percentiles")):
        letterbox = Letterbox((512, 512), intensity=intensity)
        model = keras_solo.SOLOv2.from_preset(
            "solov2_lite0_nuclei", preprocessor=letterbox
        )
        found = sure(model.segment(intensity.to_rgb(deep)), 0.3)
        pictures.append(plain(found, scale))
    return draw_sheet(pictures, 2)


def curves(steps=30):
    """Losses of the same four images, with a rate that fits, and others."""
    history = {
        f"loss, rate {rate:g}": np.minimum(losses(rate, steps), MOST_LOSS)
        for rate in (2e-3, 0.1, 1e-6)
    }
    return draw_curves(history, x_label="step")


def losses(rate, steps):
    """The loss of each step on one batch."""
    keras.utils.set_random_seed(0)
    model = keras_solo.SOLOv2.from_preset(
        "solov2_tiny_shapes",
        load_weights=False,
        preprocessor=Letterbox((64, 64)),
    )
    shapes = ShapesDataset(4, (64, 64), seed=3)
    images, targets = shapes.batches(model.preprocessor, 4, workers=0)[0]
    model.compile(optimizer=keras.optimizers.AdamW(rate, global_clipnorm=10.0))
    values = []
    for _ in range(steps):
        # The mean since the last reset, as `fit` has it after an epoch.
        model.reset_metrics()
        values.append(model.train_on_batch(images, targets)[0])
    return np.float64(values)


def save(picture, path):
    """Writes a picture no larger than a page needs it."""
    height, width = picture.size
    share = min(1.0, WIDTH / width)
    while True:
        size = round(width * share), round(height * share)
        array = cv2.resize(picture.array, size, interpolation=cv2.INTER_AREA)
        Picture(array).save(path)
        if path.stat().st_size < MOST_BYTES:
            break
        share *= 0.95
    print(path.name, size)


if __name__ == "__main__":
    main(*sys.argv[1:])
