import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from keras_solo.geometry import Levels
from keras_solo.layers import SOLOv2TargetEncoder, encode_targets
from tests.layer_harness import check_layer

# One level of 4 x 4 cells of 16 px on a 64 px canvas, and a coarse one.
LEVELS = Levels((4, 2), ((0, 32), (24, np.inf)), ("P3", "P4"))


def encode(masks, labels, levels=LEVELS, boxes=None, centers=None, **kwargs):
    targets = {
        "masks": np.asarray(masks)[None],
        "labels": np.asarray(labels, "int32")[None],
    }
    if boxes is not None:
        targets["boxes"] = np.asarray(boxes, "float32")[None]
        targets["centers"] = np.asarray(centers, "float32")[None]
    encoded = encode_targets(targets, levels, **kwargs)
    return {k: ops.convert_to_numpy(v)[0] for k, v in encoded.items()}


def pairs(encoded):
    return sorted(
        (int(cell), int(instance))
        for cell, instance in zip(
            encoded["pair_cells"], encoded["pair_instances"], strict=True
        )
        if cell >= 0
    )


def blank(count):
    return np.zeros((count, 16, 16), "uint8")


def test_no_objects():
    encoded = encode(blank(3), [-1, -1, -1])
    assert (encoded["labels"] == -1).all()
    assert not pairs(encoded)


def test_one_small_object():
    # Centre (24, 40): cell row 2, column 1 of the fine grid; the middle fifth
    # of a 10 px box stays inside.
    encoded = encode(
        blank(1), [7], boxes=[[19, 35, 29, 45]], centers=[[24, 40]]
    )
    assert np.flatnonzero(encoded["labels"] >= 0).tolist() == [2 * 4 + 1]
    assert encoded["labels"][9] == 7
    assert pairs(encoded) == [(9, 0)]


def test_overlapping_ranges_give_both_levels():
    encoded = encode(blank(1), [1], boxes=[[9, 25, 37, 53]], centers=[[23, 39]])
    # 28 px: fine cell (2, 1), coarse cell (1, 0); the middle fifth spans
    # 20.2 .. 25.8 and 36.2 .. 41.8, within one cell.
    assert pairs(encoded) == [(9, 0), (16 + 2, 0)]


def test_neighbours_within_the_middle_of_the_box():
    # The middle fifth of 30 px around (16, 16) touches four fine cells.
    levels = Levels((4,), ((0, np.inf),), ("P3",))
    encoded = encode(
        blank(1), [0], levels, boxes=[[1, 1, 31, 31]], centers=[[16, 16]]
    )
    assert pairs(encoded) == [(0, 0), (1, 0), (4, 0), (5, 0)]


def test_at_most_one_step_away():
    levels = Levels((16,), ((0, np.inf),), ("P3",), center_sigma=1.0)
    encoded = encode(
        blank(1), [0], levels, boxes=[[0, 0, 64, 64]], centers=[[34, 34]]
    )
    assert len(pairs(encoded)) == 9


COLLISION = {
    "boxes": [[19, 35, 29, 45], [20, 36, 28, 44]],
    "centers": [[24, 40], [24, 40]],
}


def test_collision_both():
    encoded = encode(blank(2), [3, 4], **COLLISION)
    assert encoded["labels"][9] == 4  # the later one
    assert pairs(encoded) == [(9, 0), (9, 1)]


@pytest.mark.parametrize("swap, winner", [(False, 1), (True, 0)])
def test_collision_smallest(swap, winner):
    boxes = COLLISION["boxes"][:: -1 if swap else 1]
    encoded = encode(
        blank(2),
        [3, 4],
        boxes=boxes,
        centers=COLLISION["centers"],
        collision="smallest",
    )
    assert encoded["labels"][9] == [3, 4][winner]
    assert pairs(encoded) == [(9, winner)]


def test_masks_alone_give_boxes_and_centers():
    masks = blank(3)
    masks[0, 8:11, 4:8] = 1  # x: 16 .. 32, y: 32 .. 44
    encoded = encode(masks, [5, 6, -1])
    # The second object has vanished and is ignored.
    assert set(encoded["labels"].tolist()) == {-1, 5}
    # Centre 4 * 5.5 + 1.5 = 23.5, 4 * 9 + 1.5 = 37.5: row 2, column 1.
    assert pairs(encoded) == [(9, 0)]


def test_object_that_vanished_on_the_mask_grid_stays_positive():
    encoded = encode(
        blank(1), [2], boxes=[[24, 40, 25, 41]], centers=[[24, 40]]
    )
    assert pairs(encoded) == [(9, 0)]


def test_one_pixel_object_in_the_last_corner():
    encoded = encode(
        blank(1), [2], boxes=[[63, 63, 64, 64]], centers=[[63, 63]]
    )
    assert pairs(encoded) == [(15, 0)]


