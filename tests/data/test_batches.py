import pickle

import cv2
import keras
import numpy as np
import pytest

from keras_solo.data import (
    Augmentation,
    Batches,
    CocoDataset,
    ImageError,
    InstanceDataset,
    Record,
    ShapesDataset,
)
from keras_solo.geometry import Letterbox, Levels

LETTERBOX = Letterbox((64, 64))


def shapes(count=6, **options):
    return ShapesDataset(count, original_size=(48, 64), **options)


def batches(count=6, batch_size=2, **options):
    return Batches(shapes(count), LETTERBOX, batch_size, **options)


class Counted(InstanceDataset):
    """Every pixel of image i is i."""

    def __init__(self, count):
        super().__init__(["thing"])
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        image = np.full((64, 64, 3), index, np.uint8)
        return Record(index, (64, 64), image=image)


def images_of(batch):
    return batch[0][:, 0, 0, 0].tolist()


def assert_same(a, b):
    np.testing.assert_array_equal(a[0], b[0])
    assert a[1].keys() == b[1].keys()
    for key in a[1]:
        np.testing.assert_array_equal(a[1][key], b[1][key])


# === What is in a batch ===


def test_a_dataset_without_objects_has_one_slot():
    found = Counted(4).batches(LETTERBOX, 2)
    images, targets = found[0]
    assert images_of(found[0]) == [0, 1]
    assert targets["labels"].tolist() == [[-1], [-1]]
    assert targets["masks"].shape == (2, 1, 16, 16)


@pytest.mark.parametrize("augment", [False, True])
@pytest.mark.parametrize("mask_targets", ["binary", "soft", "reference"])
def test_shapes_and_types(augment, mask_targets):
    found = batches(augment=augment, mask_targets=mask_targets)
    assert len(found) == 3
    assert found.max_objects == 6
    for images, targets in found:
        assert images.shape == (2, 64, 64, 3)
        assert images.dtype == np.uint8
        assert {k: (v.shape, v.dtype.name) for k, v in targets.items()} == {
            "masks": (
                (2, 6, 16, 16),
                "float16" if mask_targets == "soft" else "uint8",
            ),
            "labels": ((2, 6), "int32"),
            "boxes": ((2, 6, 4), "float32"),
            "centers": ((2, 6, 2), "float32"),
        }


def test_the_canvas_of_a_fit_letterbox_is_its_largest():
    letterbox = Letterbox((60, 90), canvas="fit")
    images, _ = Batches(shapes(), letterbox, 2)[0]
    assert images.shape == (2, 64, 96, 3)


def test_the_last_images_are_left_out_or_make_a_smaller_batch():
    assert len(batches(7, 3)) == 2
    assert "1 images left out" in repr(batches(7, 3))
    smaller = batches(7, 3, drop_last=False)
    assert len(smaller) == 3
    assert len(smaller[2][0]) == 1
    assert "left out" not in repr(smaller)


def test_too_few_images_are_an_error():
    with pytest.raises(ValueError, match="at least one batch. .* 1 images"):
        batches(1)


def test_index_out_of_range():
    with pytest.raises(IndexError, match="one of 3 batches. Received: 3"):
        batches()[3]
    assert_same(batches()[-1], batches()[2])


# === More objects than slots ===


def test_excess_objects_are_an_error_at_once():
    with pytest.raises(ValueError, match=r"more than\s+max_objects=1"):
        batches(max_objects=1)


def test_excess_objects_are_dropped_on_request_and_counted():
    found = batches(max_objects=1, on_excess="drop_smallest")
    counts = [len(record.objects) for record in shapes()]
    assert found.dropped_objects == sum(counts) - len(counts)
    assert found[0][1]["labels"].shape == (2, 1)


def test_exactly_as_many_objects_as_slots():
    most = max(len(record.objects) for record in shapes())
    found = batches(max_objects=most)
    assert found.dropped_objects == 0
    assert max((t["labels"] >= 0).sum(1).max() for _, t in found) == most


# === Order and randomness ===


