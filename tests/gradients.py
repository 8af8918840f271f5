"""Gradients on whichever backend runs."""

import keras
from keras import ops


def gradients(loss, values):
    """Gradients of `loss(*values)` on whichever backend runs."""
    values = [ops.convert_to_tensor(v) for v in values]
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        places = tuple(range(len(values)))
        result = jax.jit(jax.grad(loss, argnums=places))(*values)
    elif backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(values)
            total = loss(*values)
        result = tape.gradient(total, values)
    else:
        values = [v.detach().requires_grad_() for v in values]
        loss(*values).backward()
        result = [v.grad for v in values]
    return [ops.convert_to_numpy(g) for g in result]
