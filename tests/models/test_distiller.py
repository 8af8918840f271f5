"""A student learns from a teacher, and is itself again afterwards."""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo import SOLOv2, callbacks
from keras_solo.data import ShapesDataset
from keras_solo.geometry import Letterbox
from keras_solo.models import Distiller
from keras_solo.recipes import fine_tune
from keras_solo.training import RunFolder, RunFolderError

ALONE = {"category_loss": 0.0, "mask_loss": 0.0}


def wide(make_model, **kwargs):
    """A teacher with another pyramid and other classes."""
    return make_model(pyramid_filters=16, class_names=("object",), **kwargs)


def as_float(tensor):
    return float(ops.convert_to_numpy(tensor))


def values(model):
    return [ops.convert_to_numpy(v).copy() for v in model.weights]


def test_one_fit_shows_it(make_model, tiny_batch, tmp_path):
    """Frozen teacher, falling loss, averages, AP and files of the student."""
    student, teacher = make_model(), wide(make_model)
    # Loud maps, so that there is something to learn.
    for name in ("P2", "P3", "P4", "P5"):
        kernel = getattr(teacher.feature_pyramid, f"output_{name}").kernel
        kernel.assign(kernel * 8)
    before = values(teacher)
    distiller = Distiller(student, teacher, distillation_weight=2.0)
    recipe = fine_tune(
        distiller,
        batch_size=2,
        steps_per_epoch=1,
        epochs=15,
        learning_rate=0.02,
    )
    distiller.compile(**recipe, loss_weights=ALONE)
    best = tmp_path / "best.weights.h5"
    valid = ShapesDataset(2, (64, 64))
    measure = callbacks.CocoMaskAP(valid, every=15, verbose=0)
    history = distiller.fit(
        *tiny_batch,
        batch_size=2,
        epochs=15,
        verbose=0,
        callbacks=[measure, callbacks.BestWeights(str(best))],
    ).history
    assert history["distillation_loss"] == pytest.approx(history["loss"])
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert {"category_loss", "mask_loss", "val_mask_ap"} <= set(history)
    for old, new in zip(before, values(teacher), strict=True):
        np.testing.assert_array_equal(old, new)

    student.save_to_preset(tmp_path / "preset")
    again = SOLOv2.from_preset(tmp_path / "preset")
    for one, other in zip(values(student), values(again), strict=True):
        np.testing.assert_array_equal(one, other)
    again.load_weights(best)
    found = distiller.evaluate(*tiny_batch, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(found["distillation_loss"])
    assert found["loss"] < history["loss"][0]


def test_the_sum_by_hand(make_model, tiny_batch):
    """Of levels as they are, where widths are equal; in half precision."""
    student = make_model(semantic_head={"filters": 8, "groups": 4})
    teacher = make_model(dtype="mixed_bfloat16")
    distiller = Distiller(student, teacher, keras.losses.MeanSquaredError(), 3)
    assert distiller.projections == {}
    images, targets = tiny_batch
    outputs = distiller(images.astype("float32"), training=True)
    assert "semantic_logits" in outputs
    loss = as_float(distiller.compute_loss(images, targets, outputs))
    alone = as_float(student.compute_loss(images, targets, outputs))
    wanted = teacher.pyramid_features(images, training=False)
    found = student.pyramid_features(images.astype("float32"), training=True)
    distance = sum(
        np.mean(
            np.square(
                ops.convert_to_numpy(ops.cast(wanted[name], "float32"))
                - ops.convert_to_numpy(found[name])
            )
        )
        for name in found
    )
    assert loss == pytest.approx(alone + 3 * distance, rel=1e-2)
    assert "pyramid" not in distiller(images.astype("float32"))


def test_the_student_is_compiled_by_itself(make_model):
    student = make_model(dtype="mixed_bfloat16")
    distiller = Distiller(student, wide(make_model))
    distiller.compile(keras.optimizers.SGD(use_ema=True), remat=True)
    assert student.remat
    assert distiller.optimizer is not student.optimizer
    learns = {id(v) for v in distiller.trainable_variables}
    own = {id(v) for v in student.trainable_variables}
    projections = [v for v in distiller.trainable_variables if id(v) not in own]
    assert own < learns
    assert len(projections) == 2 * len(distiller.projections) == 8
    names = [metric.name for metric in distiller.metrics]
    assert sorted(set(names)) == sorted(names)
    assert distiller.compute_dtype == "bfloat16"


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C before the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def distilled(make_model, folder, *callbacks, seed=0, weight=2.0, teacher=1):
    """Trains in a folder, to the end or until it is interrupted."""
    keras.utils.set_random_seed(0)
    student = make_model()
    keras.utils.set_random_seed(teacher)
    teacher = wide(make_model)
    keras.utils.set_random_seed(seed)
    distiller = Distiller(student, teacher, distillation_weight=weight)
    distiller.compile(keras.optimizers.Adam(1e-3, use_ema=True))
    batches = ShapesDataset(4, (64, 64)).batches(student.preprocessor, 2)
    run = RunFolder(folder)
    run.begin(distiller, batches, {"epochs": 2})
    every = run.callbacks(callbacks)
    with contextlib.suppress(KeyboardInterrupt):
        distiller.fit(batches, epochs=2, verbose=0, callbacks=every)
    return run


def test_interrupted_or_not(make_model, tmp_path):
    whole = distilled(make_model, tmp_path / "whole")
    distilled(make_model, tmp_path / "parts", Interrupt())
    # What it learned from counts as much as what it learned with.
    for changed in ({"weight": 3.0}, {"teacher": 2}):
        name, *_ = changed
        with pytest.raises(RunFolderError, match=f"model.around.{name} was"):
            distilled(make_model, tmp_path / "parts", **changed)
    # Other projections, until they are what they had become.
    parts = distilled(make_model, tmp_path / "parts", seed=1)
    assert whole.curves() == parts.curves()
    assert len(whole.curves()["distillation_loss"]) == 2
    for run in (whole, parts):
        run.finish()
    one, two = (SOLOv2.from_preset(run.path) for run in (whole, parts))
    for a, b in zip(values(one), values(two), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_a_training_depends_on(make_model):
    student, teacher = make_model(), wide(make_model)
    told = Distiller(student, teacher).told
    assert told == Distiller(student, teacher).told
    assert told["loss"]["class_name"].endswith("ChannelDivergence")
    told = Distiller(student, teacher, lambda wanted, found: 0.0).told
    assert "lambda" in told["loss"]


def test_pairs_that_do_not_fit(make_model):
    student = make_model()
    with pytest.raises(ValueError, match="SOLOv2 as the teacher.*None"):
        Distiller(student, None)
    with pytest.raises(ValueError, match="Expected two models"):
        Distiller(student, student)
    other = make_model(preprocessor=Letterbox((64, 96)))
    with pytest.raises(ValueError, match="same canvases.*96"):
        Distiller(student, other)


def test_masks_may_be_finer_than_the_teacher_s(make_model):
    """Pyramids are compared, which have the strides that they had."""
    student = make_model(mask_head={"filters": 32, "stride": 2})
    teacher = make_model()
    assert student.preprocessor != teacher.preprocessor
    assert Distiller(student, teacher).student is student


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_that_do_not_weigh(make_model, weight):
    with pytest.raises(ValueError, match="distillation_weight of at least 0"):
        Distiller(make_model(), make_model(), distillation_weight=weight)
