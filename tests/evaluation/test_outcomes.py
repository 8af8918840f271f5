"""What becomes of objects and results."""

import numpy as np
import pytest

from keras_solo.evaluation.outcomes import IGNORED, KINDS, outcomes
from keras_solo.evaluation.overlaps import Overlaps


def became(overlap, result_classes, object_classes, in_crowd=None):
    """The kinds of objects and results, by name."""
    shape = len(result_classes), len(object_classes)
    overlaps = Overlaps(
        image=0,
        objects=[None] * shape[1],
        object_classes=np.array(object_classes, int),
        results=list(range(shape[0])),
        result_classes=np.array(result_classes, int),
        overlap=np.array(overlap, float).reshape(shape),
        in_crowd=np.zeros(shape[0]) if in_crowd is None else np.array(in_crowd),
    )
    found = outcomes(overlaps, 0.5)
    names = {IGNORED: "ignored"} | dict(enumerate(KINDS))
    return [
        [names[kind] for kind in kinds.tolist()]
        for kinds in (found.object_kinds, found.result_kinds)
    ]


@pytest.mark.parametrize(
    "given, expected",
    [
        (([], [], []), [[], []]),
        (([], [], [0]), [["missed"], []]),
        (([], [0], []), [[], ["background"]]),
        (([0.5], [0], [0]), [["matched"], ["matched"]]),
        (([0.49], [0], [0]), [["missed"], ["background"]]),
        (([0.9], [1], [0]), [["wrong_class"], ["wrong_class"]]),
        # The one of the right class, though it overlaps less.
        (
            ([0.9, 0.6], [1, 0], [0]),
            [["matched"], ["duplicate", "matched"]],
        ),
        (([0.6, 0.9], [0, 0], [0]), [["matched"], ["duplicate", "matched"]]),
    ],
)
def test_tables(given, expected):
    assert became(*given) == expected


def test_in_a_crowd():
    """What matches nothing else is ignored there."""
    overlap = [0.0, 0.0, 0.8, 0.6]
    assert became(overlap, [0] * 4, [0], [0.5, 0.4, 1.0, 1.0]) == [
        ["matched"],
        ["ignored", "background", "matched", "ignored"],
    ]
