"""evaluate_coco: a model that copies, cheats or stays silent."""

import concurrent.futures
import json
import threading
import tracemalloc
import types

import cv2
import numpy as np
import pytest

from keras_solo.data import Record, ShapesDataset
from keras_solo.data.instances import Instances
from keras_solo.data.masks import encode_mask
from keras_solo.evaluation import evaluate, evaluate_coco, processes
from keras_solo.geometry import Intensity, Letterbox
from keras_solo.inference import TTA, Tiling

SIZES = [(40, 60), (60, 40), (40, 60), (50, 50), (60, 40)]


class Squares:
    """Image i holds one square, whose place and class its pixels tell."""

    class_names = ("cat", "dog")
    category_ids = (17, 90)

    def __init__(self, sizes=SIZES):
        self.sizes = sizes

    def __len__(self):
        return len(self.sizes)

    def __getitem__(self, index):
        height, width = self.sizes[index]
        return types.SimpleNamespace(
            image_id=100 + index,
            original_size=(height, width),
            load_image=lambda: self.image(index),
        )

    def image(self, index):
        image = np.zeros((*self.sizes[index], 3), np.uint8)
        image[5:15, index : index + 20] = 100 + index % 2
        return image

    def to_coco(self):
        records = [self[i] for i in range(len(self))]
        return {
            "images": [
                {
                    "id": record.image_id,
                    "height": record.original_size[0],
                    "width": record.original_size[1],
                }
                for record in records
            ],
            "categories": [
                {"id": i, "name": name}
                for i, name in zip(
                    self.category_ids, self.class_names, strict=True
                )
            ],
            "annotations": [
                {
                    "id": i,
                    "image_id": record.image_id,
                    "category_id": self.category_ids[i % 2],
                    "segmentation": encode_mask(self.image(i)[..., 0] > 0),
                    "area": 200,
                    "bbox": [i, 5, 20, 10],
                    "iscrowd": 0,
                }
                for i, record in enumerate(records)
            ],
        }


class Copyist:
    """Finds what the pixels tell; `class_names` may be in another order."""

    def __init__(self, class_names=("cat", "dog"), num_classes=2):
        self.class_names = class_names
        self.num_classes = num_classes
        self.preprocessor = Letterbox((64, 96), canvas="fit")
        self.seen = []

    def segment_stream(self, images, batch_size, ordered, **options):
        if batch_size < 1:
            raise ValueError(f"Expected a batch_size of at least 1. {ordered=}")
        for index, load_image in enumerate(images):
            image = load_image()
            self.seen.append(image.shape[:2])
            yield index, self.found(image)

    def found(self, image):
        name = "dog" if image.max() == 101 else "cat"
        names = self.class_names or ("cat", "dog")
        return Instances(
            image[None, ..., 0] > 0,
            labels=[names.index(name)],
            scores=[0.9],
            class_names=self.class_names,
        )


class Silent(Copyist):
    def found(self, image):
        return Instances([], labels=[], original_size=image.shape[:2])


def test_a_model_that_finds_nothing():
    scores = evaluate_coco(Silent(), Squares(), verbose=0)
    assert scores["mask_ap"] == scores["box_ap"] == 0


def test_no_images():
    scores = evaluate_coco(Silent(), Squares([]), verbose=0)
    assert np.isnan(scores["mask_ap"])


def test_perfect():
    model = Copyist()
    scores = evaluate_coco(model, Squares(), verbose=0)
    assert scores["mask_ap"] == pytest.approx(1)
    assert scores["box_ap"] == pytest.approx(1)
    assert len(model.seen) == 5


def test_in_any_order():
    class Backwards(Copyist):
        def segment_stream(self, images, batch_size, ordered, **options):
            assert not ordered
            stream = super().segment_stream(images, batch_size, ordered)
            yield from reversed(list(stream))

    scores = evaluate_coco(Backwards(), Squares(), verbose=0)
    assert scores["mask_ap"] == pytest.approx(1)


def test_images_of_one_canvas_follow_each_other():
    model = Copyist()
    evaluate_coco(model, Squares(), verbose=0)
    assert model.seen == [(50, 50), (40, 60), (40, 60), (60, 40), (60, 40)]


