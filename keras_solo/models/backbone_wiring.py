"""How the layers of our backbones are made, found and called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeVar

import keras
from keras import layers

from keras_solo._backend.rectifier import rectify
from keras_solo._tensor import Tensor
from keras_solo.layers.normalized_convolution import convolve_and_normalize
from keras_solo.models.rematerialized import Function, changing, rematerialized

LayerT = TypeVar("LayerT", bound=layers.Layer)


class BackboneWiring:
    """Calls the layers of a backbone one after the other.

    The first time, on symbolic images, it makes them; later it finds them.

    Args:
        config: The arguments of the backbone.
        dtype: The dtype policy of all layers.
    """

    num_blocks: tuple[int, ...]
    norm_frozen: bool
    frozen_stages: int

    def __init__(
        self, config: Mapping[str, object], dtype: keras.DTypePolicy
    ) -> None:
        self.__dict__.update(config)
        self.dtype = dtype
        self.layers: dict[str, layers.Layer] = {}

    def features(
        self,
        images: Tensor,
        training: bool | None = None,
        remat: bool = False,
    ) -> dict[str, Tensor]:
        """Maps `{"P2": ..., "P3": ..., ...}` of images `(B, H, W, 3)`.

        With `remat` the maps inside of blocks are not kept for gradients.
        """
        x = self._stem(images, training)
        outputs: dict[str, Tensor] = {}
        for stage, count in enumerate(self.num_blocks):
            for index in range(count):
                block: Function = functools.partial(
                    self._block, stage=stage, index=index, training=training
                )
                if remat:
                    state = self._state(f"stack{stage}_block{index}_")
                    block = rematerialized(block, state)
                x = block(x)
            outputs[f"P{stage + 2}"] = x
        return outputs

    def _stem(self, images: Tensor, training: bool | None) -> Tensor:
        """What is in front of the first block."""
        raise NotImplementedError

    def _block(
        self, x: Tensor, stage: int, index: int, training: bool | None
    ) -> Tensor:
        """A block; names of its layers start with `stack{}_block{}_`."""
        raise NotImplementedError

    def _state(self, start: str) -> list[keras.Variable]:
        """What layers change in training: the running statistics."""
        if self.norm_frozen:
            return []
        return changing(
            [
                layer
                for name, layer in self.layers.items()
                if name.startswith(start) and name.endswith("_bn")
            ]
        )

    def _layer(self, name: str, make: Callable[..., LayerT]) -> LayerT:
        if name not in self.layers:
            self.layers[name] = make(dtype=self.dtype, name=name)
        return self.layers[name]  # type: ignore[return-value]

    def _normalized(
        self,
        x: Tensor,
        name: str,
        stage: int,
        training: bool | None,
        make_conv: Callable[..., layers.Layer],
        make_norm: Callable[..., layers.Layer],
    ) -> Tensor:
        """A convolution and its normalisation."""
        conv = self._layer(f"{name}_conv", make_conv)
        norm = self._layer(f"{name}_bn", make_norm)
        if isinstance(x, keras.KerasTensor):
            conv.trainable = norm.trainable = stage >= self.frozen_stages
            return norm(conv(x))
        return convolve_and_normalize(conv, norm, x, training)

    def _relu(
        self,
        x: Tensor,
        name: str,
        sum_name: str | None = None,
        shortcut: Tensor | None = None,
        to_six: bool = False,
    ) -> Tensor:
        """ReLU or ReLU6, of a sum where there is a shortcut."""
        if not isinstance(x, keras.KerasTensor):
            return rectify(x, shortcut, to_six)
        if sum_name is not None:
            x = self._layer(sum_name, layers.Add)([shortcut, x])
        kind = "relu6" if to_six else "relu"
        relu = functools.partial(layers.Activation, kind)
        return self._layer(name, relu)(x)
