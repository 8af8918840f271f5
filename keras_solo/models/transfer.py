"""Weights of one model for another, whose last layers may start anew."""

from __future__ import annotations

import warnings

import keras


def transfer(
    source: keras.Model, target: keras.Model, other_classes: bool
) -> None:
    """Copies all weights but those of layers that start anew.

    A semantic head starts anew, with a warning, where the source has none
    that fits; and that of the source is left out where the target has none.
    So does the channel of a head that predicts the quality of masks.

    Args:
        source: The `SOLOv2` that has weights.
        target: The one that gets them.
        other_classes: Whether what gives categories starts anew.

    Raises:
        ValueError: If other weights do not fit.
    """
    with_semantic = semantic_heads_fit(source, target)
    with_quality = source.head.quality == target.head.quality
    if target.semantic_head is not None and not with_semantic:
        warnings.warn(
            "The preset has no semantic head like the model's, which starts "
            "anew. Only training runs it.",
            stacklevel=4,
        )
    if target.head.quality and not source.head.quality:
        warnings.warn(
            "The preset predicts no quality of masks. Train the model before "
            "it predicts, or its scores are about half of what they were.",
            stacklevel=4,
        )
    kept = (other_classes, with_semantic, with_quality)
    old, new = (_weights_to_keep(one, *kept) for one in (source, target))
    for place, variable in enumerate(new):
        value = old[place] if len(old) == len(new) else None
        if value is None or value.shape != variable.shape:
            raise ValueError(
                "The preset's weights do not fit: "
                f"{variable.path} has shape {tuple(variable.shape)} and would "
                f"get {'nothing' if value is None else tuple(value.shape)}. "
                "Other classes, canvases, thresholds and dtypes keep the "
                "weights; another backbone or head needs load_weights=False."
            )
    for value, variable in zip(old, new, strict=True):
        variable.assign(value)


def semantic_heads_fit(one: keras.Model, other: keras.Model) -> bool:
    """Whether two models have no semantic head, or heads of one shape.

    Args:
        one: A `SOLOv2`.
        other: Another one; its classes do not matter.

    Example:

    ```python
    semantic_heads_fit(model, SOLOv2.from_preset("runs/first"))
    ```
    """
    return _shapes_below_classes(one) == _shapes_below_classes(other)


def parts_fit(one: keras.Model, other: keras.Model) -> bool:
    """Whether two models have the same parts, of one shape, by choice.

    Args:
        one: A `SOLOv2`.
        other: Another one; its classes do not matter.
    """
    quality = one.head.quality == other.head.quality
    return quality and semantic_heads_fit(one, other)


def _shapes_below_classes(model: keras.Model) -> list[tuple[int, ...]] | None:
    head = model.semantic_head
    if head is None:
        return None
    last = {id(variable) for variable in head.output_conv.variables}
    return [tuple(v.shape) for v in head.variables if id(v) not in last]


def _weights_to_keep(
    model: keras.Model,
    other_classes: bool,
    with_semantic: bool,
    with_quality: bool,
) -> list[keras.Variable]:
    layers = [model.head.category_output] if other_classes else []
    if model.head.quality and not with_quality:
        layers.append(model.head.quality_output)
    if model.semantic_head is not None:
        if not with_semantic:
            layers.append(model.semantic_head)
        elif other_classes:
            layers.append(model.semantic_head.output_conv)
    left_out = {id(v) for layer in layers for v in layer.variables}
    return [v for v in model.weights if id(v) not in left_out]
