"""What watches a training: by the options and the data."""

import argparse

from keras_solo.callbacks import CocoMaskAP, PlotPredictions, TimeEstimate
from keras_solo.cli.train_watching import watching
from keras_solo.data import ShapesDataset
from keras_solo.inference import Tiling


def options(pictures_every, **others):
    chosen = {
        "batch_size": 3,
        "valid_every": 2,
        "pictures_every": pictures_every,
        "seed": 5,
        "pixel_scale": None,
        "max_detections": None,
    }
    return argparse.Namespace(**(chosen | others))


def test_without_validation_images(tmp_path):
    (estimate,) = watching(options(5), tmp_path, None)
    assert isinstance(estimate, TimeEstimate) and estimate.measure is None


def test_measured_before_it_is_drawn(tmp_path):
    measure, drawing, estimate = watching(
        options(4), tmp_path, ShapesDataset(9)
    )
    assert isinstance(measure, CocoMaskAP) and measure.every == 2
    assert isinstance(drawing, PlotPredictions) and drawing.every == 4
    assert drawing.folder == tmp_path / "pictures"
    assert estimate.measure is measure
    assert {one.batch_size for one in (measure, drawing, estimate)} == {3}


def test_crops_are_measured_and_drawn_in_tiles(tmp_path):
    whole = watching(options(4), tmp_path, ShapesDataset(9))[:2]
    assert [one.tiled for one in whole] == [False, False]
    crops = options(4, pixel_scale=2.5, max_detections=300)
    measure, drawing, _ = watching(crops, tmp_path, ShapesDataset(9))
    assert measure.tiled == drawing.tiled == Tiling(scale=2.5)
    assert measure.max_detections == 300


def test_no_pictures(tmp_path):
    kinds = [type(o) for o in watching(options(0), tmp_path, ShapesDataset(9))]
    assert kinds == [CocoMaskAP, TimeEstimate]
