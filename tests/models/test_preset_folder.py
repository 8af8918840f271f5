import json

import h5py
import numpy as np
import pytest

from keras_solo import Intensity, Letterbox, SOLOv2
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
    with pytest.raises(ValueError, match="model.weights.h5: is .*damaged"):
        SOLOv2.from_preset(tmp_path, verify=False)
    for text in ("{", "{}", "[]", "[" * 9**5):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match="config.json is damaged"):
            SOLOv2.from_preset(tmp_path, verify=False)


# === Files that are not what was written ===


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_flipped_bit(tiny_model, tmp_path, name):
    tiny_model.save_to_preset(tmp_path)
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"{name} is not the file that was"):
        SOLOv2.from_preset(tmp_path)


def test_a_config_that_was_edited(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"triangle"', '"pyramid"'))
    with pytest.raises(ValueError, match="verify=False loads it"):
        SOLOv2.from_preset(tmp_path, load_weights=False)
    model = SOLOv2.from_preset(tmp_path, verify=False)
    assert model.class_names == ("circle", "rectangle", "pyramid")
    # Without checksums, as 0.1.0 and KerasHub write: as before.
    metadata = tmp_path / "metadata.json"
    about = json.loads(metadata.read_text())
    assert set(about.pop("sha256")) == {"config.json", "model.weights.h5"}
    metadata.write_text(json.dumps(about))
    assert SOLOv2.from_preset(tmp_path).class_names == model.class_names
    metadata.unlink()
    assert SOLOv2.from_preset(tmp_path).class_names == model.class_names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pyramid_filters": 10**7}, "config.json: pyramid_filters: expected"),
        ({"pyramid_filters": 9000}, "config.json: pyramid_filters: .* up to"),
        ({"pyramid_filters": "x"}, "config.json: no model can be built of it"),
        ({"class_names": None}, "config.json: no model can be built of it"),
        ({"head": 7}, "config.json: no model can be built of it"),
        ({"odd": 7}, "config.json: no model can be built of it"),
        ({"backbone": {}}, "config.json: no model can be built of it"),
        ({"pyramid_filters": 4}, "model.weights.h5: is missing, damaged, or"),
    ],
    ids=str,
)
def test_every_error_names_its_file(tiny_model, tmp_path, change, message):
    tiny_model.save_to_preset(tmp_path)
    path = tmp_path / "config.json"
    content = json.loads(path.read_text())
    content["config"] |= change
    if change == {"class_names": None}:
        content["config"]["num_classes"] = None
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        SOLOv2.from_preset(tmp_path, verify=False)


def test_errors_of_what_a_user_gives_are_his(tiny_model, tmp_path):
    tiny_model.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match="^Expected head to be one of"):
        SOLOv2.from_preset(tmp_path, head="thin", load_weights=False)


def test_the_intensity_is_a_part_of_a_preset(make_model, tmp_path):
    intensity = Intensity("percentiles", (2, 98.5), per_channel=True)
    letterbox = Letterbox((64, 64), intensity=intensity)
    make_model(preprocessor=letterbox).save_to_preset(tmp_path / "ours")
    assert SOLOv2.from_preset(tmp_path / "ours").preprocessor == letterbox
    make_model().save_to_preset(tmp_path / "plain")
    config = json.loads((tmp_path / "plain" / "config.json").read_text())
    assert "intensity" not in config["config"]["preprocessor"]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"percentiles": [99, 1]}, {"percentiles": [1, 1e9]}, {"a": 1}),
        *({"percentiles": "19"}, {"scaling": ["type"]}, {"per_channel": 2}),
        *(7, "percentiles", None, [["scaling", "type"]]),
    ],
)
def test_a_wrong_intensity_names_its_file(tiny_model, tmp_path, wrong):
    tiny_model.save_to_preset(tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config["config"]["preprocessor"]["intensity"] = wrong
    path.write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"config\.json"):
        SOLOv2.from_preset(tmp_path, verify=False)