def test_records_are_asked_for_where_images_are_loaded():
    """To sort, to load and for the ground truth: three times each."""

    class Counted(Squares):
        asked = []

        def __getitem__(self, index):
            self.asked.append((index, threading.current_thread()))
            return super().__getitem__(index)

    class InAThread(Copyist):
        def segment_stream(self, images, batch_size, ordered, **options):
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                images = [pool.submit(load).result() for load in images]
            loaded = [lambda image=image: image for image in images]
            yield from super().segment_stream(loaded, batch_size, ordered)

    dataset = Counted()
    evaluate_coco(InAThread(), dataset, verbose=0)
    here = threading.current_thread()
    for index in range(5):
        threads = [t for i, t in dataset.asked if i == index]
        assert [t is here for t in threads] == [True, False, True]


def test_a_real_model(tiny_model):
    shapes = ShapesDataset(3, original_size=(64, 64))
    scores = evaluate_coco(tiny_model, shapes, batch_size=2, verbose=0)
    assert 0 <= scores["mask_ap"] <= 1


def test_classes_are_matched_by_name():
    scores = evaluate_coco(
        Copyist(("dog", "cat")), Squares(), verbose=0, per_class=True
    )
    assert scores["mask_ap"] == pytest.approx(1)
    assert list(scores["mask_ap_per_class"]) == ["cat", "dog"]


def test_only_masks_and_wrong_batch_size():
    scores = evaluate_coco(Copyist(), Squares(), verbose=0, iou_types=("mask",))
    assert "box_ap" not in scores
    with pytest.raises(ValueError, match="batch_size"):
        evaluate_coco(Copyist(), Squares(), batch_size=0)


@pytest.mark.parametrize("name", ["pycocotools", "hotcoco"])
def test_evaluators(name):
    pytest.importorskip(name)
    scores = evaluate_coco(Copyist(), Squares(), verbose=0, evaluator=name)
    assert scores["mask_ap"] == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong", [{"evaluator": "fast"}, {"iou_types": ["segm"]}]
)
def test_wrong_arguments_before_the_work(wrong):
    model = Copyist()
    with pytest.raises(ValueError, match=next(iter(wrong))):
        evaluate_coco(model, Squares(), verbose=0, **wrong)
    assert not model.seen


def test_progress(capsys):
    evaluate_coco(Copyist(), Squares(), verbose=0)
    assert capsys.readouterr().out == ""
    evaluate_coco(Copyist(), Squares(), batch_size=2)
    assert "5/5" in capsys.readouterr().out


def test_an_unreadable_image_is_not_swallowed():
    class Damaged(Squares):
        def __getitem__(self, index):
            record = super().__getitem__(index)
            if index == 3:

                def load_image():
                    raise OSError("damaged.jpg is truncated")

                record.load_image = load_image
            return record

    with pytest.raises(OSError, match="damaged.jpg"):
        evaluate_coco(Copyist(), Damaged(), verbose=0)


