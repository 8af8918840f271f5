"""Where tensors are."""

import keras

from keras_solo._tensor import Tensor


def is_on_cpu(tensor: Tensor) -> bool:
    """Whether a tensor is computed on a CPU; only PyTorch asks the tensor."""
    if keras.backend.backend() == "torch":
        return tensor.device.type == "cpu"
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")
