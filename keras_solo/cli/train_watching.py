"""What watches a training of the command line."""

import argparse
import pathlib

import keras

from keras_solo.callbacks import CocoMaskAP, PlotPredictions, TimeEstimate
from keras_solo.data import InstanceDataset
from keras_solo.evaluation.ranges import MOST_DETECTIONS
from keras_solo.inference import Tiling


def watching(
    options: argparse.Namespace,
    folder: pathlib.Path,
    valid: InstanceDataset | None,
) -> list[keras.callbacks.Callback]:
    """What measures, draws and says how long it takes.

    Args:
        options: Of `keras-solo train`.
        folder: Of the run; pictures go into `pictures` there.
        valid: The images to measure on and to draw, or None.
    """
    size = options.batch_size
    if valid is None:
        return [TimeEstimate(batch_size=size)]
    # Crops at a scale teach objects of that scale, which tiles keep.
    scale = options.pixel_scale
    tiled = Tiling(scale=scale) if scale is not None else False
    measure = CocoMaskAP(
        valid,
        every=options.valid_every,
        batch_size=size,
        max_detections=options.max_detections or MOST_DETECTIONS,
        tiled=tiled,
    )
    drawing = []
    if options.pictures_every:
        drawing = [
            PlotPredictions(
                valid,
                folder / "pictures",
                options.pictures_every,
                seed=options.seed,
                batch_size=size,
                tiled=tiled,
            )
        ]
    return [measure, *drawing, TimeEstimate(measure=measure, batch_size=size)]
