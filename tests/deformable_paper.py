"""Problems of deformable convolution, and the paper's formula in NumPy."""

import keras
import numpy as np

GEOMETRIES = {
    "plain": {},
    "strides": {"strides": 2},
    "pairs": {
        "kernel_size": (3, 2),
        "strides": (2, 1),
        "padding": (0, 2),
        "dilation_rate": (1, 2),
    },
    "dilation": {"dilation_rate": 2, "padding": 2},
    "pointwise": {"kernel_size": (1, 1), "padding": 0},
    "groups": {"groups": 2},
    "offset groups": {"offset_groups": 3},
    "both groups": {"groups": 3, "offset_groups": 2},
    "no border": {"padding": 0},
}


def both(value):
    return (value, value) if isinstance(value, int) else value


def problem(
    seed=0,
    size=(7, 6),
    channels=6,
    filters=6,
    kernel_size=(3, 3),
    groups=1,
    offset_groups=1,
    spread=2.0,
    **geometry,
):
    """Random arrays of one problem, and the arguments beside them."""
    rng = np.random.default_rng(seed)
    arguments = {
        "strides": 1,
        "padding": 1,
        "dilation_rate": 1,
        **geometry,
        "groups": groups,
        "offset_groups": offset_groups,
    }
    out_h, out_w = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(
            size,
            kernel_size,
            both(arguments["strides"]),
            both(arguments["padding"]),
            both(arguments["dilation_rate"]),
            strict=True,
        )
    )
    factors = offset_groups * kernel_size[0] * kernel_size[1]
    depth = channels // groups
    offsets = rng.normal(0, spread, (2, out_h, out_w, 2 * factors))
    arrays = {
        "inputs": rng.standard_normal((2, *size, channels)),
        # Away from whole pixels, where the derivative jumps.
        "offsets": np.floor(offsets) + rng.uniform(0.1, 0.9, offsets.shape),
        "mask": rng.uniform(0, 1, (2, out_h, out_w, factors)),
        "kernel": rng.standard_normal((*kernel_size, depth, filters)),
        "bias": rng.standard_normal(filters),
    }
    arrays = {k: v.astype("float32") for k, v in arrays.items()}
    return arrays, arguments


def pixel(image, y, x):
    inside = 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
    return float(image[y, x]) if inside else 0.0


def bilinear(image, y, x):
    top, left = int(np.floor(y)), int(np.floor(x))
    return sum(
        pixel(image, i, j) * (1 - abs(y - i)) * (1 - abs(x - j))
        for i in (top, top + 1)
        for j in (left, left + 1)
    )


def paper(
    inputs,
    offsets,
    mask,
    kernel,
    bias,
    strides,
    padding,
    dilation_rate,
    groups,
    offset_groups,
):
    """Equation 1 of arXiv:1811.11168 in float64, one number after another."""
    batch, _, _, channels = inputs.shape
    rows, columns, depth, filters = kernel.shape
    taps = rows * columns
    _, out_h, out_w, _ = offsets.shape
    offsets = offsets.reshape(batch, out_h, out_w, offset_groups, taps, 2)
    mask = mask.reshape(batch, out_h, out_w, offset_groups, taps)
    (sy, sx), (py, px) = both(strides), both(padding)
    dy, dx = both(dilation_rate)
    output = np.zeros((batch, out_h, out_w, filters)) + bias.astype("float64")
    for b, i, j, c, t in np.ndindex(batch, out_h, out_w, channels, taps):
        row, column = divmod(t, columns)
        group = c // (channels // offset_groups)
        moved_y, moved_x = offsets[b, i, j, group, t].astype("float64")
        value = bilinear(
            inputs[b, :, :, c],
            i * sy - py + row * dy + moved_y,
            j * sx - px + column * dx + moved_x,
        )
        value *= float(mask[b, i, j, group, t])
        first = c // depth * (filters // groups)
        chosen = slice(first, first + filters // groups)
        weights = kernel[row, column, c % depth, chosen].astype("float64")
        output[b, i, j, chosen] += value * weights
    return output


def compiled(function, *example, dynamic=False):
    """`function` as the backend compiles it (eager on PyTorch)."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.jit(function)
    if backend == "tensorflow":
        import tensorflow as tf

        shapes = [
            (None, None, None, v.shape[-1]) if dynamic else v.shape
            for v in example
        ]
        return tf.function(
            function, input_signature=[tf.TensorSpec(s) for s in shapes]
        )
    return function
