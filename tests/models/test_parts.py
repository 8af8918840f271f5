import keras
import pytest

from keras_solo import Letterbox, Levels
from keras_solo.layers import (
    InstanceDecoder,
    MaskFeatureHead,
    SOLOv2Head,
    SOLOv2TargetEncoder,
)
from keras_solo.models.head_sizes import HEAD_SIZES
from keras_solo.models.parts import (
    as_decoder,
    as_head,
    as_layer,
    as_mask_head,
    as_place,
    as_target_encoder,
    feature_pyramid,
    part_config,
)

LEVELS = Levels.for_canvas((64, 64), (8, 4), ("P3", "P4"))
SMALL = {"filters": 8, "num_convs": 1, "kernel_filters": 4, "groups": 4}
POLICY = keras.dtype_policies.get("float32")


@keras.saving.register_keras_serializable(package="tests")
class OwnHead(SOLOv2Head):
    """A head with an argument of its own."""

    def __init__(self, *args, extra=1, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = extra

    def get_config(self):
        return {**super().get_config(), "extra": self.extra}


@keras.saving.register_keras_serializable(package="tests")
class OwnMaskHead(MaskFeatureHead):
    """A mask head of another class."""


@keras.saving.register_keras_serializable(package="tests")
class OwnDecoder(InstanceDecoder):
    """A decoder of another class."""


@keras.saving.register_keras_serializable(package="tests")
class OwnEncoder(SOLOv2TargetEncoder):
    """An encoder of another class."""


def head(value=SMALL, num_classes=3, levels=LEVELS):
    return as_head(value, num_classes, levels, POLICY)


def fitting_head(cls=SOLOv2Head, **kwargs):
    return cls.for_levels(3, LEVELS, **{**SMALL, **kwargs})


def test_nothing_means_the_defaults():
    assert as_decoder(None, LEVELS).score_threshold == 0.1
    assert as_target_encoder(None, LEVELS).collision == "both"
    mask_head = as_mask_head(None, head(), ["P2", "P3", "P4", "P5"], POLICY)
    assert mask_head.filters == 128 and mask_head.output_filters == 4
    assert mask_head.groups == 4 and mask_head.name == "mask_feature_head"


@pytest.mark.parametrize("name", HEAD_SIZES)
def test_heads_by_name(name):
    found = head(name)
    for argument, value in HEAD_SIZES[name].items():
        assert getattr(found, argument) == value


def test_layers_stay_what_they_are():
    layer = fitting_head()
    assert head(layer) is layer
    decoder = InstanceDecoder(LEVELS)
    assert as_decoder(decoder, LEVELS) is decoder and decoder.built


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        {**SMALL, "num_classes": 3},
        {**SMALL, "num_classes": None, "grid_sizes": None},
        fitting_head().get_config(),
        keras.saving.serialize_keras_object(fitting_head()),
    ],
    ids=["some", "more", "none", "get_config", "serialized"],
)
def test_configs(config):
    found = head(config)
    assert type(found) is SOLOv2Head
    assert found.filters == 8 and found.kernel_filters == 4
    assert found.num_classes == 3 and found.grid_sizes == (8, 4)
    assert found.level_names == ("P3", "P4")


@pytest.mark.parametrize("part", [InstanceDecoder, SOLOv2TargetEncoder])
def test_levels_none_means_the_models(part):
    make = {InstanceDecoder: as_decoder, SOLOv2TargetEncoder: as_target_encoder}
    for value in (part(), part().get_config(), {"levels": None}):
        assert make[part](value, LEVELS).levels == LEVELS
    with pytest.raises(ValueError, match=f"{part.__name__} that fits.*levels"):
        make[part](part(Levels()), LEVELS)


@pytest.mark.parametrize(
    "value, words",
    [
        (fitting_head(num_convs=1).for_levels(5, LEVELS, **SMALL), "classes=3"),
        ({**SMALL, "num_classes": 5}, "num_classes=3.*num_classes=5"),
        (SOLOv2Head.for_levels(3, Levels(), **SMALL), r"grid_sizes=\(8, 4\)"),
        ({**SMALL, "level_names": ("P2", "P3")}, "level_names="),
        ("heavy", "light"),
        (InstanceDecoder(), "Expected a SOLOv2Head"),
        (3, "Expected a SOLOv2Head"),
        ({"class_name": "SOLOv2Head", "config": 3}, "config of a SOLOv2Head"),
    ],
)
def test_heads_that_do_not_fit(value, words):
    with pytest.raises(ValueError, match=words):
        head(value)


def test_mask_heads_that_do_not_fit():
    maps = ["P2", "P3", "P4", "P5"]
    with pytest.raises(ValueError, match="output_filters=4"):
        as_mask_head(MaskFeatureHead(8, 5, groups=1), head(), maps, POLICY)


def test_none_of_a_config_is_the_model_s():
    config = part_config(fitting_head(OwnHead, extra=7), SMALL, POLICY)
    assert config["config"]["filters"] is None
    assert config["config"]["dtype"] is None
    assert config["config"]["extra"] == 7
    again = as_layer(SOLOv2Head, config, SMALL, {"dtype": POLICY})
    assert isinstance(again, OwnHead) and again.extra == 7
    assert again.filters == 8 and not again.built


def test_letterboxes_and_levels():
    assert as_place(Letterbox, None) is None
    letterbox = Letterbox((64, 96))
    assert as_place(Letterbox, letterbox) is letterbox
    assert as_place(Letterbox, letterbox.get_config()) == letterbox
    assert as_place(Levels, LEVELS.get_config()) == LEVELS
    with pytest.raises(ValueError, match="Expected a Letterbox"):
        as_place(Letterbox, (64, 96))


def test_the_pyramid_is_as_high_as_the_levels():
    maps = ["P2", "P3", "P4", "P5"]
    assert feature_pyramid(8, maps, LEVELS, POLICY).num_extra_levels == 0
    assert feature_pyramid(8, maps, Levels(), POLICY).num_extra_levels == 1


# === In a model ===


def test_all_four_come_back_whole(make_model, tmp_path):
    model = make_model(
        head=fitting_head(OwnHead, extra=5),
        mask_head=OwnMaskHead(8, 4, groups=2, name="another"),
        decoder=OwnDecoder(score_threshold=0.3),
        target_encoder=OwnEncoder(collision="smallest", max_pairs=7),
    )
    model.save(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    for again in (
        type(model).from_config(model.get_config()),
        keras.saving.load_model(tmp_path / "model.keras"),
        type(model).from_preset(tmp_path / "preset"),
    ):
        assert isinstance(again.head, OwnHead) and again.head.extra == 5
        assert isinstance(again.mask_head, OwnMaskHead)
        assert again.mask_head.groups == 2
        assert isinstance(again.decoder, OwnDecoder)
        assert again.decoder.score_threshold == 0.3
        assert isinstance(again.target_encoder, OwnEncoder)
        assert again.target_encoder.max_pairs == 7
        assert again.decoder.levels == again.target_encoder.levels == LEVELS
        assert again.get_config() == model.get_config()
    several = type(model).from_preset(tmp_path / "preset", num_classes=5)
    assert several.head.num_classes == 5 and several.head.extra == 5


def test_a_decoder_may_be_set_as_a_config(make_model):
    model = make_model()
    model.decoder = {"score_threshold": 0.4}
    assert model.decoder.score_threshold == 0.4 and model.decoder.built
    model.decoder = InstanceDecoder(score_threshold=0.5).get_config()
    assert model.decoder.score_threshold == 0.5
