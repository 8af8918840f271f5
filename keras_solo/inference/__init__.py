"""More than one small picture: tiles of large images, video, several views.

All of it stands on the stream of images in `models`, and gives `Instances`.
"""

from keras_solo.inference.segment_tiled import segment_tiled
from keras_solo.inference.tiled_stream import tiled_stream
from keras_solo.inference.tiling import Tiling

__all__ = ["Tiling", "segment_tiled", "tiled_stream"]
