"""Presets on hubs, there and back."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from types import ModuleType

from keras_solo._printable import printable
from keras_solo.models.download import DownloadError
from keras_solo.models.model_card import model_card
from keras_solo.models.preset_folder import CONFIG, FILES, METADATA, WEIGHTS
from keras_solo.models.preset_pointer import followed
from keras_solo.models.preset_sums import check_sum, read_sums

CARD = "README.md"


def upload_preset(
    uri: str,
    preset: str | os.PathLike[str],
    license: str | None = None,
) -> None:
    """Puts a preset folder on a hub, from which `from_preset` loads it.

    The files of the preset are uploaded and nothing else that is in the
    folder, so `runs/first` of a `RunFolder` will do. A `README.md` in the
    folder becomes the model card; without one a card is written that says how
    to load the model and what its classes are.

    Args:
        uri: `"hf://user/model"`, which is made if it does not exist, in
            public (make it by yourself to have it private); or
            `"kaggle://owner/model/keras/variation"`.
        preset: A folder that `save_to_preset` wrote.
        license: Of the weights, in the hub's words: `"apache-2.0"` on Hugging
            Face, `"Apache 2.0"` on Kaggle. By default none is named.

    Raises:
        ValueError: If `uri` is of no hub, or the folder is no preset, or its
            files are not those that were written.
        ImportError: If the package of the hub is missing; it says which.
        OSError: If the hub does not take it.

    Example:

    ```python
    model.save_to_preset("my_segmenter")
    keras_solo.models.upload_preset("hf://me/my_segmenter", "my_segmenter")
    ```
    """
    kind, handle = _split(uri)
    folder = followed(preset)
    _check_preset(folder)
    hub = _hub(kind)
    with tempfile.TemporaryDirectory() as place:
        _collect(uri, folder, pathlib.Path(place), license)
        with _asking(uri, "uploaded", OSError):
            UPLOADS[kind](hub, handle, place, license)


def is_on_a_hub(preset: str) -> bool:
    """Whether the name of a preset is that of one on a hub.

    Args:
        preset: What `from_preset` was given.
    """
    return preset.startswith(tuple(DOWNLOADS))


def download_preset(uri: str) -> str:
    """Downloads a preset, where it is not there yet.

    Args:
        uri: As that of `upload_preset`.

    Returns:
        The folder in the hub's cache.

    Raises:
        ImportError: If the package of the hub is missing; it says which.
        DownloadError: If the hub does not give it.
    """
    kind, handle = _split(uri)
    hub = _hub(kind)
    with _asking(uri, "downloaded", DownloadError):
        return DOWNLOADS[kind](hub, handle)


@contextlib.contextmanager
def _asking(uri: str, what: str, error_kind: type[OSError]) -> Iterator[None]:
    """Each hub has errors of its own, of many kinds: here they are one."""
    try:
        yield
    except Exception as error:
        line = str(error).strip().partition("\n")[0].rstrip(".")
        why = f"{type(error).__name__}: {line}" if line else repr(error)
        raise error_kind(
            f"{printable(uri)} could not be {what}: {printable(why, 400)}. "
            "Look at its name, at the network, and, for what is not public, at "
            "whether the package of the hub knows your account."
        ) from error


def _split(uri: str) -> tuple[str, str]:
    for kind in UPLOADS:
        if uri.startswith(kind) and len(uri) > len(kind):
            return kind, uri[len(kind) :]
    raise ValueError(
        "Expected uri to be 'hf://user/model' or "
        f"'kaggle://owner/model/keras/variation'. Received: {uri!r}"
    )


def _check_preset(folder: pathlib.Path) -> None:
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ValueError(
            f"Expected a folder that save_to_preset wrote, with {CONFIG}, "
            f"{METADATA} and {WEIGHTS}. {missing} missing in: {str(folder)!r}"
        )
    sums = read_sums(folder / METADATA)
    for name in (CONFIG, WEIGHTS):
        check_sum(folder / name, sums)


def _collect(
    uri: str, folder: pathlib.Path, place: pathlib.Path, license: str | None
) -> None:
    """Copies what is to be uploaded, and the card."""
    for name in FILES:
        shutil.copyfile(folder / name, place / name)
    if (folder / CARD).is_file():
        shutil.copyfile(folder / CARD, place / CARD)
        return
    config, metadata = (
        json.loads((folder / name).read_text("utf-8"))
        for name in (CONFIG, METADATA)
    )
    card = model_card(uri, config["config"], metadata, license)
    (place / CARD).write_text(card, "utf-8")


def _to_hugging_face(
    hub: ModuleType, handle: str, folder: str, license: str | None
) -> None:
    hub.create_repo(handle, exist_ok=True)
    hub.upload_folder(repo_id=handle, folder_path=folder)


def _to_kaggle(
    hub: ModuleType, handle: str, folder: str, license: str | None
) -> None:
    hub.model_upload(handle, folder, license_name=license)


def _from_hugging_face(hub: ModuleType, handle: str) -> str:
    return hub.snapshot_download(handle)


def _from_kaggle(hub: ModuleType, handle: str) -> str:
    return hub.model_download(handle)


# Packages, and the extras that bring them.
PACKAGES = {
    "hf://": ("huggingface_hub", "hugging-face"),
    "kaggle://": ("kagglehub", "kaggle"),
}
DOWNLOADS: dict[str, Callable[[ModuleType, str], str]] = {
    "hf://": _from_hugging_face,
    "kaggle://": _from_kaggle,
}
UPLOADS: dict[str, Callable[[ModuleType, str, str, str | None], None]] = {
    "hf://": _to_hugging_face,
    "kaggle://": _to_kaggle,
}


def _hub(kind: str) -> ModuleType:
    module, extra = PACKAGES[kind]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"Presets of this kind need {module}: "
            f'pip install "keras-solo[{extra}]"'
        ) from error
