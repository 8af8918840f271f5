"""SetBatchesEpoch: the epoch that fit says, not the one that was counted."""

import types

import keras
import numpy as np

from keras_solo.callbacks import SetBatchesEpoch


def test_every_epoch_is_told():
    seen = []

    class Rows(keras.utils.PyDataset):
        epoch = 7

        def __len__(self):
            return 1

        def __getitem__(self, index):
            seen.append(self.epoch)
            return np.ones((1, 1)), np.ones((1, 1))

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    rows = Rows()
    callbacks = [SetBatchesEpoch(rows)]
    model.fit(rows, initial_epoch=3, epochs=5, callbacks=callbacks, verbose=0)
    assert seen[-2:] == [3, 4]


def test_without_logs():
    batches = types.SimpleNamespace(epoch=0)
    SetBatchesEpoch(batches).on_epoch_begin(2)
    assert batches.epoch == 2
