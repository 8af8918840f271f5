"""CocoMaskAP: figures in the logs, weights as they were."""

import csv
import warnings

import keras
import numpy as np
import pytest

from keras_solo.callbacks import BestWeights, CocoMaskAP
from keras_solo.data.instances import Instances
from keras_solo.data.masks import encode_mask
from keras_solo.geometry import Letterbox
from keras_solo.inference import Tiling

MASK = np.zeros((1, 40, 40), bool)
MASK[0, 4:36, 4:36] = True


class OneSquare:
    class_names = ("square",)
    category_ids = (1,)

    def __init__(self, objects=1):
        self.objects = objects

    def __len__(self):
        return 1

    def __getitem__(self, index):
        class Record:
            image_id = 1
            original_size = (40, 40)

            def load_image(self):
                return np.zeros((40, 40, 3), np.uint8)

        return Record()

    def to_coco(self):
        annotation = {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "segmentation": encode_mask(MASK[0]),
        }
        return {
            "images": [{"id": 1, "height": 40, "width": 40}],
            "categories": [{"id": 1, "name": "square"}],
            "annotations": [annotation] * self.objects,
        }


@keras.saving.register_keras_serializable("keras_solo_tests")
class Sinking(keras.Model):
    """One weight that a step lowers by the learning rate.

    Finds the square while its weight is below `threshold`.
    """

    class_names = ("square",)
    num_classes = 1
    preprocessor = Letterbox((64, 64))

    def __init__(self, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.height = self.add_weight(shape=(), initializer="ones", name="h")
        self.seen = []

    def call(self, inputs):
        return inputs * 0 + self.height

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}

    def now(self):
        return float(keras.ops.convert_to_numpy(self.height))

    def segment_stream(self, images, batch_size, ordered, **options):
        # As the real one: through predict.
        height = float(self.predict(np.zeros((1, 1)), verbose=0)[0, 0])
        self.seen.append(height)
        for index, _ in enumerate(images):
            if height >= self.threshold:
                found = Instances([], [], original_size=(40, 40))
            else:
                found = Instances(MASK, labels=[0], scores=[0.9])
            yield index, found


@keras.saving.register_keras_serializable("keras_solo_tests")
def height_loss(_, height):
    """Its gradient is 1."""
    return keras.ops.mean(height)


def fit(
    callbacks, epochs=4, threshold=0.0, steps=2, learning_rate=0.125, **options
):
    model = Sinking(threshold)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate, **options),
        loss=height_loss,
    )
    x = np.zeros((steps, 1), np.float32)
    history = model.fit(
        x, x, batch_size=1, epochs=epochs, callbacks=callbacks, verbose=0
    )
    return model, history.history


class Recorder(keras.callbacks.Callback):
    """What later callbacks see."""

    def __init__(self):
        super().__init__()
        self.heights, self.logs = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.heights.append(self.model.now())
        self.logs.append(dict(logs))


def test_no_objects_leave_the_logs_alone():
    """All figures are NaN, which would spoil `ModelCheckpoint`."""
    callback = CocoMaskAP(OneSquare(objects=0), metrics=None, verbose=0)
    _, history = fit([callback], epochs=1)
    assert set(history) == {"loss"}
    assert np.isnan(callback.results["mask_ap"])


def test_history_and_later_callbacks_see_the_figures():
    later = Recorder()
    callback = CocoMaskAP(OneSquare(), verbose=0)
    model, history = fit([callback, later])
    # Heights after an epoch: 0.75, 0.5, 0.25, 0; only -0.25 would do.
    assert model.seen == [0.75, 0.5, 0.25, 0.0]
    assert history["val_mask_ap"] == [0, 0, 0, 0]
    expected = ["val_mask_ap", "val_mask_ap50", "val_mask_ap75", "val_box_ap"]
    assert set(history) == {"loss", *expected}
    assert all(name in later.logs[0] for name in expected)

    model, history = fit([CocoMaskAP(OneSquare(), verbose=0)], threshold=0.4)
    assert history["val_mask_ap"] == pytest.approx([0, 0, 1, 1])


def test_a_part_of_the_images():
    measure = CocoMaskAP(OneSquare(), shard=(0, 1))
    _, history = fit([measure], epochs=2, threshold=0.9)
    _, whole = fit([CocoMaskAP(OneSquare())], epochs=2, threshold=0.9)
    assert history["val_mask_ap"] == whole["val_mask_ap"]
    with pytest.raises(ValueError, match="since 1 process trains this"):
        fit([CocoMaskAP(OneSquare(), shard=(0, 2))])
    for wrong in [(2, 2), (), 0]:
        with pytest.raises(ValueError, match="shard to be"):
            CocoMaskAP(OneSquare(), shard=wrong)