def test_an_object_in_every_cell():
    centers = [(8 + 16 * (i % 4), 8 + 16 * (i // 4)) for i in range(16)]
    boxes = [(x - 4, y - 4, x + 4, y + 4) for x, y in centers]
    labels = np.arange(16) % 5
    encoded = encode(blank(16), labels, boxes=boxes, centers=centers)
    np.testing.assert_array_equal(encoded["labels"][:16], labels)
    assert pairs(encoded) == [(i, i) for i in range(16)]


def test_a_portrait_canvas_is_a_landscape_one_turned():
    """The grids are square and span the canvas either way."""
    masks = np.zeros((1, 16, 32), "uint8")
    masks[0, 2:6, 17:24] = 1
    box, center = [[68, 8, 96, 24]], [[81.5, 15.5]]
    swap = [1, 0, 3, 2]
    lying = encode(masks, [5], boxes=box, centers=center)
    upright = encode(
        masks.transpose(0, 2, 1),
        [5],
        boxes=np.array(box)[:, swap],
        centers=np.array(center)[:, ::-1],
    )
    # Cells of 16 x 32 px: column 2, rows 0 and 1.
    assert np.flatnonzero(lying["labels"][:16] == 5).tolist() == [2, 6]
    for first, count in ((0, 4), (16, 2)):
        grid = lying["labels"][first : first + count**2]
        turned = upright["labels"][first : first + count**2]
        np.testing.assert_array_equal(
            turned.reshape(count, count), grid.reshape(count, count).T
        )
    assert len(pairs(upright)) == len(pairs(lying)) > 0


def test_capacity():
    whole = encode(blank(2), [3, 4], **COLLISION)
    assert len(whole["pair_cells"]) == 2 * LEVELS.max_cells_per_object
    assert whole["dropped_pairs"] == 0
    bounded = encode(blank(2), [3, 4], **COLLISION, max_pairs=1)
    assert pairs(bounded) == [(9, 0)]
    assert bounded["dropped_pairs"] == 1


def test_what_an_object_needs_at_most_always_fits():
    """Random objects on the reference's levels: 27 pairs each suffice."""
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 700, (40, 2))
    side = np.exp(rng.uniform(0, 7, (40, 2)))
    boxes = np.concatenate([low, low + side], axis=1)
    encoded = encode(
        np.zeros((40, 200, 272), "uint8"),
        np.zeros(40),
        Levels(),
        boxes=boxes,
        centers=(boxes[:, :2] + boxes[:, 2:]) / 2,
    )
    assert len(encoded["pair_cells"]) == 27 * 40
    assert encoded["dropped_pairs"] == 0


def test_compiled_equals_eager():
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 50, (2, 6, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 60, (2, 6, 2))], -1)
    targets = {
        "masks": np.zeros((2, 6, 16, 16), "uint8"),
        "labels": rng.integers(-1, 4, (2, 6)).astype("int32"),
        "boxes": boxes.astype("float32"),
        "centers": ((boxes[..., :2] + boxes[..., 2:]) / 2).astype("float32"),
    }
    inputs = {
        name: keras.Input(value.shape[1:], dtype=value.dtype.name, name=name)
        for name, value in targets.items()
    }
    encoder = SOLOv2TargetEncoder(LEVELS)
    model = keras.Model(inputs, encoder(inputs))
    compiled = model.predict(targets, verbose=0)
    for name, value in encoder(targets).items():
        np.testing.assert_array_equal(
            compiled[name], ops.convert_to_numpy(value)
        )


def test_errors():
    with pytest.raises(ValueError, match="collision"):
        SOLOv2TargetEncoder(collision="first")
    with pytest.raises(ValueError, match="centers"):
        encode_targets(
            {
                "masks": np.zeros((1, 1, 4, 4)),
                "labels": np.zeros((1, 1)),
                "boxes": np.zeros((1, 1, 4)),
            },
            LEVELS,
        )


def test_as_a_layer(tmp_path):
    masks = blank(4).reshape(2, 2, 16, 16)
    masks[0, 0, 8:11, 4:8] = 1
    masks[1, :, 2:14, 3:9] = 1
    targets = {
        "masks": masks,
        "labels": np.array([[5, -1], [0, 1]], "int32"),
    }
    check_layer(
        SOLOv2TargetEncoder,
        {"levels": LEVELS, "collision": "smallest", "max_pairs": 9},
        targets,
        folder=tmp_path,
        precise=True,
    )


def test_levels_of_a_model():
    """Without levels of its own: the reference's, until a model sets them."""
    targets = {"masks": blank(1)[None], "labels": np.array([[0]])}
    encoder = SOLOv2TargetEncoder()
    assert encoder.levels is None
    assert encoder.get_config()["levels"] is None
    assert encoder(targets)["labels"].shape == (1, 3872)
    encoder.levels = LEVELS
    assert encoder(targets)["labels"].shape == (1, 20)
    assert encoder.get_config()["levels"] == LEVELS.get_config()


def test_a_finer_mask_grid_has_the_same_cells():
    """With boxes and centres of the annotations, and with approximated ones."""
    masks = np.zeros((1, 2, 16, 16), "uint8")
    masks[0, 0, 2:8, 3:9] = masks[0, 1, 6:14, 5:15] = 1
    labels = np.int32([[1, 0]])
    usual = Levels.for_canvas((64, 64), (8, 4), ("P3", "P4"))
    finer = dataclasses.replace(usual, mask_stride=2)
    one = encode_targets({"masks": masks, "labels": labels}, usual)
    double = masks.repeat(2, axis=2).repeat(2, axis=3)
    other = encode_targets({"masks": double, "labels": labels}, finer)
    for name in ("labels", "owners", "pair_cells", "pair_instances"):
        np.testing.assert_array_equal(
            np.array(one[name]), np.array(other[name])
        )
