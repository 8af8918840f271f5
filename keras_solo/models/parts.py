"""The layers that a SOLOv2 is made of, from layers or their configs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

import keras

from keras_solo._tensor import Tensor
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.feature_pyramid import FeaturePyramid
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.mask_feature_head import MaskFeatureHead
from keras_solo.layers.semantic_head import SemanticHead
from keras_solo.layers.solov2_head import SOLOv2Head
from keras_solo.layers.target_encoder import SOLOv2TargetEncoder
from keras_solo.models.backbones import feature_backbone
from keras_solo.models.head_sizes import HEAD_SIZES

Config: TypeAlias = Mapping[str, object]
LayerT = TypeVar("LayerT", bound=keras.layers.Layer)
PlaceT = TypeVar("PlaceT", Letterbox, Levels)


def as_place(
    kind: type[PlaceT], value: PlaceT | Config | None
) -> PlaceT | None:
    """A `Letterbox` or `Levels`, from one or its config; None stays."""
    if isinstance(value, Mapping):
        return kind.from_config(dict(value))
    if value is not None and not isinstance(value, kind):
        raise ValueError(
            f"Expected a {kind.__name__}, or the dict of its arguments. "
            f"Received: {value!r}"
        )
    return value


def at_stride(place: PlaceT, mask_stride: int) -> PlaceT:
    """The same `Letterbox` or `Levels` for masks at a stride."""
    if place.mask_stride == mask_stride:
        return place
    return dataclasses.replace(place, mask_stride=mask_stride)


# === A part from what is said about it, and back ===


def as_layer(
    kind: type[LayerT],
    part: LayerT | Config | None,
    fixed: Config,
    defaults: Config,
) -> LayerT:
    """Makes a part of what is said about it.

    Args:
        kind: Its class.
        part: A layer of this class; or its config: `get_config()`, some of
            its arguments, or the serialized layer, which may be of a
            subclass; or None.
        fixed: Arguments that the model decides. Where a layer or a config
            has None or, if it is not serialized, nothing, it gets them;
            else they must be equal.
        defaults: Arguments for what an unserialized config does not say.

    Raises:
        ValueError: If it is something else, or does not fit the model.
    """
    if part is None or isinstance(part, Mapping):
        layer = _from_config(kind, dict(part or {}), fixed, defaults)
    else:
        layer = part
    if not isinstance(layer, kind):
        raise ValueError(
            f"Expected a {kind.__name__}, or its config. Received: {layer!r}"
        )
    for name, value in fixed.items():
        if getattr(layer, name) is None:
            setattr(layer, name, value)
        if getattr(layer, name) != value:
            raise ValueError(
                f"Expected a {kind.__name__} that fits the model, with "
                f"{name}={value}. Received: {name}={getattr(layer, name)}"
            )
    return layer


def _from_config(
    kind: type[LayerT],
    config: dict[str, object],
    fixed: Config,
    defaults: Config,
) -> object:
    serialized = config.get("class_name") is not None
    arguments = config.get("config") if serialized else config
    if not isinstance(arguments, Mapping):
        raise ValueError(
            f"Expected the config of a {kind.__name__}. Received: {config!r}"
        )
    given = {**fixed, "dtype": defaults.get("dtype")}
    arguments = {
        name: given.get(name) if value is None else value
        for name, value in arguments.items()
    }
    if not serialized:
        return kind.from_config({**defaults, **fixed, **arguments})
    return keras.saving.deserialize_keras_object(
        {**config, "config": arguments}
    )


def part_config(
    layer: keras.layers.Layer, fixed: Config, policy: keras.DTypePolicy
) -> dict[str, object]:
    """A layer, serialized; what its model decides is None.

    Args:
        layer: A part of a model.
        fixed: Arguments that the model decides.
        policy: The dtype policy of the model.
    """
    config = dict(keras.saving.serialize_keras_object(layer))
    config.pop("build_config", None)
    arguments = dict(config["config"])
    for name in fixed:
        if name in arguments:
            arguments[name] = None
    if layer.dtype_policy == policy:
        arguments["dtype"] = None
    return {**config, "config": arguments}


# === Each part ===


def fixed_for_head(num_classes: int, levels: Levels) -> dict[str, object]:
    """Arguments of the head that the model decides."""
    return {
        "num_classes": num_classes,
        "grid_sizes": levels.grid_sizes,
        "level_names": levels.names,
    }


def as_head(
    head: str | SOLOv2Head | Config,
    num_classes: int,
    levels: Levels,
    policy: keras.DTypePolicy,
) -> SOLOv2Head:
    """The argument `head`, which may also be a name."""
    if isinstance(head, str):
        if head not in HEAD_SIZES:
            raise ValueError(
                f"Expected head to be one of {sorted(HEAD_SIZES)}, a layer, "
                f"or its config. Received: {head!r}"
            )
        head = dict(HEAD_SIZES[head])
    fixed = fixed_for_head(num_classes, levels)
    defaults = {"dtype": policy, "name": "head"}
    return as_layer(SOLOv2Head, head, fixed, defaults)


def fixed_for_mask_head(head: SOLOv2Head) -> dict[str, object]:
    """Arguments of the mask head that the model decides."""
    return {"output_filters": head.kernel_filters}


def as_mask_head(
    mask_head: MaskFeatureHead | Config | None,
    head: SOLOv2Head,
    pyramid_levels: list[str],
    policy: keras.DTypePolicy,
) -> MaskFeatureHead:
    """The argument `mask_head`; its groups are the head's by default."""
    defaults = {
        "level_names": [name for name in pyramid_levels if name <= "P5"],
        "groups": head.groups,
        "dtype": policy,
        "name": "mask_feature_head",
    }
    fixed = fixed_for_mask_head(head)
    return as_layer(MaskFeatureHead, mask_head, fixed, defaults)