def test_metrics_and_prefix():
    callback = CocoMaskAP(
        OneSquare(), metrics=["mask_ar1"], prefix="coco_", verbose=0
    )
    _, history = fit([callback], epochs=1)
    assert set(history) == {"loss", "coco_mask_ar1"}
    assert "box_ap" not in callback.results
    every = CocoMaskAP(OneSquare(), metrics=None, verbose=0)
    _, history = fit([every], epochs=1)
    # 1,024 px are small and medium; no object is large.
    assert len(history) == 1 + 2 * 12 - 2 * 2


def test_every_and_the_last_epoch():
    callback = CocoMaskAP(OneSquare(), every=3, verbose=0)
    model, history = fit([callback], epochs=5, threshold=0.6)
    # After epochs 1, 3 and 5.
    assert model.seen == [0.75, 0.25, -0.25]
    assert history["val_mask_ap"] == pytest.approx([0, 0, 1, 1, 1])


def test_a_second_fit_starts_anew():
    callback = CocoMaskAP(OneSquare(), every=10, verbose=0)
    model, _ = fit([callback], epochs=1)
    x = np.zeros((2, 1), np.float32)
    model.fit(x, x, epochs=4, initial_epoch=3, callbacks=[callback], verbose=0)
    assert len(model.seen) == 2


def test_figures_from_before_are_repeated():
    callback = CocoMaskAP(OneSquare(), every=3, metrics=None, verbose=0)
    model, _ = fit([], epochs=1)
    logs = {"loss": 2.0, "val_mask_ap": 0.5, "val_box_ap": float("nan")}
    x = np.zeros((2, 1), np.float32)

    def go_on(epoch):
        history = model.fit(
            x, x, epochs=6, initial_epoch=epoch, callbacks=[callback], verbose=0
        )
        return history.history

    callback.repeat(logs)
    history = go_on(3)
    assert len(model.seen) == 1  # only the last
    assert history["val_mask_ap"][:2] == [0.5, 0.5]
    assert "val_box_ap" not in callback._before
    # The next fit was told nothing.
    go_on(4)
    assert len(model.seen) == 3
    callback.repeat({"loss": 2.0})
    go_on(5)
    assert len(model.seen) == 4
    # The first epoch is always measured.
    callback.repeat(logs)
    go_on(0)
    assert len(model.seen) == 4 + 3


def test_model_checkpoint_keeps_the_best(tmp_path):
    path = tmp_path / "best.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(
            [
                CocoMaskAP(OneSquare(), every=2, verbose=0),
                keras.callbacks.ModelCheckpoint(
                    path,
                    monitor="val_mask_ap",
                    mode="max",
                    save_best_only=True,
                ),
            ],
            epochs=6,
            threshold=0.3,
        )
    # Found from epoch 4 (height 0) on, measured there; saved once.
    assert keras.saving.load_model(path).now() == 0.0


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    fit(
        [
            CocoMaskAP(OneSquare(), every=2, verbose=0),
            keras.callbacks.CSVLogger(path),
        ],
        threshold=0.1,
    )
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    figures = [float(row["val_mask_ap"]) for row in rows]
    assert figures == pytest.approx([0, 0, 0, 1])


# === Stopping early ===


def early_stop(patience=2, **options):
    return keras.callbacks.EarlyStopping(
        "val_mask_ap", mode="max", patience=patience, **options
    )


def test_early_stopping_by_ap():
    """Found from epoch 3 on: two epochs without progress are enough."""
    measure = CocoMaskAP(OneSquare(), verbose=0)
    model, history = fit([measure, early_stop()], epochs=9, threshold=0.4)
    assert history["val_mask_ap"] == pytest.approx([0, 0, 1, 1, 1])
    best = early_stop(restore_best_weights=True)
    model, _ = fit([measure, best], epochs=9, threshold=0.4)
    assert model.now() == 0.25


def test_repeated_figures_count_for_the_patience():
    """Every fourth epoch is measured, so that 2 is too little patience."""
    for patience, epochs in ((2, 3), (4, 6)):
        measure = CocoMaskAP(OneSquare(), every=4, verbose=0)
        _, history = fit([measure, early_stop(patience)], 6, threshold=0.4)
        assert len(history["val_mask_ap"]) == epochs


def test_keras_restores_no_averages(tmp_path):
    """`BestWeights` has what was measured, `EarlyStopping` has not."""
    path = str(tmp_path / "best.weights.h5")
    measure = CocoMaskAP(OneSquare(), verbose=0)
    stop = early_stop(1, restore_best_weights=True)
    best = BestWeights(path, "val_mask_ap", "max")
    model, history = fit(
        [measure, best, stop],
        epochs=9,
        threshold=0.7,
        use_ema=True,
        ema_momentum=0.5,
    )
    assert history["val_mask_ap"] == pytest.approx([0, 1, 1])
    # What the best epoch ended with, which nobody measured.
    _, found, _ = model.seen
    assert model.now() == 0.5 != found
    model.load_weights(path)
    assert model.now() == found


# === Averaged weights ===


