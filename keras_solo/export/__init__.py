"""Files for other runtimes: one graph from images to instances."""

from keras_solo.export.agreement import WrongFile
from keras_solo.export.export import export
from keras_solo.export.runtimes import open_exported

__all__ = ["WrongFile", "export", "open_exported"]
