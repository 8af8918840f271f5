"""More than one small picture: tiles of large images, video, several views.

All of it stands on the stream of images in `models`, and gives `Instances`.
"""

from keras_solo.inference.segment_tiled import segment_tiled
from keras_solo.inference.segment_tta import segment_tta
from keras_solo.inference.tiled_stream import tiled_stream
from keras_solo.inference.tiling import Tiling
from keras_solo.inference.tracks import Tracker, track
from keras_solo.inference.tta import TTA
from keras_solo.inference.tta_stream import tta_stream
from keras_solo.inference.video import VideoFrame, segment_video

__all__ = [
    "TTA",
    "Tiling",
    "Tracker",
    "VideoFrame",
    "segment_tiled",
    "segment_tta",
    "segment_video",
    "tiled_stream",
    "track",
    "tta_stream",
]
