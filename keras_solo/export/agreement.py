"""Whether a written file gives what the model gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from keras_solo.export.runner import Runner

# Of scores, with weights in float32.
TOLERANCE = 1e-3


class WrongFile(RuntimeError):
    """A file that another runtime does not run as the model runs.

    Example:

    >>> raise WrongFile("no masks")
    Traceback (most recent call last):
    keras_solo.export.agreement.WrongFile: no masks
    """


def check_agreement(
    run: Runner,
    expected: Runner,
    shape: tuple[int, int, int, int],
    exact: bool = True,
) -> None:
    """Runs what was written, and the model, on the same canvases.

    Args:
        run: What was written.
        expected: The model.
        shape: `(B, H, W, 3)` of the canvases.
        exact: Whether scores must agree, or only names, types and shapes.

    Raises:
        WrongFile: If they do not.
    """
    canvases = _canvases(shape)
    want = expected(canvases)
    try:
        found = run(canvases)
    except Exception as error:  # of any runtime
        raise WrongFile(f"it does not run: {first_line(error)}") from error
    if _kinds(found) != _kinds(want):
        raise WrongFile(f"expected {_kinds(want)}, it gives {_kinds(found)}")
    scores = found["confidence"], want["confidence"]
    if exact and not np.allclose(*scores, rtol=0, atol=TOLERANCE):
        far = float(np.max(np.abs(scores[0] - scores[1])))
        raise WrongFile(f"scores differ by {far:.2g}")


def _canvases(shape: tuple[int, int, int, int]) -> np.ndarray:
    """Blocks of colours: no object, but not one flat colour either."""
    rng = np.random.default_rng(0)
    batch, height, width, _ = shape
    blocks = rng.integers(0, 256, (batch, height // 32, width // 32, 3))
    return blocks.repeat(32, axis=1).repeat(32, axis=2).astype(np.uint8)


def _kinds(values: Mapping[str, np.ndarray]) -> dict[str, str]:
    return {
        name: f"{values[name].dtype}{list(values[name].shape)}"
        for name in sorted(values)
    }


def first_line(error: Exception) -> str:
    """The words of an error, not all of them."""
    return " ".join(str(error).split())[:300] or type(error).__name__