def as_decoder(
    decoder: InstanceDecoder | Config | None, levels: Levels
) -> InstanceDecoder:
    """The argument `decoder`, built."""
    fixed = {"levels": levels}
    layer = as_layer(InstanceDecoder, decoder, fixed, {"name": "decoder"})
    return _built(layer)


def as_target_encoder(
    encoder: SOLOv2TargetEncoder | Config | None, levels: Levels
) -> SOLOv2TargetEncoder:
    """The argument `target_encoder`, built."""
    fixed = {"levels": levels}
    defaults = {"name": "target_encoder"}
    return _built(as_layer(SOLOv2TargetEncoder, encoder, fixed, defaults))


def as_semantic_head(
    head: SemanticHead | Config | None,
    num_classes: int,
    pyramid_filters: int,
    policy: keras.DTypePolicy,
) -> SemanticHead | None:
    """The argument `semantic_head`, built; None stays."""
    if head is None:
        return None
    fixed = {"num_classes": num_classes}
    defaults = {"dtype": policy, "name": "semantic_head"}
    layer = as_layer(SemanticHead, head, fixed, defaults)
    if not layer.built:
        layer.build({"P3": (None, None, None, pyramid_filters)})
    return layer


def _built(layer: LayerT) -> LayerT:
    # While a sublayer is not built, Keras runs the whole network once more in
    # Python before every prediction on JAX.
    if not layer.built:
        layer.build(None)
    return layer


def feature_pyramid(
    filters: int,
    backbone_levels: list[str],
    levels: Levels,
    policy: keras.DTypePolicy,
) -> FeaturePyramid:
    """The pyramid above a backbone, as high as the levels need it."""
    missing = int(max(levels.names)[1:]) - int(backbone_levels[-1][1:])
    return FeaturePyramid(
        filters,
        num_extra_levels=max(missing, 0),
        dtype=policy,
        name="feature_pyramid",
    )


def check_canvas(backbone: keras.Model, letterbox: Letterbox) -> None:
    """Whether a backbone for one size gets canvases of that size."""
    size = tuple(backbone.inputs[0].shape[1:3])
    if None in size:
        return
    if letterbox.canvas != "fixed" or letterbox.image_size != size:
        raise ValueError(
            f"Expected preprocessor=Letterbox({size}), since the backbone "
            f"{backbone.name!r} is built for that canvas. "
            f"Received: {letterbox}"
        )


# === All parts of a model ===


class NetworkLayers(NamedTuple):
    """The layers that a network is made of, by their attributes' names."""

    backbone: keras.Model
    feature_pyramid: FeaturePyramid
    head: SOLOv2Head
    mask_head: MaskFeatureHead

    def wired(self) -> dict[str, Tensor]:
        """The inputs and outputs of a functional model of them."""
        # A transformer's backbone may be for canvases of one size.
        images = keras.Input(self.backbone.inputs[0].shape[1:], name="images")
        features = self.feature_pyramid(self.backbone(images))
        outputs = {
            **self.head(features),
            "mask_features": self.mask_head(features),
        }
        return {"inputs": images, "outputs": outputs}


def network_layers(
    backbone: keras.Model,
    num_classes: int,
    levels: Levels,
    head: str | SOLOv2Head | Config,
    mask_head: MaskFeatureHead | Config | None,
    pyramid_filters: int,
    policy: keras.DTypePolicy,
) -> NetworkLayers:
    """Makes the layers of what `SOLOv2` is told about them."""
    backbone = feature_backbone(backbone)
    maps = sorted(backbone.output)
    pyramid = feature_pyramid(pyramid_filters, maps, levels, policy)
    head = as_head(head, num_classes, levels, policy)
    mask_head = as_mask_head(mask_head, head, maps, policy)
    return NetworkLayers(backbone, pyramid, head, mask_head)


class _Whole(Protocol):
    """What is asked of a model here."""

    num_classes: int
    levels: Levels
    head: SOLOv2Head
    mask_head: MaskFeatureHead
    semantic_head: SemanticHead | None
    target_encoder: SOLOv2TargetEncoder
    dtype_policy: keras.DTypePolicy

    @property
    def decoder(self) -> InstanceDecoder: ...


def part_configs(model: _Whole) -> dict[str, dict[str, object] | None]:
    """The configs of a model's parts, by their arguments' names."""
    levels: Config = {"levels": model.levels}
    fixed: dict[str, tuple[keras.layers.Layer | None, Config]] = {
        "head": (model.head, fixed_for_head(model.num_classes, model.levels)),
        "mask_head": (model.mask_head, fixed_for_mask_head(model.head)),
        "decoder": (model.decoder, levels),
        "target_encoder": (model.target_encoder, levels),
        "semantic_head": (
            model.semantic_head,
            {"num_classes": model.num_classes},
        ),
    }
    return {
        name: None
        if layer is None
        else part_config(layer, decided, model.dtype_policy)
        for name, (layer, decided) in fixed.items()
    }
