"""A backbone that calls its layers one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import keras

from keras_solo._tensor import Tensor
from keras_solo.models.backbone_wiring import BackboneWiring


class WiredBackbone(keras.Model):
    """A functional model on RGB images that is called by its wiring.

    Keras would keep every map to the end, and fold no normalisation into a
    convolution.

    Args:
        kind: The class of the wiring.
        config: The arguments of the backbone but `dtype` and `name`, each of
            which becomes an attribute.
        dtype: The dtype policy of all layers; Keras's by default.
        name: The model's name.
    """

    def __init__(
        self,
        kind: type[BackboneWiring],
        config: Mapping[str, object],
        dtype: str | keras.DTypePolicy | None = None,
        name: str | None = None,
    ) -> None:
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        images = keras.Input((None, None, 3), name="images")
        wiring = kind(config, policy)
        super().__init__(images, wiring.features(images), name=name)
        self._wiring = wiring
        self.dtype_policy = policy  # a functional model ignores dtype=
        self._config = dict(config)
        for key, value in config.items():
            setattr(self, key, value)

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
        remat: bool = False,
    ) -> dict[str, Tensor]:
        return self._wiring.features(inputs, training, remat)

    def get_config(self) -> dict[str, object]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            **self._config,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, object],
        custom_objects: Mapping[str, object] | None = None,
    ) -> Self:
        arguments: dict[str, Any] = dict(config)
        dtype = arguments.pop("dtype", None)
        if isinstance(dtype, dict):
            dtype = keras.dtype_policies.deserialize(dtype)
        trainable = arguments.pop("trainable", True)
        model = cls(dtype=dtype, **arguments)
        if not trainable:
            model.trainable = False
        return model
