"""Counts the weights of presets and backbones, without a download.

    python examples/preset_sizes.py [NAME ...]

prints the two tables of `docs/choose-preset.md`: the presets, and models of one
class on each backbone with ImageNet weights. Weights are random: only their
number matters.
"""

import os
import pathlib
import sys
import tempfile

import keras

import keras_solo
from keras_solo.training import model_from_backbone

BACKBONES = (
    *(f"efficientnet_lite{n}" for n in range(3)),
    *(f"resnet{depth}" for depth in (18, 34, 50, 101)),
)
PRESETS = "| preset | weights, millions | float32 file, MB |"
HEADER = (
    "| backbone | head | its weights, millions | model's weights, millions "
    "| float32 file, MB |"
)


def main(*names):
    wanted = names or (*keras_solo.SOLOv2.presets, *BACKBONES)
    presets = [name for name in wanted if name not in BACKBONES]
    backbones = [name for name in wanted if name in BACKBONES]
    if presets:
        print(table(PRESETS, map(preset_row, presets)))
    if backbones:
        print(table(HEADER, map(backbone_row, backbones)))


def table(header, rows):
    line = "|---" * (header.count("|") - 1) + "|"
    return "\n".join([header, line, *rows, ""])


def preset_row(name):
    model = keras_solo.SOLOv2.from_preset(name, load_weights=False)
    return row(f"`{name}`", millions(model), megabytes(model))


def backbone_row(name):
    """A model of one class, as `keras-solo train` builds it."""
    model = model_from_backbone(name, ["object"])
    head = "small" if name.startswith("efficientnet") else "light"
    return row(
        f"`{name}_imagenet`",
        head,
        millions(model.backbone),
        millions(model),
        megabytes(model),
    )


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def millions(model):
    return f"{model.count_params() / 1e6:.1f}"


def megabytes(model):
    """Of the file that it is saved to."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.weights.h5"
        model.save_weights(path)
        size = os.path.getsize(path)
    keras.backend.clear_session()
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
