"""Training history as line charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keras_solo.visualization.picture import Picture

# More points than this are drawn faintly, under their running mean.
FEW_POINTS = 200


class History(Protocol):
    """What `model.fit` returns."""

    @property
    def history(self) -> Mapping[str, npt.ArrayLike]:
        """Names to values, one value an epoch."""


def draw_curves(
    history: Mapping[str, npt.ArrayLike] | History,
    title: str | None = None,
    x_label: str = "epoch",
    panel_size: tuple[float, float] = (3.6, 5.2),
) -> Picture:
    """Draws losses in one chart and everything else in another.

    Needs matplotlib: `pip install "keras-solo[plot]"`.

    Args:
        history: Names to values, one value an epoch (or a step), or what
            `model.fit` returns. Values that are not finite are left out.
        title: Written above.
        x_label: What is counted along the horizontal axis.
        panel_size: (height, width) of a chart in inches, 120 pixels each.

    Returns:
        A `Picture`.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is nothing to draw.

    Example:

    ```python
    history = model.fit(batches, epochs=12)
    keras_solo.visualization.draw_curves(history).save("curves.png")
    ```
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            'draw_curves() needs matplotlib: pip install "keras-solo[plot]"'
        ) from error

    panels = _panels(_checked_history(history))
    height, width = panel_size
    figure = Figure(figsize=(width * len(panels), height), dpi=120)
    canvas = FigureCanvasAgg(figure)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (name, curves) in zip(all_axes, panels.items(), strict=True):
        _draw_panel(axes, name, curves, x_label)
    if title:
        figure.suptitle(title)
    figure.tight_layout()
    canvas.draw()
    return Picture(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _checked_history(history: object) -> dict[str, np.ndarray]:
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping) or not values:
        raise ValueError(
            "Expected a dict of names to values, or what fit() returns, "
            f"with at least one curve. Received: {history!r}"
        )
    return {
        name: np.asarray(curve, np.float64).reshape(-1)
        for name, curve in values.items()
    }


def _panels(
    curves: dict[str, np.ndarray],
) -> dict[str, dict[str, np.ndarray]]:
    """Curves of one scale together: losses, learning rates, the rest."""
    panels: dict[str, dict[str, np.ndarray]] = {}
    for name, curve in curves.items():
        if name.endswith("loss"):
            kind = "loss"
        elif name.endswith(("learning_rate", "lr")):
            kind = "learning rate"
        else:
            kind = "metric"
        panels.setdefault(kind, {})[name] = curve
    return panels


def _draw_panel(
    axes: Any, name: str, curves: dict[str, np.ndarray], x_label: str
) -> None:
    for number, (label, curve) in enumerate(curves.items()):
        x = np.arange(1, len(curve) + 1)
        known = np.isfinite(curve)
        x, curve = x[known], curve[known]
        color = f"C{number}"
        if len(curve) > FEW_POINTS:
            axes.plot(x, curve, color=color, alpha=0.25, linewidth=0.8)
            x, curve = _running_mean(x, curve)
        marker = "o" if len(curve) <= 30 else None
        axes.plot(
            x, curve, color=color, label=label, marker=marker, markersize=3
        )
    axes.set_xlabel(x_label)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel(name)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def _running_mean(
    x: np.ndarray, curve: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means over windows of a fiftieth of the curve."""
    window = math.ceil(len(curve) / 50)
    kernel = np.full(window, 1.0 / window)
    return (
        np.convolve(x, kernel, mode="valid"),
        np.convolve(curve, kernel, mode="valid"),
    )
