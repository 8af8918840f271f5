"""Instances in the formats of other people, there and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Self

import numpy.typing as npt

from keras_solo.data.formats.coco_entries import CocoResult, write_result
from keras_solo.data.instance_arrays import checked_ids, each_track
from keras_solo.data.instance_sequence import InstanceSequence
from keras_solo.data.interchange.coco import coco_fields
from keras_solo.data.interchange.labelme import labelme_content, labelme_fields
from keras_solo.data.interchange.own_json import json_fields, to_json
from keras_solo.data.interchange.supervision import (
    detection_fields,
    to_detections,
)
from keras_solo.data.interchange.table import to_table
from keras_solo.data.interchange.yolo import yolo_fields, yolo_text
from keras_solo.geometry.size import Size

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]
    import supervision


@dataclasses.dataclass(frozen=True, eq=False, repr=False, init=False)
class InstanceFormats(InstanceSequence):
    """What `Instances` become, and what becomes `Instances`."""

    def to_coco(
        self,
        image_id: int | str,
        category_ids: Iterable[int] | None = None,
    ) -> list[CocoResult]:
        """COCO results, ready for `json.dump` and for pycocotools.

        Args:
            image_id: The image's id in the annotation file.
            category_ids: The category id of each label. By default the
                `category_ids` of these instances.

        Returns:
            A list of dicts with `image_id`, `category_id`, `segmentation`
            (compressed RLE), `bbox` (x, y, width, height) and `score`; and
            `track_id`, as TAO has it, where one is known.

        Raises:
            ValueError: If there are no category ids.

        Example:

        >>> from keras_solo.data import Instances
        >>> masks = [[[1, 1, 1], [1, 1, 1]]]
        >>> instances = Instances(masks, labels=[0], category_ids=[17])
        >>> instances.to_coco(image_id=1)[0]["segmentation"]
        {'size': [2, 3], 'counts': '06'}
        """
        ids = self.category_ids
        if category_ids is not None:
            ids = checked_ids(category_ids, self.labels)
        if ids is None:
            raise ValueError(
                "Expected the category id of each label: pass category_ids=, "
                "such as a dataset's, or give them to the model, "
                "SOLOv2(..., category_ids=). Received: instances without ids"
            )
        return [
            write_result(image_id, ids[label], rle, box, score, track)
            for label, rle, box, score, track in zip(
                self.labels,
                self.compact_masks.to_rle(),
                self.boxes.tolist(),
                self.scores.tolist(),
                each_track(self.track_ids, len(self)),
                strict=True,
            )
        ]

    @classmethod
    def from_coco(
        cls,
        entries: Iterable[Mapping[str, object]],
        original_size: Size,
        category_ids: Iterable[int] | None = None,
        class_names: Iterable[str] | None = None,
        image: npt.ArrayLike | None = None,
        crowds: bool = False,
    ) -> Self:
        """Instances out of COCO results or annotations of one image.

        What `to_coco` wrote comes back as it was.

        Args:
            entries: Dicts with `category_id`, `segmentation` (run lengths or
                polygons), and `bbox`, `score` where they are known: the tight
                box and 1 by default.
            original_size: (height, width) of the image in pixels.
            category_ids: The category id of each label. By default those in
                the entries, in their order.
            class_names: Names of all classes, or None.
            image: The image that `plot` draws on, or None.
            crowds: Whether to keep annotations with `iscrowd`.

        Raises:
            AnnotationError: If an entry is wrong, which the message names, or
                if they are of several images.

        Example:

        >>> from keras_solo.data import Instances
        >>> half = [[0, 0, 3, 0, 3, 4, 0, 4]]
        >>> entry = {"category_id": 7, "segmentation": half}
        >>> found = Instances.from_coco([entry], (4, 6))
        >>> found.category_ids, found.areas.tolist()
        ((7,), [12])
        """
        size = original_size[0], original_size[1]
        fields, ids = coco_fields(entries, size, category_ids, crowds)
        return cls(
            **fields, class_names=class_names, category_ids=ids, image=image
        )

    def to_yolo(self, scores: bool = False) -> str:
        """The text file of YOLO segmentation for this image.

        A line is the label and one outline in parts of width and height.
        Parts and holes are joined by bridges without width, so that masks
        come back as they are. Lost are boxes and names, scores unless asked
        for, and instances without a pixel, which have no line.

        Args:
            scores: Whether a line ends with the score, as predictions that
                Ultralytics saves with `save_conf` do. Labels to train on have
                none.
        """
        return yolo_text(
            self.compact_masks,
            self.labels.tolist(),
            self.scores.tolist() if scores else None,
        )

    @classmethod
    def from_yolo(
        cls,
        text: str,
        original_size: Size,
        class_names: Iterable[str] | None = None,
        scores: bool = False,
        category_ids: Iterable[int] | None = None,
        image: npt.ArrayLike | None = None,
    ) -> Self:
        """Instances out of a text file of YOLO segmentation.

        Args:
            text: What stands in the file.
            original_size: (height, width) of the image in pixels.
            class_names: Names of all classes; without them any label is right.
            scores: Whether each line ends with a score; they are 1 otherwise.
            category_ids: The category id of each label, or None.
            image: The image that `plot` draws on, or None.

        Raises:
            AnnotationError: If a line is wrong, which the message names.

        Example:

        >>> from keras_solo.data import Instances
        >>> text = "1 0 0 0.5 0 0.5 1 0 1"
        >>> Instances.from_yolo(text, (2, 4)).boxes.tolist()
        [[0.0, 0.0, 2.0, 2.0]]
        """
        names = None if class_names is None else tuple(class_names)
        size = original_size[0], original_size[1]
        classes = None if names is None else len(names)
        return cls(
            **yolo_fields(text, size, classes, scores),
            class_names=names,
            category_ids=category_ids,
            image=image,
        )

    def to_labelme(self, image_path: str = "") -> dict[str, object]:
        """The file of LabelMe for this image, ready for `json.dump`.

        Polygons; an instance with holes is a shape of the kind "mask". A
        shape has its `score`, which X-AnyLabeling reads and LabelMe does not.
        A track's number is its `group_id`, which `from_labelme` takes for no
        more than what belongs together. Lost are boxes, instances without a
        pixel, and those of the names that LabelMe ignores, `__ignore__` and
        `_background_`.

        Args:
            image_path: The file of the image, from where the JSON file is.
        """
        return labelme_content(
            self.compact_masks,
            self.names,
            self.scores.tolist(),
            image_path,
            each_track(self.track_ids, len(self)),
        )

    @classmethod
    def from_labelme(
        cls,
        content: Mapping[str, object],
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        image: npt.ArrayLike | None = None,
    ) -> Self:
        """Instances out of a file of LabelMe, as `json.load` reads it.

        Args:
            content: What stands in the file.
            class_names: Names of all classes, label by label. By default
                those in the file, in the order of the alphabet.
            category_ids: The category id of each label, or None.
            image: The image that `plot` draws on, or None. The one that the
                file names is not read.

        Raises:
            AnnotationError: If something is wrong, which the message names.
        """
        names = None if class_names is None else tuple(class_names)
        fields, found = labelme_fields(content, names)
        return cls(
            **fields,
            class_names=found,
            category_ids=category_ids,
            image=image,
        )

    def to_supervision(self) -> supervision.Detections:
        """A `supervision.Detections` with masks, names and confidences.

        Its `tracker_id` is the track of each, where tracks are known.

        Raises:
            ImportError: If the package `supervision` is not installed.
        """
        return to_detections(
            self.compact_masks,
            self.labels,
            self.scores,
            self.boxes,
            self.names,
            self.track_ids,
        )

    @classmethod
    def from_supervision(
        cls,
        detections: supervision.Detections,
        class_names: Iterable[str] | None = None,
        category_ids: Iterable[int] | None = None,
        original_size: Size | None = None,
        image: npt.ArrayLike | None = None,
    ) -> Self:
        """Instances out of `supervision.Detections` that have masks.

        Args:
            detections: Of one image.
            class_names: Names of all classes. By default those that the
                detections have, the number for a class that has none.
            category_ids: The category id of each label, or None.
            original_size: (height, width) in pixels. Needed only for no
                detections, which do not tell it.
            image: The image that `plot` draws on, or None.

        Raises:
            ValueError: If detections have no masks.
        """
        names = None if class_names is None else tuple(class_names)
        fields, found = detection_fields(detections, names, original_size)
        return cls(
            **fields,
            class_names=found,
            category_ids=category_ids,
            image=image,
        )

    def to_pandas(self) -> pandas.DataFrame:
        """A table with a row for each instance, without its mask.

        Returns:
            A `pandas.DataFrame` with the columns `name`, `label`, `score`,
            `area`, `x1`, `y1`, `x2`, `y2` (the box) and `center_x`,
            `center_y`, in pixels; and `track_id` where tracks are known.

        Raises:
            ImportError: If the package `pandas` is not installed.
        """
        return to_table(
            self.names,
            self.labels,
            self.scores,
            self.areas,
            self.boxes,
            self.centers,
            self.track_ids,
        )

    def to_json(self) -> str:
        """All of it but the image as JSON, from which `from_json` makes it.

        Masks, scores and boxes come back bit for bit.

        Raises:
            ValueError: If scores or boxes are NaN or infinite, which JSON
                does not have.
        """
        return to_json(
            self.compact_masks,
            self.labels,
            self.scores,
            self.boxes,
            self.class_names,
            self.category_ids,
            self.track_ids,
        )

    @classmethod
    def from_json(
        cls, text: str | bytes, image: npt.ArrayLike | None = None
    ) -> Self:
        """What `to_json` wrote.

        Args:
            text: JSON.
            image: The image that `plot` draws on, or None.

        Raises:
            ValueError: If it is something else, or damaged.

        Example:

        >>> from keras_solo.data import Instances
        >>> instances = Instances([[[0, 1, 1]]], labels=[0])
        >>> Instances.from_json(instances.to_json())
        Instances(1: 0 1.00; image 1 x 3)
        """
        return cls(**json_fields(text), image=image)
