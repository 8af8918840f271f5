"""What ran where: versions, device, memory, as far as Keras and Python tell."""

from __future__ import annotations

import os
import platform
import sys

import keras

from keras_solo._tensor import Tensor

# Names that people know, and modules.
LIBRARIES = {
    "keras-solo": "keras_solo",
    "keras": "keras",
    "numpy": "numpy",
    "opencv": "cv2",
}


def machine(model: keras.Model) -> dict[str, str]:
    """Names and versions that figures depend on.

    Args:
        model: A model with weights.

    Returns:
        `backend`, `device` (where the model's weights are), `processor`,
        `system`, and the versions of Python, Keras, this package, NumPy and
        OpenCV.
    """
    backend = keras.backend.backend()
    return {
        "backend": f"{backend} {_version(backend)}",
        "device": device_of(model.weights[0].value) if model.weights else "-",
        "processor": f"{platform.machine()}, {os.cpu_count()} threads",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: _version(module) for name, module in LIBRARIES.items()},
    }


def versions() -> str:
    """This package, Keras, the backend and its device, in one line."""
    backend = keras.backend.backend()
    device = device_of(keras.ops.zeros(()))
    return (
        f"keras-solo {_version('keras_solo')}, Keras {_version('keras')}, "
        f"{backend} {_version(backend)} on {device}"
    )


def device_of(value: Tensor) -> str:
    """Where a tensor is, in the backend's words."""
    device = getattr(value, "device", "unknown")
    # Some say "/job:localhost/replica:0/task:0/device:CPU:0".
    return str(device).rpartition("device:")[2]


def peak_megabytes() -> float | None:
    """The most memory that this process ever had, in units of 10**6 bytes.

    Returns:
        None where the system does not tell, as Windows does not.
    """
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _version(module: str) -> str:
    """The version of a module that is imported already."""
    return str(getattr(sys.modules.get(module), "__version__", "unknown"))
