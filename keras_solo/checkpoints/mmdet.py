"""SOLOv2 checkpoints of MMDetection, there and back.

Only names, shapes and arrays pass through here; the models are built
elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from keras_solo.checkpoints.mmdet_architecture import architecture
from keras_solo.checkpoints.mmdet_config import ForeignWeightsError
from keras_solo.checkpoints.mmdet_names import (
    Arrays,
    reference_name,
    tensor_of,
)
from keras_solo.checkpoints.torch_file import read_torch_file
from keras_solo.checkpoints.torch_writer import write_torch_file


def read_mmdet(
    path: str | os.PathLike[str],
) -> tuple[Arrays, dict[str, object]]:
    """Reads a SOLOv2 checkpoint of MMDetection 2 or 3.

    Args:
        path: A `.pth` file.

    Returns:
        The tensors by name, and the arguments of the `SOLOv2` that they are
        for, see `architecture`.

    Raises:
        TorchFileError: If the file is broken.
        ForeignWeightsError: If it is no SOLOv2 that this package can build.
    """
    checkpoint = read_torch_file(path)
    tensors = state_dict(checkpoint, path)
    try:
        return tensors, architecture(tensors, _metadata(checkpoint))
    except ForeignWeightsError as error:
        raise ForeignWeightsError(f"{path}: {error}") from error


def state_dict(
    checkpoint: object, path: str | os.PathLike[str]
) -> dict[str, np.ndarray]:
    """The tensors of what `torch.save` wrote, without counters."""
    tensors = checkpoint
    if isinstance(checkpoint, dict) and "state_dict" in checkpoint:
        tensors = checkpoint["state_dict"]
    if not isinstance(tensors, dict) or not any(
        isinstance(value, np.ndarray) for value in tensors.values()
    ):
        raise ForeignWeightsError(
            f"{path} has no state_dict: expected a dict of tensors, or one "
            'with the key "state_dict".'
        )
    return {
        # DistributedDataParallel's prefix says nothing about the model.
        str(name).removeprefix("module."): value
        for name, value in tensors.items()
        if isinstance(value, np.ndarray)
        and not str(name).endswith("num_batches_tracked")
    }


def _metadata(checkpoint: object) -> dict[str, object]:
    meta = checkpoint.get("meta") if isinstance(checkpoint, dict) else None
    return meta if isinstance(meta, dict) else {}


# === The way back ===


def write_mmdet(
    path: str | os.PathLike[str],
    arrays: Arrays,
    config: str,
    class_names: Sequence[str] | None = None,
) -> None:
    """Writes a SOLOv2 checkpoint for MMDetection 2 and 3.

    Args:
        path: A `.pth` file.
        arrays: The values of a `SOLOv2`, by the paths of its variables.
        config: A text of MMDetection's, see `mmdet_config.config_text`.
        class_names: Names of the classes.

    Raises:
        ForeignWeightsError: If a path has no name in MMDetection.
    """
    tensors: dict[str, np.ndarray] = {}
    for ours, value in arrays.items():
        name = reference_name(ours)
        tensors[name] = tensor_of(value)
        if name.endswith("running_var"):
            counter = name.replace("running_var", "num_batches_tracked")
            tensors[counter] = np.zeros((), "int64")
    meta: dict[str, object] = {"cfg": config}
    if class_names:
        names = tuple(class_names)
        # In the words of MMDetection 2 and of 3.
        meta |= {"CLASSES": names, "dataset_meta": {"classes": names}}
    write_torch_file(path, {"meta": meta, "state_dict": tensors})
