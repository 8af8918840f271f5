import json

import h5py
import numpy as np
import pytest

from keras_solo import SOLOv2
from keras_solo.models.preset_folder import load_weights, overridden, read


def test_there_and_back(tiny_model, tiny_batch, tmp_path):
    tiny_model.fit(*tiny_batch, verbose=0)
    tiny_model.save_to_preset(tmp_path / "preset")
    names = {path.name for path in (tmp_path / "preset").iterdir()}
    assert names == {"config.json", "model.weights.h5", "metadata.json"}
    with h5py.File(tmp_path / "preset" / "model.weights.h5") as file:
        assert "optimizer" not in file
    again = SOLOv2.from_preset(tmp_path / "preset")
    assert again.get_config() == tiny_model.get_config()
    for one, other in zip(
        tiny_model.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    about = json.loads((tmp_path / "preset" / "metadata.json").read_text())
    assert about["parameter_count"] == tiny_model.count_params()


def test_weights_into_a_model_that_was_trained(
    tiny_model, make_model, tiny_batch, tmp_path
):
    tiny_model.save_to_preset(tmp_path)
    other = make_model()
    other.fit(*tiny_batch, verbose=0)
    load_weights(other, tmp_path / "model.weights.h5")
    for one, two in zip(
        tiny_model.get_weights(), other.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_half_precision(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path / "whole")
    tiny_model.save_to_preset(tmp_path / "half", weights_dtype="float16")
    sizes = [
        (tmp_path / folder / "model.weights.h5").stat().st_size
        for folder in ("half", "whole")
    ]
    assert sizes[0] < sizes[1]
    again = SOLOv2.from_preset(tmp_path / "half")
    for one, other in zip(
        tiny_model.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_architecture_and_weights_apart(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    build, load = read(SOLOv2, tmp_path)
    model = build({"dtype": "mixed_bfloat16"})
    assert model.backbone.compute_dtype == model.head.compute_dtype
    assert model.head.compute_dtype == "bfloat16"
    load(model)
    np.testing.assert_array_equal(
        model.get_weights()[0], tiny_model.get_weights()[0]
    )


OLD = {"num_classes": 2, "class_names": ["a", "b"], "category_ids": [7, 9]}


@pytest.mark.parametrize(
    "overrides, names, ids",
    [
        ({}, ["a", "b"], [7, 9]),
        ({"category_ids": [1, 2]}, ["a", "b"], [1, 2]),
        ({"class_names": ("a", "b")}, ("a", "b"), [7, 9]),
        ({"class_names": ["b", "a"]}, ["b", "a"], None),
        ({"class_names": ["b"], "category_ids": [3]}, ["b"], [3]),
        ({"num_classes": 2}, None, None),
    ],
)
def test_other_classes_drop_the_ids(overrides, names, ids):
    merged = overridden(OLD, overrides)
    assert merged["class_names"] == names and merged["category_ids"] == ids


def test_damaged_folders(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    weights = tmp_path / "model.weights.h5"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match="model.weights.h5 is .*damaged"):
        SOLOv2.from_preset(tmp_path)
    for text in ("{", "{}", "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match="config.json is damaged"):
            SOLOv2.from_preset(tmp_path)