def test_an_order_is_ones_own_to_change():
    found = Counted(10).batches(LETTERBOX, 2, shuffle=True)
    before = found.order(0).tolist()
    found.order(0)[:] = 0
    assert found.order(0).tolist() == before
    assert images_of(found[0]) == before[:2]


def test_in_order_by_default_and_shuffled_where_augmented():
    assert not batches().shuffle
    assert batches(augment=True).shuffle
    assert not batches(augment=Augmentation(), shuffle=False).shuffle


def test_an_epoch_holds_each_image_once():
    found = Counted(10).batches(LETTERBOX, 2, shuffle=True)
    orders = []
    for epoch in range(3):
        found.epoch = epoch
        orders.append(sum((images_of(batch) for batch in found), []))
        assert sorted(orders[-1]) == list(range(10))
    assert orders[0] != orders[1] != orders[2]


def test_seeds():
    first = batches(augment=True, seed=1)[0]
    assert_same(first, batches(augment=True, seed=1)[0])
    assert (first[0] != batches(augment=True, seed=2)[0][0]).any()


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_the_same_batches_whatever_the_workers(workers):
    found = batches(8, augment=True, workers=workers)
    expected = batches(8, augment=True, workers=0)
    for epoch in range(2):
        found.epoch = expected.epoch = epoch
        for ours, theirs in zip(found, expected, strict=True):
            assert_same(ours, theirs)


def test_the_same_batches_from_processes():
    found = batches(4, augment=True, workers=1, use_multiprocessing=True)
    for ours, theirs in zip(found, batches(4, augment=True), strict=True):
        assert_same(ours, theirs)


def test_a_sample_does_not_depend_on_the_batch_size():
    pairs = batches(augment=True, shuffle=False)
    single = batches(batch_size=1, augment=True, shuffle=False)
    np.testing.assert_array_equal(pairs[1][0][1], single[3][0][0])


def test_pickle_round_trip():
    found = batches(augment=True, initial_epoch=3)
    copy = pickle.loads(pickle.dumps(found))
    assert copy.epoch == 3
    assert_same(copy[1], found[1])


def test_reduced_decoding_is_off_by_default(tmp_path):
    ShapesDataset(2, original_size=(256, 256)).write(tmp_path)
    for path in (tmp_path / "images").iterdir():
        image = cv2.imread(str(path))
        cv2.imwrite(str(path.with_suffix(".jpg")), image)
        path.unlink()
    annotations = tmp_path / "annotations.json"
    text = annotations.read_text().replace(".png", ".jpg")
    annotations.write_text(text)
    dataset = CocoDataset(annotations, tmp_path / "images")
    plain = dataset.batches(LETTERBOX, 2)
    reduced = dataset.batches(LETTERBOX, 2, reduced_decoding=True)
    assert not plain.make_sample.reduced_decoding
    images, targets = plain[0]
    fewer, same = reduced[0]
    assert fewer.shape == images.shape
    assert (fewer != images).any()
    assert_same((images, targets), (images, same))


# === Several images in a sample ===

COMPOSED = Augmentation(
    copy_paste=0.5, mosaic=0.5, rotation=20, pixel_scale=0.8, whole=0.5
)


def composed(workers=0, **options):
    return batches(
        augment=COMPOSED,
        workers=workers,
        copy_paste_from=shapes(5, seed=9),
        **options,
    )


def test_composed_samples_have_room():
    assert batches(augment=COMPOSED).max_objects == 5 * 6
    assert composed().max_objects == 4 * 6 + shapes(5, seed=9).max_objects()
    assert composed(max_objects=7).max_objects == 7


def test_composed_samples_depend_on_seed_epoch_and_place_alone():
    plain, threads = composed(), composed(2)
    unpickled = pickle.loads(pickle.dumps(plain))
    by_one = composed(batch_size=1, shuffle=False)
    for index in range(3):
        assert_same(plain[index], threads[index])
        assert_same(plain[index], unpickled[index])
    first = int(plain.order(0)[0])
    assert_same(by_one[first], [plain[0][0][:1], _first(plain[0][1])])
    assert (composed(seed=1)[0][0] != plain[0][0]).any()
    assert (composed(initial_epoch=1)[0][0] != plain[0][0]).any()


