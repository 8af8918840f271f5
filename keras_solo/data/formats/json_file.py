"""JSON files that others made."""

from __future__ import annotations

import json
import os

from keras_solo.data.formats.checks import AnnotationError


def read_json(path: str | os.PathLike[str]) -> object:
    """The content of a JSON file.

    Args:
        path: The file.

    Raises:
        AnnotationError: If it is missing, no JSON, or nested too deeply.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AnnotationError(f"{path}: cannot be read: {reason}.") from error
    except RecursionError as error:
        raise AnnotationError(f"{path}: nested too deeply.") from error
    except ValueError as error:
        raise AnnotationError(f"{path}: not valid JSON: {error}.") from error
