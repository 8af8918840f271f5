"""Runs the Python code of the guides for people from other libraries."""

import json
import pathlib
import re

import cv2
import numpy as np
import pytest

import keras_solo
from keras_solo.data import Instances, ShapesDataset, write_dataset
from keras_solo.models.published_weights import PUBLISHED
from tests.backend_use import once
from tests.docs.pages import ROOT, run
from tests.mmdet_files import META

GUIDES = ROOT / "docs" / "guides"
NAMES = ("circle", "rectangle", "triangle")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trained(names):
    """Whether an epoch was run, and what it learned from is finite."""
    history = names["model"].history.history
    return len(history["loss"]) >= 1 and np.isfinite(history["loss"]).all()


@once
def test_mmdetection(folder, mmdet_file):
    shapes = ShapesDataset(num_images=4, seed=1)
    shapes.write(folder / "photos")
    cv2.imwrite("photo.png", shapes[0].load_image()[..., ::-1])
    mmdet_file(**META).rename(folder / "epoch_12.pth")
    names = run(GUIDES / "from-mmdetection.md", {})
    assert trained(names)
    assert names["instances"].original_size == (128, 128)

    again = keras_solo.SOLOv2.from_preset("ours.pth")
    assert again.class_names == NAMES
    model = names["model"]
    for ours, theirs in zip(
        model.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@once
def test_the_config_in_python_is_the_published_one():
    page = (GUIDES / "from-mmdetection.md").read_text(encoding="utf-8")
    block = re.search(r"^light_r18 = .*?^\)$", page, re.M | re.S)[0]
    names = {"keras_solo": keras_solo}
    exec(block, names)
    preset = keras_solo.SOLOv2.from_preset(
        "solov2_light_r18_fpn_3x_coco",
        load_weights=False,
        class_names=None,
        category_ids=None,
        num_classes=80,
    )
    one, other = names["light_r18"].get_config(), preset.get_config()
    assert one.keys() == other.keys()
    for key in one.keys() - {"name", "backbone"}:
        assert nameless(one[key]) == nameless(other[key]), key
    assert nameless(one["backbone"]["config"]) == nameless(
        other["backbone"]["config"]
    )


def nameless(config):
    """A config without what tells two of the same kind apart."""
    if isinstance(config, dict):
        return {
            key: nameless(value)
            for key, value in config.items()
            if key not in ("name", "seed")
        }
    return config


def test_every_published_checkpoint_is_listed():
    page = (GUIDES / "from-mmdetection.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `solov2[\w-]+` \| `(\w+)` \|$", page, re.M)
    assert sorted(rows) == sorted(PUBLISHED)


@once
def test_ultralytics(folder, capsys):
    for split, seed, count in (("train", 1, 4), ("val", 2, 1)):
        shapes = ShapesDataset(num_images=count, seed=seed)
        write_dataset(shapes, "shapes", "yolo", split=split)
    # As Ultralytics writes it: relative to the folder of all datasets.
    yaml = pathlib.Path("shapes", "data.yaml")
    yaml.write_text(yaml.read_text().replace("path: .", "path: shapes"))
    names = run(GUIDES / "from-ultralytics.md", {})
    assert trained(names)
    assert "mask AP" in capsys.readouterr().out
    found = names["found"]
    assert len(names["text"].splitlines()) == (found.areas > 0).sum()
    assert names["augmentation"].mosaic == 0.5
    assert names["batches"][0][0].shape == (4, 128, 128, 3)


@once
def test_mask_rcnn(folder):
    shapes = ShapesDataset(num_images=4, seed=1)
    theirs = [as_torchvision_has_it(record) for record in shapes]
    dicts = as_detectron2_has_it(shapes, folder / "files")
    path = GUIDES / "from-mask-rcnn.md"
    names = run(path, {"theirs": theirs, "dicts": dicts})
    assert trained(names)
    for dataset in (names["train"], names["registered"]):
        assert dataset.class_names == NAMES
        same_objects(dataset, shapes)


def as_torchvision_has_it(record):
    """Tensors where there is PyTorch."""
    image = np.moveaxis(record.load_image(), -1, 0).astype("float32") / 255
    labels = np.array([item.label for item in record.instances]) + 1
    arrays = {"image": image, "masks": record.full_masks(), "labels": labels}
    try:
        import torch
    except ImportError:
        pass
    else:
        arrays = {key: torch.tensor(value) for key, value in arrays.items()}
    return arrays.pop("image"), arrays


def as_detectron2_has_it(dataset, folder):
    """A dict for each image, the masks as run lengths."""
    dataset.write(folder)
    dicts = []
    for record in dataset:
        annotations = [
            {
                "bbox": list(item.bbox),
                "bbox_mode": 0,
                "category_id": item.label,
                "segmentation": item.segmentation,
            }
            for item in record.instances
        ]
        dicts.append(
            {
                "file_name": str(folder / "images" / record.file_name),
                "image_id": record.image_id,
                "height": record.original_size[0],
                "width": record.original_size[1],
                "annotations": annotations,
            }
        )
    return json.loads(json.dumps(dicts))


def same_objects(dataset, other):
    assert len(dataset) == len(other)
    for one, two in zip(dataset, other, strict=True):
        np.testing.assert_array_equal(one.load_image(), two.load_image())
        np.testing.assert_array_equal(one.full_masks(), two.full_masks())
        labels = [[item.label for item in x.instances] for x in (one, two)]
        assert labels[0] == labels[1]


@once
def test_matterport(folder):
    shapes = ShapesDataset(num_images=4, seed=1)
    for record in shapes:
        stem = pathlib.Path("photos", f"{record.image_id:03d}")
        stem.mkdir(parents=True)
        image = record.load_image()[..., ::-1]
        cv2.imwrite(str(stem.with_suffix(".png")), image)
        objects = zip(record.full_masks(), record.instances, strict=True)
        for number, (mask, item) in enumerate(objects):
            np.save(stem / f"{number:02d}_{item.label + 1}.npy", mask)
    names = run(GUIDES / "from-matterport.md", {})
    assert trained(names)
    assert names["train"].class_names == NAMES
    same_objects(names["photos"], shapes)
    same_objects(names["train"], shapes)


@once
def test_stardist(folder):
    train, valid = keras_solo.data.sample_images()
    for split, dataset, count in (("train", train, 4), ("test", valid, 2)):
        places = [pathlib.Path("cells", split, x) for x in ("images", "masks")]
        for place in places:
            place.mkdir(parents=True)
        for record in dataset.subset(range(count)):
            grey = cv2.cvtColor(record.load_image(), cv2.COLOR_RGB2GRAY)
            twelve_bits = grey[:96, :96].astype(np.uint16) * 16
            ids = Instances.from_record(record).to_label_map()[:96, :96]
            for place, pixels in zip(places, (twelve_bits, ids), strict=True):
                file = str(place / f"{record.image_id}.tif")
                assert cv2.imwrite(file, pixels)
    names = run(GUIDES / "from-stardist.md", {})
    assert trained(names)
    assert len(names["train"][0].instances) > 3
    assert names["batches"][0][0].max() == 255  # of 12 bits
    labels = cv2.imread("found.tif", cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(labels, names["labels"])
    assert names["accuracy"][names["best"]] > 0.2


def test_kerashub(folder, capsys):
    pytest.importorskip("keras_hub")
    ShapesDataset(num_images=4, seed=1).write("photos")
    names = run(GUIDES / "from-kerashub.md", {})
    assert trained(names)
    losses = names["segmenter"].history.history["loss"]
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert keras_solo.SOLOv2.from_preset("my_nuclei").num_classes == 1
    printed = capsys.readouterr().out
    assert re.search(r"^\(1, 500, 128, 128\) [2-9]\d nuclei$", printed, re.M)
    assert "['boxes', 'confidence', 'labels', 'masks'" in printed
    again = keras_solo.SOLOv2.from_preset("segmenter")
    assert again.class_names == NAMES
