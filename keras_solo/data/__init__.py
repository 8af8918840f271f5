"""The outside world: files and annotations to batches, results to people.

1. `images` reads image files (`jpeg` what a JPEG says without its pixels).
   `windows` are parts of large ones, from a `pixel_source`, or the whole as a
   `reduced_image`; `image_source` says what may be passed as an image.
   `masks` turns `polygons` and `run_lengths` into masks, and back.
   `records` are images with their objects, what every format in `formats`
   becomes; `check` says which images are damaged, `check_dataset` what else
   will not work (from `image_looks`, `image_hash`, `object_table`), as
   `findings` in a `dataset_report`.
2. `augment` varies where an image goes on its canvas; `canvas_masks` draws
   objects there (`affine_masks` where it is turned) and shrinks them to the
   mask grid; `copy_paste` and `mosaic` compose several images, of whose
   `placed_objects` a part is in sight; `samples` makes one record the arrays
   that a network trains on.
3. `batches` stacks them for `fit`, in an order of its own (`epochs`,
   `batch_order`, `aspect_groups`), made ahead in parallel (`prefetch`) by
   `batch_maker`; `skipping` puts others in the places of damaged images, and
   `skipped_images` names these.
4. `dataset` stands on all of these; `shapes`, and `coco_dataset` and
   `open_dataset` on `file_dataset`, are datasets, and `sample_images` are two
   small ones; `write_dataset` makes files of one.
5. `instances` is what comes back from a model, its masks kept as
   `compact_masks`; `interchange` has its way to other tools and back; a
   `overview` shows them on a large image made smaller; a
   `result_writer` writes those of many images, and of videos, in
   `result_files` of each kind.
6. `video` reads the frames of a video file (`quiet_video` keeps OpenCV from
   writing on the terminal meanwhile), `video_writer` writes one with what is
   in `video_encoders`.
"""

from keras_solo.data.augment import Augmentation
from keras_solo.data.batches import Batches
from keras_solo.data.check import image_errors
from keras_solo.data.check_dataset import check_dataset
from keras_solo.data.coco_dataset import CocoDataset
from keras_solo.data.compact_masks import CompactMasks
from keras_solo.data.dataset import InstanceDataset
from keras_solo.data.dataset_report import DatasetReport
from keras_solo.data.findings import Finding
from keras_solo.data.formats.checks import AnnotationError
from keras_solo.data.images import ImageError, load_image
from keras_solo.data.instances import Instances
from keras_solo.data.levels_report import LevelsReport
from keras_solo.data.open_dataset import FolderDataset, open_dataset
from keras_solo.data.overview import overview
from keras_solo.data.records import ObjectAnnotation, Record
from keras_solo.data.result_writer import ResultWriter
from keras_solo.data.sample_images import sample_images
from keras_solo.data.shapes import ShapesDataset
from keras_solo.data.suggested_settings import SuggestedSettings
from keras_solo.data.video import Frame, Video, VideoError, open_video
from keras_solo.data.video_writer import VideoWriter
from keras_solo.data.windows import Windows, open_windows
from keras_solo.data.write_dataset import write_dataset

__all__ = [
    "AnnotationError",
    "Augmentation",
    "Batches",
    "CocoDataset",
    "CompactMasks",
    "DatasetReport",
    "Finding",
    "FolderDataset",
    "Frame",
    "ImageError",
    "InstanceDataset",
    "Instances",
    "LevelsReport",
    "ObjectAnnotation",
    "Record",
    "ResultWriter",
    "ShapesDataset",
    "SuggestedSettings",
    "Video",
    "VideoError",
    "VideoWriter",
    "Windows",
    "check_dataset",
    "image_errors",
    "load_image",
    "open_dataset",
    "open_video",
    "open_windows",
    "overview",
    "sample_images",
    "write_dataset",
]