def _first(targets):
    return {key: array[:1] for key, array in targets.items()}


def test_a_source_to_paste_from_must_be_used():
    with pytest.raises(ValueError, match="an augmentation that pastes"):
        batches(augment=True, copy_paste_from=shapes())


class Damaged(Counted):
    def __getitem__(self, index):
        if index == 2:
            raise ImageError("photos/c.jpg: the image is truncated.")
        return super().__getitem__(index)

    def max_objects(self):
        return 1


@pytest.mark.parametrize("workers", [0, 2])
def test_an_image_that_cannot_be_read_is_named(workers):
    found = Damaged(4).batches(LETTERBOX, 2, workers=workers)
    assert images_of(found[0]) == [0, 1]
    with pytest.raises(ImageError, match=r"photos/c\.jpg"):
        found[1]


def test_a_damaged_image_is_skipped_on_request():
    found = Damaged(4).batches(LETTERBOX, 2, on_error="skip", workers=0)
    plain = Counted(4).batches(LETTERBOX, 2)
    assert_same(found[0], plain[0])
    with pytest.warns(UserWarning, match="skipped a damaged image, image 2"):
        instead, other = images_of(found[1])
    assert instead in (0, 1, 3) and other == 3
    assert found.skipped == {"image 2": "photos/c.jpg: the image is truncated."}
    found.make(1, 1)
    assert len(found.skipped) == 1
    assert "1 damaged images skipped" in repr(found)


class AllDamaged(Counted):
    def __getitem__(self, index):
        return Record(index, (64, 64), file_name=f"{index}.png")


def test_all_damaged_is_an_error():
    found = AllDamaged(4).batches(LETTERBOX, 2, on_error="skip")
    with pytest.raises(ImageError, match="4 images, all damaged"):
        found[0]


@pytest.fixture
def damaged_files(tmp_path):
    """Six images, the third of them without its last bytes."""
    ShapesDataset(6, original_size=(32, 32)).write(tmp_path)
    path = sorted((tmp_path / "images").iterdir())[2]
    path.write_bytes(path.read_bytes()[:-40])
    return CocoDataset(tmp_path / "annotations.json", tmp_path / "images")


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0},
        {"workers": 3},
        {"workers": 1, "use_multiprocessing": True},
    ],
    ids=["here", "threads", "process"],
)
def test_what_others_skip_is_known_too(damaged_files, options):
    """As soon as the batch is taken, and not before."""
    found = damaged_files.batches(
        LETTERBOX, 2, augment=True, shuffle=False, on_error="skip", **options
    )
    expected = damaged_files.batches(
        LETTERBOX, 2, augment=True, shuffle=False, on_error="skip", workers=0
    )
    assert_same(found[0], expected[0])
    assert found.skipped == {}
    with pytest.warns(UserWarning, match="skipped"):
        ours, theirs = found[1], expected[1]
    assert_same(ours, theirs)
    ((name, reason),) = found.skipped.items()
    assert name == str(damaged_files[2].image_path)
    assert "truncated" in reason


def test_the_images_of_a_step_are_those_that_were_taken(damaged_files):
    found = damaged_files.batches(LETTERBOX, 2, on_error="skip", workers=0)
    found.on_epoch_begin()
    with pytest.warns(UserWarning, match="skipped"):
        taken = [found[0], found[1]]
    plain = damaged_files.batches(LETTERBOX, 1, workers=0)
    ids = found.taken_image_ids(1)
    assert ids[0] != damaged_files[2].image_id
    for slot, image_id in enumerate(ids):
        index = [record.image_id for record in damaged_files].index(image_id)
        np.testing.assert_array_equal(taken[1][0][slot], plain[index][0][0])


# === Hosts and groups ===


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_hosts_cover_each_epoch(count):
    hosts = [
        Counted(23).batches(
            LETTERBOX,
            2,
            shuffle=True,
            drop_last=False,
            shard=(index, count),
            workers=0,
        )
        for index in range(count)
    ]
    for epoch in range(2):
        seen = []
        for host in hosts:
            host.epoch = epoch
            taken = sum((images_of(batch) for batch in host), [])
            assert taken == host.order(epoch).tolist()
            seen += taken
        assert sorted(seen) == list(range(23))


