import keras
import pytest
from keras import ops

from keras_solo._backend.device import is_on_cpu


def test_a_tensor_of_the_cpu():
    with keras.device("cpu:0"):
        tensor = ops.ones((1,))
    if keras.backend.backend() == "torch":
        assert is_on_cpu(tensor)
    else:  # of the process, not of the tensor
        assert is_on_cpu(tensor) == (not has_accelerator())


def has_accelerator():
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import tensorflow as tf

    return bool(tf.config.list_logical_devices("GPU"))


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="a tensor without memory"
)
def test_a_tensor_of_no_device():
    import torch

    assert not is_on_cpu(torch.empty(1, device="meta"))
