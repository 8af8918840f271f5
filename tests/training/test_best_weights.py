"""BestWeights: the averages are saved, and the others go on."""

import keras
import numpy as np
import pytest

from keras_solo.callbacks import BestWeights


class Score(keras.callbacks.Callback):
    """Logs figures that are given, and what the weight is then."""

    def __init__(self, *scores):
        super().__init__()
        self.scores, self.seen = scores, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(value(self.model))
        if self.scores[epoch] is not None:
            logs["score"] = self.scores[epoch]


def make_model():
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False)]
    )
    model.set_weights([np.ones((1, 1), np.float32)])
    return model


def value(model):
    return float(keras.ops.convert_to_numpy(model.weights[0])[0, 0])


def fit(path, scores, mode="max", best=None, **options):
    model, score = make_model(), Score(*scores)
    # The gradient of the mean output is 1.
    model.compile(
        keras.optimizers.SGD(0.125, **options),
        loss=lambda _, output: keras.ops.mean(output),
    )
    x = np.ones((1, 1), np.float32)
    after = Score(*scores)
    callbacks = [score, BestWeights(path, "score", mode, best), after]
    model.fit(x, x, epochs=len(scores), callbacks=callbacks, verbose=0)
    assert after.seen == score.seen
    return score.seen


def saved(path):
    model = make_model()
    model.load_weights(path)
    return value(model)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "best.weights.h5")


@pytest.mark.parametrize("mode, expected", [("max", 0.75), ("min", 0.875)])
def test_best(path, mode, expected):
    assert fit(path, (1, 3, 2), mode) == [0.875, 0.75, 0.625]
    assert saved(path) == expected


def test_better_than_before(path, tmp_path):
    fit(path, (1, 3, 2), best=3)
    assert not list(tmp_path.iterdir())
    fit(path, (1, 4, 2), best=3)
    assert saved(path) == 0.75


def test_averages_are_saved_and_the_others_go_on(path):
    seen = fit(path, (1, 2), use_ema=True, ema_momentum=0.5)
    assert seen == [0.875, 0.75]
    # The first average is 0.875, the next is 0.5 * 0.875 + 0.5 * 0.75.
    assert saved(path) == 0.8125
