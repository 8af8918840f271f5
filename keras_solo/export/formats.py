"""The formats that are written, and what each of them needs."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import pathlib

WEIGHTS_DTYPES = ("float32", "float16", "int8")


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of other runtimes.

    Args:
        name: As users say it.
        suffix: Of its file; empty for a folder.
        runtime: The module that runs it.
        writers: What writes it, beside TensorFlow.
        weights_dtypes: In which dtypes it holds weights.
    """

    name: str
    suffix: str
    runtime: str
    writers: tuple[str, ...] = ()
    weights_dtypes: tuple[str, ...] = WEIGHTS_DTYPES


FORMATS = {
    one.name: one
    for one in (
        Format("onnx", ".onnx", "onnxruntime", ("onnx", "tf2onnx")),
        Format("saved_model", "", "tensorflow", (), ("float32",)),
        Format("litert", ".tflite", "ai_edge_litert"),
        Format("openvino", ".xml", "openvino", (), ("float32", "float16")),
    )
}


def format_of(path: str | os.PathLike[str], name: str | None = None) -> Format:
    """The format of a file to be written.

    Args:
        path: The file, or the folder of a SavedModel.
        name: Of a format. By default it follows from the path's suffix.

    Raises:
        ValueError: If there is no such format, or the suffix is another's.

    Example:

    >>> format_of("model.onnx").name, format_of("folder").name
    ('onnx', 'saved_model')
    """
    suffix = pathlib.Path(path).suffix.lower()
    of_suffix = {one.suffix: one for one in FORMATS.values()}
    if name is None:
        name = of_suffix.get(suffix, FORMATS["saved_model"]).name
    if name not in FORMATS:
        raise ValueError(
            f"Expected format to be one of {', '.join(FORMATS)}. "
            f"Received: format={name!r:.80}"
        )
    if suffix != FORMATS[name].suffix and (
        FORMATS[name].suffix or suffix in of_suffix
    ):
        ends = FORMATS[name].suffix or "no suffix, since it is a folder"
        raise ValueError(
            f"Expected a path with {ends} for the format {name}. "
            f"Received: {str(path)!r}"
        )
    return FORMATS[name]


def missing_modules(format: Format, to_write: bool = True) -> list[str]:
    """What would have to be installed.

    Args:
        format: The format.
        to_write: Whether to write and run it, or to run it alone.
    """
    modules = [format.runtime]
    if to_write:
        modules += ["tensorflow", *format.writers]
    every = sorted(set(modules))
    return [name for name in every if not importlib.util.find_spec(name)]


def check_installed(format: Format, to_write: bool = True) -> None:
    """Raises an `ImportError` with the line that installs what is missing.

    Args:
        format: The format.
        to_write: As in `missing_modules`.
    """
    if missing := missing_modules(format, to_write):
        extra = format.name.replace("saved_model", "tensorflow")
        raise ImportError(
            f"The format {format.name} needs {' and '.join(missing)}: "
            f'pip install "keras-solo[{extra}]".'
        )
