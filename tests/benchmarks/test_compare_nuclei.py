"""What StarDist wrote is measured by the names of its images."""

import json
import pathlib

import numpy as np
from PIL import Image

import keras_solo
from keras_solo.data import sample_images
from tests.backend_use import once
from tests.benchmarks import compare_nuclei

FOLDER = pathlib.Path(keras_solo.__file__).parent / "data/packaged/nuclei"


def write_found(folder, dataset, left_out):
    """Files as `stardist_nuclei` writes them, without the first objects."""
    scores = {}
    for kind in compare_nuclei.KINDS:
        (folder / kind).mkdir(parents=True)
    for record in dataset:
        name = record.file_name.removesuffix(".png")
        masks = record.full_masks()[left_out:]
        ids = np.zeros(masks.shape[1:], np.uint16)
        for place, mask in enumerate(masks):
            ids[mask > 0] = place + 1
        scores[name] = [0.9] * len(masks)
        for kind in compare_nuclei.KINDS:
            Image.fromarray(ids).save(folder / kind / f"{name}.png")
    for kind in compare_nuclei.KINDS:
        (folder / f"{kind}.json").write_text(json.dumps(scores))
    times = {"training": 1.0, "image": 0.25, "tuned": 0.5}
    (folder / "times.json").write_text(json.dumps(times))


def cells(capsys):
    line = capsys.readouterr().out.splitlines()[-1]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_stardist(tmp_path, capsys):
    _, valid = sample_images()
    write_found(tmp_path / "all", valid, 0)
    write_found(tmp_path / "some", valid, 2)
    compare_nuclei.main([str(FOLDER), "--stardist", str(tmp_path / "all")])
    name, ap, *_, accuracy, threshold, pairs, seconds = cells(capsys)
    assert (name, ap, accuracy) == ("StarDist", "1.000", "1.000")
    assert (threshold, seconds) == ("0.50", "0.25")
    apart, count = pairs.split(" of ")
    assert apart == count and int(count) > 0
    compare_nuclei.main([str(FOLDER), "--stardist", str(tmp_path / "some")])
    total = sum(len(record.objects) for record in valid)
    assert cells(capsys)[7] == f"{1 - 2 * len(valid) / total:.3f}"


@once
def test_ours(tmp_path, capsys, make_model):
    make_model(class_names=("nucleus",)).save_to_preset(tmp_path)
    tiles = ["--scale", "0.25", "--no-whole"]
    compare_nuclei.main([str(FOLDER), "--preset", str(tmp_path), *tiles])
    name, ap, *_, seconds = cells(capsys)
    assert name == "keras-solo" and 0 <= float(ap) < 0.5
    assert float(seconds) > 0