def test_a_sample_does_not_depend_on_the_host():
    one = batches(8, batch_size=4, augment=True)
    hosts = [batches(8, augment=True, shard=(i, 2)) for i in range(2)]
    assert [len(found) for found in (one, *hosts)] == [2, 2, 2]
    for whole, *parts in zip(one, *hosts, strict=True):
        images = np.concatenate([images for images, _ in parts])
        np.testing.assert_array_equal(images, whole[0])


class Mixed(InstanceDataset):
    """Landscape shapes, and every third one turned."""

    def __init__(self, count):
        self.lying = ShapesDataset(count, original_size=(40, 60))
        self.upright = ShapesDataset(count, original_size=(60, 40))
        super().__init__(self.lying.class_names)

    def __len__(self):
        return len(self.lying)

    def __getitem__(self, index):
        return (self.upright if index % 3 == 2 else self.lying)[index]


WIDE = Letterbox((32, 64))


def test_each_canvas_has_its_batches():
    found = Mixed(12).batches(WIDE, 2, augment=True, aspect_groups=True)
    assert [len(images) for images, _ in found] == [2] * 6
    sizes = [images.shape[1:3] for images, _ in found]
    assert sizes.count((32, 64)) == 4 and sizes.count((64, 32)) == 2
    assert sizes[0] != sizes[1]
    for (height, width), (_, targets) in zip(sizes, found, strict=True):
        assert targets["masks"].shape[2:] == (height // 4, width // 4)
    found.on_epoch_begin()
    order = found.order(0).reshape(6, 2)
    for step, (images, size) in enumerate(zip(order, sizes, strict=True)):
        assert set(images % 3 == 2) == {size == (64, 32)}
        assert found.taken_image_ids(step) == [
            found.dataset[i].image_id for i in images
        ]
    assert "canvas (32, 64) or (64, 32)" in repr(found)


def test_one_canvas_by_default_and_where_it_is_square():
    plain = Mixed(6).batches(WIDE, 2)
    assert {images.shape[1:3] for images, _ in plain} == {(32, 64)}
    square = Mixed(6).batches(LETTERBOX, 2, aspect_groups=True)
    for ours, theirs in zip(
        square, Mixed(6).batches(LETTERBOX, 2), strict=True
    ):
        assert_same(ours, theirs)


def test_each_canvas_leaves_images_out():
    """Of 4 portrait and 9 landscape images."""
    found = Mixed(13).batches(WIDE, 2, aspect_groups=True)
    assert len(found) == 6
    assert found.order(0)[-1] == 12
    assert "1 images left out" in repr(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shard": (2, 2)}, "shard to be"),
        ({"on_error": "ignore"}, 'on_error to be "raise" or "skip"'),
        ({"augment": "yes"}, "True, False or an Augmentation"),
        ({"batch_size": 0}, "batch_size to be a positive integer"),
        ({"max_objects": 0}, "max_objects to be a positive integer"),
        ({"on_excess": "ignore"}, '"raise" or "drop_smallest"'),
        ({"workers": -1}, "workers to be 0 or more"),
    ],
)
def test_it_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        batches(**options)


# === In fit, on the backend of this run ===


