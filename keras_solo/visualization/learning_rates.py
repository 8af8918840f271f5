"""The loss at each learning rate as a chart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keras_solo.visualization.picture import Picture


def draw_learning_rates(
    rates: npt.ArrayLike,
    losses: npt.ArrayLike,
    smoothed: npt.ArrayLike,
    suggested: float | None = None,
    panel_size: tuple[float, float] = (3.6, 5.2),
) -> Picture:
    """Draws how the loss changed while the learning rate rose.

    Needs matplotlib: `pip install "keras-solo[plot]"`.

    Args:
        rates: `(N,)` learning rates, above 0.
        losses: `(N,)` losses, one a step.
        smoothed: `(N,)`, the same with less noise.
        suggested: A rate to mark.
        panel_size: (height, width) in inches, 120 pixels each.

    Returns:
        A `Picture`.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is nothing to draw.

    Example:

    ```python
    picture = draw_learning_rates([0.01, 0.1, 1.0], [2, 1, 3], [2, 1.5, 2])
    picture.save("rates.png")
    ```
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "draw_learning_rates() needs matplotlib: "
            'pip install "keras-solo[plot]"'
        ) from error

    x, raw, curve = _checked(rates, losses, smoothed)
    height, width = panel_size
    figure = Figure(figsize=(width, height), dpi=120)
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot(x, raw, color="C0", alpha=0.25, linewidth=0.8)
    axes.plot(x, curve, color="C0", label="loss, smoothed")
    if suggested is not None:
        label = f"suggested: {suggested:.1e}"
        axes.axvline(suggested, color="C1", linestyle="--", label=label)
    axes.set_xscale("log")
    # One loss of a step that went astray would flatten all the others.
    low, high = float(curve.min()), float(curve.max())
    axes.set_ylim(min(low, float(raw.min())) * 0.95, high * 1.05 + 1e-12)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    canvas.draw()
    return Picture(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _checked(*curves: npt.ArrayLike) -> tuple[np.ndarray, ...]:
    arrays = tuple(np.asarray(c, np.float64).reshape(-1) for c in curves)
    sizes = [len(array) for array in arrays]
    if not sizes[0] or len(set(sizes)) > 1:
        raise ValueError(
            "Expected rates, losses and smoothed losses, as many of each and "
            f"at least one. Received: {sizes}"
        )
    return arrays