def test_averaged_weights_are_measured_and_put_back():
    averaging = {"use_ema": True, "ema_momentum": 0.5}
    before, later = Recorder(), Recorder()
    callback = CocoMaskAP(OneSquare(), verbose=0)
    model, _ = fit([before, callback, later], **averaging)
    plain = Recorder()
    other, _ = fit([plain], **averaging)
    # Training goes on as if nothing had been measured.
    assert before.heights == later.heights == plain.heights
    assert plain.heights == [0.75, 0.5, 0.25, 0.0]
    assert model.now() == other.now()
    # By hand: 1 step gives 0.875, the next 0.5 * 0.875 + 0.5 * 0.75.
    assert model.seen[0] == 0.8125
    # What was measured last is what fit leaves behind.
    assert model.seen[-1] == model.now() != 0.0


def test_weights_come_back_bit_for_bit():
    """Numbers that sums and differences would round."""
    averaging = {"use_ema": True, "ema_momentum": 0.9}
    averaging["learning_rate"] = 1 / 3
    measured, plain = Recorder(), Recorder()
    fit([CocoMaskAP(OneSquare(), verbose=0), measured], **averaging)
    fit([plain], **averaging)
    assert measured.heights == plain.heights


def test_weights_come_back_after_an_error():
    class Failing(CocoMaskAP):
        def on_train_begin(self, logs=None):
            super().on_train_begin(logs)
            self.dataset = None

    recorder = Recorder()

    class Catching(Failing):
        def on_epoch_end(self, epoch, logs=None):
            with pytest.raises(AttributeError):
                super().on_epoch_end(epoch, logs)

    fit(
        [Catching(OneSquare(), verbose=0), recorder],
        epochs=1,
        use_ema=True,
        ema_momentum=0.5,
    )
    assert recorder.heights == [0.75]


def test_loss_scaling_keeps_averages_in_reach():
    model = Sinking()
    inner = keras.optimizers.SGD(0.125, use_ema=True, ema_momentum=0.5)
    model.compile(
        optimizer=keras.optimizers.LossScaleOptimizer(inner),
        loss=height_loss,
    )
    x = np.zeros((2, 1), np.float32)
    callback = CocoMaskAP(OneSquare(), verbose=0)
    model.fit(x, x, batch_size=1, callbacks=[callback], verbose=0)
    assert model.seen == [0.8125]


def test_checkpoint_of_averaged_weights(tmp_path):
    """The order that the docstring advises."""
    path = tmp_path / "last.keras"
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    model, _ = fit(
        [
            CocoMaskAP(OneSquare(), verbose=0),
            swap,
            keras.callbacks.ModelCheckpoint(path),
        ],
        use_ema=True,
        ema_momentum=0.5,
    )
    assert keras.saving.load_model(path).now() == model.seen[-1]


# === The door ===


def test_wrong_arguments():
    with pytest.raises(ValueError, match="every"):
        CocoMaskAP(OneSquare(), every=0)
    with pytest.raises(ValueError, match="'map'"):
        CocoMaskAP(OneSquare(), metrics=["map"])


def test_other_classes_stop_training_before_it_starts():
    class Other(OneSquare):
        class_names = ("circle",)

    with pytest.raises(ValueError, match="'circle'"):
        fit([CocoMaskAP(Other(), verbose=0)])


def test_progress_does_not_hide_the_training_bar(capsys):
    model, _ = fit([], epochs=1)
    x = np.zeros((2, 1), np.float32)
    model.fit(x, x, callbacks=[CocoMaskAP(OneSquare())])
    lines = capsys.readouterr().out
    assert "val_mask_ap" in lines and "1/1" in lines


def test_as_quiet_as_fit(capsys):
    fit([CocoMaskAP(OneSquare())], epochs=1)
    assert capsys.readouterr().out == ""


def test_fewer_detections_are_called_by_their_number():
    callback = CocoMaskAP(
        OneSquare(), metrics=["mask_ar7"], max_detections=7, verbose=0
    )
    assert set(fit([callback])[1]) == {"loss", "val_mask_ar7"}
    with pytest.raises(ValueError, match="'mask_ar7'"):
        CocoMaskAP(OneSquare(), metrics=["mask_ar7"])
    with pytest.raises(ValueError, match="max_detections=0"):
        CocoMaskAP(OneSquare(), max_detections=0)


def test_tiles_and_views_are_passed_on(monkeypatch):
    given = []

    def evaluate(model, dataset, **options):
        given.append((options["tiled"], options["tta"]))
        return {"mask_ap": 0.5}

    place = "keras_solo.training.coco_mask_ap.evaluate_coco"
    monkeypatch.setattr(place, evaluate)
    for options in ({}, {"tiled": Tiling(scale=2.0)}, {"tta": True}):
        metric = CocoMaskAP(
            OneSquare(), metrics="mask_ap", verbose=0, **options
        )
        _, history = fit([metric], epochs=1)
        assert history["val_mask_ap"] == [0.5]
    assert given == [(False, False), (Tiling(scale=2.0), False), (False, True)]
    with pytest.raises(ValueError, match="one of tiled and tta"):
        CocoMaskAP(OneSquare(), tiled=True, tta=True)
