"""SOLOv2 in the words of KerasHub: a task, and its preprocessor.

    from keras_solo.adapters.keras_hub import InstanceSegmenter

It needs KerasHub, `pip install "keras-solo[keras-hub]"`, which nothing else in
this package imports.
"""

try:
    import keras_hub as _keras_hub  # noqa: F401
except ImportError as error:
    raise ImportError(
        "keras_solo.adapters.keras_hub needs KerasHub: "
        'pip install "keras-solo[keras-hub]"'
    ) from error

from keras_solo.adapters.keras_hub.instance_segmenter import InstanceSegmenter
from keras_solo.adapters.keras_hub.preprocessor import (
    InstanceSegmenterPreprocessor,
)

__all__ = ["InstanceSegmenter", "InstanceSegmenterPreprocessor"]