@keras.saving.register_keras_serializable("keras_solo_tests")
class Recorder(keras.Model):
    """Notes the first pixel of each image that it is trained on."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.seen = []

    def call(self, images):
        first = keras.ops.cast(images[:, 0, 0, :1], "float32")
        return self.dense(first)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        try:
            pixels = keras.ops.convert_to_numpy(x)[:, 0, 0, 0]
            self.seen.append(pixels.tolist())
        except Exception:
            # Symbolic, while Keras builds the model.
            pass
        masks = keras.ops.cast(y["masks"], "float32")
        return keras.ops.mean(y_pred) + keras.ops.mean(masks)


def seen_by_fit(found, epochs, initial_epoch=0, **options):
    model = Recorder()
    model.compile("sgd", run_eagerly=True)
    model.fit(
        found,
        epochs=epochs,
        initial_epoch=initial_epoch,
        verbose=0,
        **options,
    )
    return model.seen[-(epochs - initial_epoch) * len(found) :]


def expected_order(found, epochs):
    size = found.batch_size
    return [
        found.order(epoch)[i * size : (i + 1) * size].tolist()
        for epoch in epochs
        for i in range(len(found))
    ]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("workers", [0, 3])
def test_fit_takes_every_epoch_in_its_own_order(shuffle, workers):
    """Also where Keras looks at a batch first and shuffles by itself."""
    found = Counted(10).batches(LETTERBOX, 2, shuffle=shuffle, workers=workers)
    assert seen_by_fit(found, epochs=3) == expected_order(found, range(3))
    assert found.epoch == 3


def test_the_images_of_a_step():
    shapes = ShapesDataset(5, original_size=(64, 64))
    batches = shapes.batches(Letterbox((64, 64)), 2, shuffle=True, seed=1)
    batches.epoch = 3
    batches.on_epoch_begin()
    for step in range(2):
        expected = batches.order(3)[2 * step : 2 * step + 2]
        ids = [shapes[index].image_id for index in expected.tolist()]
        assert batches.taken_image_ids(step) == ids


def test_fit_continues_with_the_order_of_its_epoch():
    found = Counted(10).batches(LETTERBOX, 2, shuffle=True, initial_epoch=2)
    seen = seen_by_fit(found, epochs=4, initial_epoch=2)
    assert seen == expected_order(found, range(2, 4))


def test_fit_twice_goes_on():
    found = Counted(10).batches(LETTERBOX, 2, shuffle=True)
    seen = seen_by_fit(found, 1) + seen_by_fit(found, 1)
    assert seen == expected_order(found, range(2))


@pytest.mark.parametrize("mask_targets", ["binary", "soft"])
def test_fit_compiled(mask_targets):
    found = batches(augment=True, mask_targets=mask_targets)
    model = Recorder()
    model.compile("sgd")
    history = model.fit(found, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert np.isfinite(model.evaluate(found, verbose=0))


def test_fit_sends_the_bytes_of_images_and_masks_to_the_device():
    """Casting to float32 is the graph's work: four times less travels."""
    types = {}

    class Watcher(Recorder):
        def compute_loss(self, x, y, *args, **kwargs):
            for name, tensor in {"images": x, **y}.items():
                types[name] = keras.backend.standardize_dtype(tensor.dtype)
            return super().compute_loss(x, y, *args, **kwargs)

    model = Watcher()
    model.compile("sgd")
    model.fit(batches(augment=True), verbose=0)
    assert types["images"] == types["masks"] == "uint8"


# Compiling the gradient of two shapes takes JAX half a minute.
LONG_ON_JAX = [pytest.mark.long] if keras.backend.backend() == "jax" else []


@pytest.fixture
def on_two_canvases(make_model):
    """A model, and batches of two shapes."""
    found = Mixed(6).batches(WIDE, 2, aspect_groups=True)
    assert len({images.shape for images, _ in found}) == 2
    levels = Levels.for_canvas((32, 64), (4,), ("P4",))
    model = make_model(preprocessor=WIDE, levels=levels)
    model.compile("sgd")
    return model, found


def test_the_loss_of_each_canvas_is_that_of_its_batch_alone(on_two_canvases):
    model, found = on_two_canvases
    both = model.evaluate(found, verbose=0, return_dict=True)
    each = [
        model.evaluate(*batch, batch_size=2, verbose=0, return_dict=True)
        for batch in found
    ]
    for name, value in both.items():
        alone = np.mean([losses[name] for losses in each])
        np.testing.assert_allclose(value, alone, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("epochs", [pytest.param(4, marks=LONG_ON_JAX)])
def test_a_model_trains_on_two_canvases(on_two_canvases, epochs):
    model, found = on_two_canvases
    losses = model.fit(found, epochs=epochs, verbose=0).history["loss"]
    assert sorted(losses, reverse=True) == losses
    assert losses[-1] < losses[0]
