"""By way of a class of two layers; see also the backbones themselves."""

import keras
import numpy as np
from keras import ops

from keras_solo.models.backbone_wiring import BackboneWiring
from keras_solo.models.wired_backbone import WiredBackbone


class Scaled(BackboneWiring):
    """Says what its calls were; the stem multiplies."""

    num_blocks = (1,)
    norm_frozen = True

    def _stem(self, images, training):
        return images * self.factor

    def _block(self, x, stage, index, training):
        self.seen = (stage, index, training)
        return self._layer(
            "double", lambda **k: keras.layers.Rescaling(2, **k)
        )(x)


@keras.saving.register_keras_serializable(package="tests")
class Backbone(WiredBackbone):
    def __init__(self, factor, dtype=None, name=None):
        super().__init__(Scaled, {"factor": factor}, dtype, name)


def test_it_is_called_by_its_wiring():
    model = Backbone(3.0)
    features = model(np.ones((1, 2, 2, 3), "float32"), training=True)
    assert ops.convert_to_numpy(features["P2"]).max() == 6.0
    assert model._wiring.seen == (0, 0, True)
    assert model.factor == 3.0


def test_config():
    model = Backbone(3.0, dtype="mixed_float16", name="mine")
    model.trainable = False
    again = Backbone.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert (again.name, again.trainable) == ("mine", False)
    assert again.dtype_policy.name == "mixed_float16"
