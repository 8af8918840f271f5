"""How a model learns: losses, precision, compile arguments."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.losses import BoundaryDiceLoss, QualityFocalLoss, separation


def test_it_learns(tiny_model, tiny_batch):
    images, targets = tiny_batch
    tiny_model.compile(optimizer=keras.optimizers.Adam(3e-3))
    history = tiny_model.fit(
        images, targets, batch_size=2, epochs=12, verbose=0
    ).history
    assert set(history) == {"loss", "category_loss", "mask_loss"}
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    # The named losses are what the sum is made of.
    assert history["loss"][3] == pytest.approx(
        history["category_loss"][3] + history["mask_loss"][3], rel=1e-4
    )


def test_plain_compile_and_what_fit_takes_by_place(tiny_model, tiny_batch):
    tiny_model.compile()
    history = tiny_model.fit(*tiny_batch, 2, 2, 0).history
    assert len(history["loss"]) == 2
    assert np.isfinite(history["loss"]).all()


def test_a_class_has_its_prior_probability_at_birth(tiny_model, tiny_batch):
    logits = tiny_model(tiny_batch[0].astype("float32"))["category_logits"]
    mean = float(ops.convert_to_numpy(ops.mean(ops.sigmoid(logits))))
    assert mean == pytest.approx(0.1, rel=0.1)


def empty(targets, images=(0, 1)):
    labels = targets["labels"].copy()
    labels[list(images)] = -1
    return {**targets, "labels": labels}


def test_no_objects_in_an_image_or_a_batch_or_an_epoch(tiny_model, tiny_batch):
    x, targets = tiny_batch
    for images in ((0,), (0, 1)):
        history = tiny_model.fit(
            x, empty(targets, images), epochs=2, verbose=0
        ).history
        assert np.isfinite(history["loss"]).all()
        assert (history["mask_loss"][0] == 0) == (len(images) == 2)
        for weight in tiny_model.get_weights():
            assert np.isfinite(weight).all()


def test_targets_may_be_encoded_already(tiny_model, tiny_batch):
    images, targets = tiny_batch
    encoded = {
        name: ops.convert_to_numpy(value)
        for name, value in tiny_model.target_encoder(targets).items()
    }
    raw = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    done = tiny_model.evaluate(images, encoded, verbose=0, return_dict=True)
    assert raw == pytest.approx(done, rel=1e-6)


def test_targets_are_encoded_once_in_a_step(
    tiny_model, tiny_batch, monkeypatch
):
    """And once alone: a step is traced once, however it is compiled."""
    calls = []

    def watched(owner, name):
        function = getattr(owner, name)

        def call(*arguments, **kwargs):
            calls.append(name)
            return function(*arguments, **kwargs)

        monkeypatch.setattr(owner, name, call)

    watched(type(tiny_model), "compute_loss")
    watched(type(tiny_model.target_encoder), "call")
    tiny_model.train_on_batch(*tiny_batch)
    assert calls.count("call") == calls.count("compute_loss") == 1


def test_tf_data(tiny_model, tiny_batch):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("loading TensorFlow beside another backend takes long")
    images, targets = tiny_batch
    pipeline = tf.data.Dataset.from_tensor_slices((images, targets)).batch(2)
    arrays = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    piped = tiny_model.evaluate(pipeline, verbose=0, return_dict=True)
    assert arrays == pytest.approx(piped, rel=1e-5)
    history = tiny_model.fit(pipeline, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_empty_slots_change_nothing(tiny_model, tiny_batch):
    images, targets = tiny_batch
    more = {
        "masks": np.pad(targets["masks"], [(0, 0), (0, 9), (0, 0), (0, 0)]),
        "labels": np.pad(
            targets["labels"], [(0, 0), (0, 9)], constant_values=-1
        ),
    }
    one = tiny_model.evaluate(images, targets, verbose=0, return_dict=True)
    other = tiny_model.evaluate(images, more, verbose=0, return_dict=True)
    assert one == pytest.approx(other, rel=1e-5)


def test_pairs_beyond_the_capacity_are_reported(make_model, tiny_batch):
    model = make_model(target_encoder={"max_pairs": 1})
    history = model.fit(*tiny_batch, batch_size=2, verbose=0).history
    whole = make_model().target_encoder(tiny_batch[1])["pair_cells"]
    wanted = int((ops.convert_to_numpy(whole) >= 0).sum())
    assert history["dropped_pairs"][0] == wanted - 2


def test_own_losses_and_weights(tiny_model, tiny_batch):
    def category(labels, logits):
        return 2.0 + 0.0 * ops.mean(logits)

    def mask(masks, logits):
        return 1.0 + 0.0 * ops.mean(ops.cast(logits, "float32"), axis=(-2, -1))

    tiny_model.compile(
        category_loss=category,
        mask_loss=mask,
        loss_weights={"category_loss": 0.5, "mask_loss": 0.0},
    )
    history = tiny_model.fit(*tiny_batch, verbose=0).history
    assert history["loss"][0] == pytest.approx(1.0)


def again(model):
    """Compiled anew, as a model that was loaded is."""
    model.compile_from_config(model.get_compile_config())
    return model


def test_other_losses_come_back(tiny_model):
    tiny_model.compile(
        category_loss=QualityFocalLoss(beta=1.5),
        mask_loss=BoundaryDiceLoss(width=2, weight=3.0),
        loss_weights={"separation_loss": 2.0},
    )
    model = again(tiny_model)
    assert isinstance(model.category_loss, QualityFocalLoss)
    assert model.category_loss.beta == 1.5
    loss = model.mask_loss
    assert isinstance(loss, BoundaryDiceLoss)
    assert (loss.width, loss.weight, loss.reduction) == (2, 3.0, "none")
    assert model.loss_weights["separation_loss"] == 2.0
    assert "separation_loss" in model.metrics_names
    model.compile()
    assert "separation_loss" not in model.metrics_names


def test_other_losses_train_in_half_precision(make_model, tiny_batch):
    model = make_model(dtype="mixed_bfloat16")
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        category_loss=QualityFocalLoss(),
        mask_loss=BoundaryDiceLoss(),
        loss_weights={"separation_loss": 3.0},
    )
    history = model.fit(*tiny_batch, batch_size=2, epochs=20, verbose=0).history
    parts = ["category_loss", "mask_loss", "separation_loss"]
    assert set(history) == {"loss", *parts}
    for epoch in (0, -1):
        assert history["loss"][epoch] == pytest.approx(
            sum(history[part][epoch] for part in parts), rel=1e-3
        )
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.fixture
def outputs(tiny_model, tiny_batch):
    """Targets with a collision, outputs at random, and what each pair has."""
    masks = tiny_batch[1]["masks"].copy()
    masks[0, 1] = 0
    masks[0, 1, 3:8, 2:9] = 1
    targets = {"masks": masks, "labels": np.int32([[1, 1, -1], [2, -1, -1]])}
    encoded = {
        name: ops.convert_to_numpy(value)
        for name, value in tiny_model.target_encoder(targets).items()
    }
    rng = np.random.default_rng(0)
    grid = encoded["labels"].shape[1]
    y_pred = {
        "category_logits": rng.normal(size=(2, grid, 3)).astype("float32"),
        "kernels": rng.normal(size=(2, grid, 8)).astype("float32"),
        "mask_features": rng.normal(size=(2, 16, 16, 8)).astype("float32"),
    }
    pairs = [
        (image, int(cell), int(instance))
        for image in range(2)
        for cell, instance in zip(
            encoded["pair_cells"][image],
            encoded["pair_instances"][image],
            strict=True,
        )
        if cell >= 0
    ]
    assert len(pairs) > (encoded["labels"] >= 0).sum()  # a collision
    return targets, y_pred, encoded, pairs


def mask_logits(y_pred, image, cell):
    return y_pred["mask_features"][image] @ y_pred["kernels"][image, cell]


def loss_with(model, targets, y_pred, **arguments):
    model.compile(**arguments)
    y_pred = {k: ops.convert_to_tensor(v) for k, v in y_pred.items()}
    return float(model.compute_loss(y=targets, y_pred=y_pred))


def test_the_iou_of_masks_is_the_quality_of_cells(tiny_model, outputs):
    targets, y_pred, encoded, pairs = outputs
    quality = np.ones(encoded["labels"].shape, "float32")
    for image, cell, instance in pairs:  # the later object has the label
        true = targets["masks"][image, instance] > 0
        found = mask_logits(y_pred, image, cell) > 0
        quality[image, cell] = (true & found).sum() / (true | found).sum()
    cells = {"labels": encoded["labels"], "quality": quality}
    want = float(QualityFocalLoss()(cells, y_pred["category_logits"]))
    got = loss_with(
        tiny_model,
        targets,
        y_pred,
        category_loss=QualityFocalLoss(),
        loss_weights={"mask_loss": 0.0},
    )
    assert got == pytest.approx(want, rel=1e-5)


def test_separation_is_averaged_like_the_mask_loss(tiny_model, outputs):
    targets, y_pred, encoded, pairs = outputs
    total = 0.0
    for image, cell, instance in pairs:
        masks = targets["masks"][image]
        others = masks[1 - instance] if image == 0 else 0 * masks[0]
        logits = mask_logits(y_pred, image, cell)
        total += float(separation(masks[instance], others, logits))
    assert total > 0.01
    losses = [
        loss_with(tiny_model, targets, y_pred, loss_weights=weights)
        for weights in (None, {"separation_loss": 50.0})
    ]
    want = 50.0 * total / (encoded["labels"] >= 0).sum()
    assert losses[1] - losses[0] == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"metrics": ["accuracy"]}, "CocoMaskAP"),
        ({"loss": "mse"}, "category_loss="),
        ({"loss_weights": {"masks": 1.0}}, "mask_loss"),
    ],
)
def test_compile_errors(tiny_model, arguments, words):
    with pytest.raises(ValueError, match=words):
        tiny_model.compile(**arguments)


@pytest.mark.parametrize("targets", [np.zeros((2, 3)), {"masks": 1}])
def test_targets_of_another_kind_are_refused(tiny_model, targets):
    with pytest.raises(ValueError, match='"masks"'):
        tiny_model.compute_loss(y=targets, y_pred={})


def test_mixed_precision_trains_like_float32(make_model, tiny_batch):
    losses = {}
    policies = ("mixed_bfloat16", "mixed_float16")
    for dtype in ("float32", *policies):
        keras.utils.set_random_seed(1)
        model = make_model(dtype=dtype)
        for layer in (model.backbone, model.head, model.mask_head):
            assert layer.dtype_policy.name == dtype
        model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9))
        history = model.fit(*tiny_batch, epochs=50, verbose=0).history
        losses[dtype] = np.array(history["loss"])
        assert np.isfinite(losses[dtype]).all()
        assert all(w.dtype == "float32" for w in model.weights)
    for policy in policies:
        for part in (slice(0, 5), slice(-5, None)):
            difference = (
                losses[policy][part].mean() - losses["float32"][part].mean()
            )
            assert abs(difference) < 0.05 * losses["float32"][0]
