"""More than one small picture: tiles of large images, video, several views.

All of it stands on the stream of images in `models`, and gives `Instances`.
"""

__all__: list[str] = []
