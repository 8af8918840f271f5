"""A whole small SOLOv2 against MMDetection, forward, backward and decoded.

The fixture comes from tests/fixtures/make_mmdet_model.py. Being the same
tensors for every backend, it also shows that the backends agree.
"""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import Letterbox, Levels, ResNet, SOLOv2
from keras_solo.checkpoints.mmdet import reference_name
from keras_solo.models.foreign_weights import assign_tensors

RANGES = ((1, 24), (12, 48), (24, 96), (48, 192), (96, 512))


def build(**kwargs):
    return SOLOv2(
        ResNet(18, filters=(8, 16, 32, 64), stem_filters=8, norm_frozen=True,
               frozen_stages=1),
        num_classes=5,
        preprocessor=Letterbox((128, 160)),
        levels=Levels((10, 9, 6, 4, 3), RANGES),
        head={
            "filters": 16,
            "num_convs": 2,
            "kernel_filters": 8,
            "groups": 4,
        },
        pyramid_filters=16,
        mask_head={"filters": 8},
        **kwargs,
    )  # fmt: skip


def load_reference_weights(model, arrays):
    """Gives a model MMDetection's weights; its variables by their names."""
    prefix = "weight."
    assign_tensors(
        model,
        {
            key.removeprefix(prefix): value.astype("float32")
            for key, value in arrays.items()
            if key.startswith(prefix)
        },
    )
    return {reference_name(v.path): v for v in model.weights}


@pytest.fixture(scope="module")
def reference(mmdet_model):
    model = build()
    names = load_reference_weights(model, mmdet_model)
    return model, names, mmdet_model


@pytest.fixture(scope="module")
def targets(mmdet_model):
    count = len(mmdet_model["truth.0.labels"])
    masks = np.zeros((2, count, 32, 40), "uint8")
    labels = np.full((2, count), -1, "int32")
    boxes = np.zeros((2, count, 4), "float32")
    centers = np.zeros((2, count, 2), "float32")
    for image in range(2):
        full = np.unpackbits(mmdet_model[f"truth.{image}.masks"], axis=-1)
        # The reference's rule: half of the central 2 x 2 of each 4 x 4 block.
        middle = full.reshape(-1, 32, 4, 40, 4)[:, :, 1:3, :, 1:3]
        some = slice(0, len(full))
        masks[image, some] = middle.sum(axis=(2, 4)) >= 2
        boxes[image, some] = mmdet_model[f"truth.{image}.boxes"]
        for place, mask in enumerate(full):
            rows, columns = np.nonzero(mask)
            if len(rows):
                labels[image, place] = mmdet_model[f"truth.{image}.labels"][
                    place
                ]
                centers[image, place] = columns.mean(), rows.mean()
    return {
        "masks": masks,
        "labels": labels,
        "boxes": boxes,
        "centers": centers,
    }


@pytest.fixture(scope="module")
def outputs(reference):
    model, _, arrays = reference
    outputs = model(arrays["images"].astype("float32"))
    return {name: ops.convert_to_numpy(x) for name, x in outputs.items()}


@pytest.mark.parametrize(
    "name, tolerance",
    [("category_logits", 1e-4), ("kernels", 1e-4), ("mask_features", 1e-4)],
)
def test_network(reference, outputs, name, tolerance):
    np.testing.assert_allclose(
        outputs[name], reference[2][name], atol=tolerance
    )


def test_compiled_network(reference, outputs):
    """What `predict` compiles is what the eager network says."""
    model, _, arrays = reference
    raw = keras.Model(model.input, model.output)
    compiled = raw.predict(arrays["images"].astype("float32"), verbose=0)
    for name, value in compiled.items():
        np.testing.assert_allclose(value, outputs[name], atol=1e-4)


def check_instances(reference, found):
    model, _, arrays = reference
    for image in range(2):
        want = arrays[f"found.{image}.scores"]
        count = int(found["num_detections"][image])
        assert count == len(want)
        got = found["confidence"][image]
        np.testing.assert_allclose(got[:count], want, atol=1e-4)
        assert (got[count:] == -1).all()
        labels = found["labels"][image, :count]
        assert sorted(labels) == sorted(arrays[f"found.{image}.labels"])
        masks = model.preprocessor.masks_to_original(
            found["masks"][image, :count], (128, 160)
        )
        theirs = np.unpackbits(arrays[f"found.{image}.masks"], axis=-1)
        for score, label, mask in zip(got, labels, masks, strict=False):
            same = np.abs(want - score) < 1e-4
            same &= arrays[f"found.{image}.labels"] == label
            iou = [
                (mask & other).sum() / max((mask | other).sum(), 1)
                for other in theirs[same].astype(bool)
            ]
            assert max(iou) >= 0.99


def test_instances(reference, outputs):
    model, _, _ = reference
    found = model.decoder(outputs)
    found = {name: ops.convert_to_numpy(x) for name, x in found.items()}
    assert found["num_candidates"].max() < model.decoder.max_candidates
    check_instances(reference, found)


def test_instances_of_compiled_predict(reference):
    model, _, arrays = reference
    check_instances(
        reference,
        model.predict(arrays["images"].astype("float32"), verbose=0),
    )


def test_targets(reference, targets):
    model, _, arrays = reference
    encoded = {
        name: ops.convert_to_numpy(x)
        for name, x in model.target_encoder(targets).items()
    }
    for image in range(2):
        labels = arrays[f"targets.{image}.labels"]
        np.testing.assert_array_equal(
            encoded["labels"][image], np.where(labels == 5, -1, labels)
        )
        cells = encoded["pair_cells"][image]
        assert sorted(cells[cells >= 0]) == sorted(
            arrays[f"targets.{image}.pair_cells"]
        )
    assert not encoded["dropped_pairs"].any()


def test_losses(reference, targets, outputs):
    model, _, arrays = reference
    model.reset_metrics()
    loss = float(model.compute_loss(y=targets, y_pred=outputs))
    want = arrays["loss_cls"], arrays["loss_mask"]
    assert loss == pytest.approx(float(sum(want)), rel=1e-5)
    category, mask = model.category_loss_tracker, model.mask_loss_tracker
    assert float(category.result()) == pytest.approx(float(want[0]), rel=1e-5)
    assert float(mask.result()) == pytest.approx(float(want[1]), rel=1e-5)


def test_a_compiled_training_step(mmdet_model, targets):
    """Losses and gradients, read off a step of plain SGD in `fit`."""
    model = build()
    names = load_reference_weights(model, mmdet_model)
    before = {name: ops.convert_to_numpy(v).copy() for name, v in names.items()}
    rate = 1e-2
    model.compile(optimizer=keras.optimizers.SGD(rate))
    images = mmdet_model["images"].astype("float32")
    history = model.fit(images, targets, batch_size=2, verbose=0).history
    for ours, theirs in (("category_loss", "cls"), ("mask_loss", "mask")):
        want = float(mmdet_model[f"loss_{theirs}"])
        assert history[ours][0] == pytest.approx(want, rel=1e-4)
    compared = 0
    for name, variable in names.items():
        change = before[name] - ops.convert_to_numpy(variable)
        norm = np.linalg.norm(change.astype("float64")) / rate
        want = float(mmdet_model.get(f"grad.{name}", 0.0))
        # What a weight can resolve of a step bounds the figure from below.
        noise = np.abs(before[name]).max() * 6e-8 / rate
        noise *= np.sqrt(change.size)
        assert norm == pytest.approx(want, rel=1e-3, abs=2 * noise + 1e-6), name
        compared += want > 20 * noise
    assert compared > 60
