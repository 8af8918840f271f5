"""A model that is trained in no time, in the place of a `SOLOv2`."""

import types

import keras
import numpy as np

from keras_solo.data import ShapesDataset
from keras_solo.data.epochs import EpochClock
from keras_solo.models.fit_from_within import beginning_of, fit_from_within

EPOCHS = 4
# Stands for a `SampleMaker`.
SAMPLES = types.SimpleNamespace(augmentation=None, copy_paste_from=None)


@keras.saving.register_keras_serializable(package="tests")
class Line(keras.Sequential):
    """One weight and a bias."""

    class_names = ("square",)

    def fit(self, x, epochs=1, verbose="auto", callbacks=None, **more):
        beginning = beginning_of(callbacks, epochs)
        if beginning is None:
            return super().fit(
                x, epochs=epochs, verbose=verbose, callbacks=callbacks, **more
            )
        given = (beginning, x, epochs, verbose, callbacks)
        return fit_from_within(super().fit, self, *given, **more)

    def save_to_preset(self, folder):
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text("{}")
        self.save_weights(folder / "model.weights.h5")


class Rows(keras.utils.PyDataset):
    """Two batches that depend on the epoch, like `Batches`."""

    batch_size, shuffle, seed, shard = 1, False, 0, (0, 1)
    make_sample, sample_makers = SAMPLES, (SAMPLES,)

    def __init__(self, **settings):
        super().__init__()
        self.epoch = 0
        self.seen = []
        self.dataset = ShapesDataset(2)
        vars(self).update(settings)

    def __len__(self):
        return 2

    def __getitem__(self, index):
        self.seen.append(self.epoch)
        x = np.full((1, 1), 1.0 + self.epoch, np.float32)
        return x, -x


class Numbers(keras.utils.PyDataset):
    """Batches that depend on the epoch and on their place in it."""

    batch_size, shuffle, seed, shard = 1, True, 0, (0, 1)
    make_sample, sample_makers = SAMPLES, (SAMPLES,)

    def __init__(self, count=5):
        super().__init__()
        self.count = count
        self.dataset = ShapesDataset(2)
        self.taken = []
        self.clock = EpochClock(count)

    @property
    def epoch(self):
        return self.clock.epoch

    @epoch.setter
    def epoch(self, epoch):
        self.clock = EpochClock(self.count, epoch)

    def begin_within(self, epoch, done):
        self.clock = EpochClock(self.count, epoch, done)

    def on_epoch_begin(self):
        self.clock.begin()

    def on_epoch_end(self):
        self.clock.end()

    def taken_image_ids(self, step):
        return [self.clock.taken(step)]

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        epoch, place = self.epoch, index
        if self.clock.running:
            epoch, place = self.clock.tick()
        self.taken.append((epoch, place))
        x = np.full((1, 1), 1.0 + epoch + place / 7, np.float32)
        return x, np.sin(x)


def make_model(use_ema=True, epochs=EPOCHS):
    keras.utils.set_random_seed(0)
    model = Line([keras.Input((1,)), keras.layers.Dense(1)])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 2 * epochs)
    model.compile(
        keras.optimizers.Adam(schedule, use_ema=use_ema, ema_momentum=0.5),
        loss="mse",
    )
    return model


def flat(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def everything(path):
    """The content of all files below a folder, by their names."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file()
    }
