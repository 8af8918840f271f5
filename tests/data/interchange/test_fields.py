"""What formats become: arguments of Instances, or an error with a name."""

import pytest

from keras_solo.data.formats.checks import AnnotationError, WrongEntry
from keras_solo.data.instances import Instances
from keras_solo.data.interchange.fields import naming, object_fields
from keras_solo.data.records import ObjectAnnotation


def test_no_objects():
    none = Instances(**object_fields([], (2, 3)))
    assert len(none) == 0 and none.original_size == (2, 3)


def test_polygons_and_run_lengths():
    rle = {"size": [2, 3], "counts": [0, 1, 0, 1, 4]}
    objects = [
        ObjectAnnotation(1, (0, 0, 1, 2), [[0, 0, 1, 0, 1, 2, 0, 2]], 2),
        ObjectAnnotation(4, (0, 0, 1, 2), rle, 2),
    ]
    both = Instances(**object_fields(objects, (2, 3)))
    assert both.labels.tolist() == [1, 4]
    assert both.masks.tolist() == [[[True, False, False]] * 2] * 2
    assert both.compact_masks.runs[1].tolist() == [0, 2, 4]


def test_the_name_of_what_is_wrong():
    with pytest.raises(AnnotationError, match=r"^Line 3: it is odd\.$"):
        with naming("Line 3"):
            raise WrongEntry("it is odd")
