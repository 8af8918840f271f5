"""What a SOLOv2 is told about its losses, and what it learns from."""

from __future__ import annotations

from collections.abc import Mapping

from keras_solo._tensor import Tensor
from keras_solo.models.pair_loss import Loss
from keras_solo.models.pair_measures import SEPARATION

TARGETS = {"masks", "labels"}


def check_compile_arguments(
    metrics: object, arguments: Mapping[str, object]
) -> None:
    """Refuses what Keras takes and a SOLOv2 does not."""
    if metrics is not None or arguments.get("weighted_metrics") is not None:
        raise ValueError(
            "SOLOv2 takes no metrics: outputs are not comparable with "
            "targets before decoding. Use "
            "keras_solo.callbacks.CocoMaskAP(dataset) in fit. "
            f"Received: metrics={metrics}"
        )
    if arguments.get("loss") is not None:
        raise ValueError(
            "SOLOv2 has two losses: pass category_loss= and mask_loss= "
            "instead of loss=."
        )


def chosen_loss(given: str | Loss, default: Loss) -> Loss:
    """A loss, where `"auto"` is the default."""
    if isinstance(given, str):
        if given != "auto":
            raise ValueError(
                f'Expected a function or "auto" as a loss. Received: {given!r}'
            )
        return default
    return given


def checked_weights(
    weights: Mapping[str, float] | None, default: Mapping[str, float]
) -> dict[str, float]:
    """The weights of all losses, those that are given and the others."""
    checked = {**default, **(weights or {})}
    if set(checked) - {SEPARATION} != set(default):
        raise ValueError(
            f"Expected loss_weights for {sorted(default)}, and by choice "
            f"for {SEPARATION}. Received: {weights}"
        )
    return checked


def check_targets(targets: object, outputs: Mapping[str, Tensor]) -> None:
    """Refuses what is neither of batches nor of the encoder.

    Args:
        targets: Of a step.
        outputs: What the network returns, whose mask grid is the targets'.
    """
    if not isinstance(targets, dict) or not TARGETS <= set(targets):
        received = (
            sorted(targets) if isinstance(targets, dict) else type(targets)
        )
        raise ValueError(
            'Expected targets as a dict with "masks" (B, N, H/4, W/4), '
            '"labels" (B, N) and optionally "boxes" and "centers", or what '
            f"SOLOv2TargetEncoder returns. Received: {received}"
        )
    there, wanted = targets["masks"].shape[2:], outputs["mask_features"].shape
    sides = zip(there, wanted[1:3], strict=True)
    located = {"boxes", "pair_cells"} & set(targets)
    if None in there and None not in wanted[1:3] and not located:
        raise ValueError(
            f"Expected masks of {tuple(wanted[1:3])} pixels in each batch, or "
            '"boxes" and "centers" with them. Received: masks of a size that '
            "is not known; after batches of another size, Keras forgets it."
        )
    if any(a != b for a, b in sides if None not in (a, b)):
        raise ValueError(
            f"Expected masks of {tuple(wanted[1:3])} pixels, as the mask head "
            "makes them. Batches have them that are made with the model's "
            "own preprocessor, dataset.batches(model.preprocessor, ...). "
            f"Received: masks of {tuple(there)} pixels"
        )
