"""How deep in the backbone each variable of a model lies."""

from keras_solo.models.solov2 import SOLOv2


def layer_depths(model: SOLOv2) -> list[float | None]:
    """Where the backbone uses each variable, from its input to its output.

    Keras lists the layers of a functional model, nested ones too, in the order
    in which they are called. A variable's depth is its place among all
    variables of the backbone, frozen ones included: 0 for the first, 1 for the
    last that learns. That needs no names and no strides, and holds for a
    transformer, whose maps have one stride, as for a convolutional network.

    Args:
        model: Whose `backbone` is meant.

    Returns:
        A number for each of `model.trainable_variables`, in their order: a
        depth from 0 to 1, rounded to four digits, or None for what is not of
        the backbone.

    Raises:
        ValueError: If the model has no backbone, as a `ComposedSOLOv2`.

    Example:

    >>> from keras_solo import ResNet
    >>> depths = layer_depths(SOLOv2(ResNet(18), num_classes=1))
    >>> depths[:4], depths[-1]
    ([0.0, 0.0103, 0.0206, 0.0515], None)
    """
    if getattr(model, "backbone", None) is None:
        raise ValueError(
            "Expected a model with a backbone, whose layers learn at rates of "
            f"their own. Received: {type(model).__name__}, whose network is "
            "one; recipes.from_scratch and recipes.reference have one rate."
        )
    places = {id(w): place for place, w in enumerate(model.backbone.weights)}
    found = [places.get(id(weight)) for weight in model.trainable_variables]
    last = max((place for place in found if place), default=1)
    return [
        None if place is None else round(place / last, 4) for place in found
    ]
