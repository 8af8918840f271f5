"""More than one small picture: tiles of large images, video, several views.

All of it stands on the stream of images in `models`, and gives `Instances`.
"""

from keras_solo.inference.tracks import Tracker, track
from keras_solo.inference.video import VideoFrame, segment_video

__all__ = ["Tracker", "VideoFrame", "segment_video", "track"]