def test_memory_is_flat():
    """60 images whose masks would take 94 MB are evaluated in a few."""

    class Eager(Copyist):
        def found(self, image):
            masks = np.zeros((10, *image.shape[:2]), bool)
            masks[:, 5:200, 5:300] = True
            return Instances(masks, labels=[0] * 10, scores=[0.5] * 10)

    def peak(count):
        dataset = Squares([(400, 400)] * count)
        tracemalloc.start()
        evaluate_coco(Eager(), dataset, batch_size=2, verbose=0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(4)
    few, many = peak(10), peak(60)
    assert many < 12e6
    # What stays is run-length text.
    assert many - few < 2e6


# === Tiles and views ===


def test_tiled_or_in_several_views(monkeypatch):
    """Each finds half of the squares."""

    def stream(model, images, how, batch_size, **options):
        assert how in (Tiling(scale=2.0), None)
        for index, load_image in enumerate(images):
            found = model.found(load_image())
            yield index, found[: index % 2]

    place = "keras_solo.inference.chosen_stream"
    for name, options in (
        ("tiled_stream", {"tiled": Tiling(scale=2.0)}),
        ("tta_stream", {"tta": True}),
    ):
        monkeypatch.setattr(f"{place}.{name}", stream)
        scores = evaluate_coco(Copyist(), Squares(), verbose=0, **options)
        assert 0.3 < scores["mask_ap"] < 0.7


def test_not_both():
    with pytest.raises(ValueError, match="one of tiled and tta"):
        evaluate_coco(Copyist(), Squares(), tiled=True, tta=TTA())


def test_a_real_model_on_tiles(tiny_model):
    """No warning of its own bound: each tile has that many."""
    shapes = ShapesDataset(num_images=2, original_size=(64, 64))
    scores = evaluate_coco(
        tiny_model,
        shapes,
        verbose=0,
        max_detections=101,
        tiled=Tiling(scale=1.5),
    )
    assert 0 <= scores["mask_ap"] <= 1 and "mask_ar101" in scores


# === Several processes ===


@pytest.fixture
def contents(monkeypatch):
    """What each of two processes has, as far as they have come."""
    known = {}

    def gathered(content, model):
        known[json.loads(content)["index"]] = content
        return [known[index] for index in sorted(known)]

    monkeypatch.setattr(processes, "process_count", lambda model: 2)
    monkeypatch.setattr(processes, "gathered", gathered)
    return known


@pytest.mark.parametrize("measure", [evaluate_coco, evaluate])
def test_each_process_has_a_part(contents, measure):
    first, second = Copyist(), Copyist()
    with pytest.raises(ValueError, match=r"different indices.*\[1\]"):
        measure(second, Squares(), verbose=0, shard=(1, 2))
    found = measure(first, Squares(), verbose=0, shard=(0, 2))
    whole = measure(Copyist(), Squares(), verbose=0)
    if measure is evaluate:
        found, whole = found.figures, whole.figures
    assert whole["mask_ap"] == pytest.approx(1)
    np.testing.assert_equal(found, whole)
    # By their canvases, in turns.
    assert first.seen == [(50, 50), (40, 60), (60, 40)]
    assert second.seen == [(40, 60), (60, 40)]


def test_a_process_without_images(contents):
    contents[1] = json.dumps({"index": 1, "results": []}).encode()
    found = evaluate_coco(Copyist(), Squares([]), verbose=0, shard=(0, 2))
    assert np.isnan(found["mask_ap"])


@pytest.mark.parametrize("shard", [(2, 2), (0,), 1])
def test_a_wrong_part(shard):
    with pytest.raises(ValueError, match="shard to be"):
        evaluate_coco(Copyist(), Squares(), verbose=0, shard=shard)


# === More than a hundred ===


def test_more_than_the_model_returns_is_a_warning(tiny_model):
    shapes = ShapesDataset(num_images=2, original_size=(64, 64))
    words = "101, but .* at most 100 instances"
    with pytest.warns(UserWarning, match=words) as warned:
        scores = evaluate_coco(
            tiny_model, shapes, verbose=0, max_detections=101
        )
    assert warned[0].filename == __file__
    assert "mask_ar101" in scores and "mask_ar100" not in scores


def test_a_wrong_bound_is_found_before_anything_is_segmented():
    with pytest.raises(ValueError, match="max_detections=0"):
        evaluate_coco(None, None, max_detections=0)


def test_images_are_scaled_as_the_model_wants_them(tmp_path):
    """Of 12 bits in 16, by type the pixels would not tell the class."""

    class Deep(Squares):
        def __getitem__(self, index):
            path = tmp_path / f"{index}.png"
            value = 2000 if index % 2 else 1000
            pixels = self.image(index)[..., 0].astype("uint16")
            pixels[pixels > 0] = value
            pixels[0, 0] = 4000
            assert cv2.imwrite(str(path), pixels)
            id_, size = 100 + index, self.sizes[index]
            return Record(id_, size, image_path=path)

    class Careful(Copyist):
        def __init__(self):
            super().__init__()
            intensity = Intensity("percentiles", (0, 100))
            self.preprocessor = Letterbox((64, 96), "fit", intensity=intensity)

        def found(self, image):
            assert image.dtype == np.uint8 and image[0, 0].tolist() == [255] * 3
            image = np.where(image == 255, 0, image)
            return super().found(np.where(image == 128, 101, image))

    scores = evaluate_coco(Careful(), Deep(), verbose=0)
    assert scores["mask_ap"] == pytest.approx(1.0)
