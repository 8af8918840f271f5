import numpy as np

from keras_solo.evaluation.matches import Matches


def evaluated(scores, matches, ignored, true_ignored):
    return {
        "dtScores": scores,
        "dtMatches": np.array(matches, float),
        "dtIgnore": np.array(ignored, bool),
        "gtIgnore": np.array(true_ignored),
    }


FIRST = evaluated([0.9, 0.4], [[7, 0], [0, 0]], [[0, 1], [0, 1]], [0])
SECOND = evaluated([0.6], [[0], [9]], [[0], [0]], [1, 0])
NOTHING_FOUND = evaluated([], np.zeros((2, 0)), np.zeros((2, 0)), [1])


def test_images_become_one():
    matches = Matches()
    matches.add([[FIRST, None], [None, None]])
    matches.add([[None], [None]])
    matches.add([[SECOND, NOTHING_FOUND], [SECOND, None]])
    both = matches.of_best(100, area=0)
    assert both["dtScores"].tolist() == [0.9, 0.4, 0.6]
    assert both["dtMatches"].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert both["dtIgnore"].tolist() == [[0, 1, 0], [0, 1, 0]]
    assert both["gtIgnore"].tolist() == [0, 1, 0, 1]
    assert both["dtMatches"].dtype == both["dtIgnore"].dtype == bool
    second = matches.of_best(100, area=1)
    assert second["dtScores"].tolist() == [0.6]


def test_the_best_of_each_image():
    matches = Matches()
    matches.add([[FIRST, SECOND]])
    best = matches.of_best(1, area=0)
    assert best["dtScores"].tolist() == [0.9, 0.6]
    assert best["dtMatches"].tolist() == [[1, 0], [0, 1]]
    assert best["gtIgnore"].tolist() == [0, 1, 0]


def test_nothing():
    matches = Matches()
    assert matches.of_best(100, area=0) is None
    matches.add([[None, None], [NOTHING_FOUND, None]])
    assert matches.of_best(100, area=0) is None
    nothing = matches.of_best(100, area=1)
    assert nothing["dtScores"].size == 0
    assert nothing["dtMatches"].shape == (2, 0)
