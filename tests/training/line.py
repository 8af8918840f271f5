"""A model that is trained in no time, in the place of a `SOLOv2`."""

import keras
import numpy as np

from keras_solo.data import ShapesDataset

EPOCHS = 4


@keras.saving.register_keras_serializable(package="tests")
class Line(keras.Sequential):
    """One weight and a bias."""

    class_names = ("square",)

    def save_to_preset(self, folder):
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text("{}")
        self.save_weights(folder / "model.weights.h5")


class Rows(keras.utils.PyDataset):
    """Two batches that depend on the epoch, like `Batches`."""

    batch_size, shuffle, seed = 1, False, 0

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
