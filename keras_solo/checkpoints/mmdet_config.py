"""What MMDetection's config says about a SOLOv2 that its weights do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_solo.checkpoints.config_text import find, read_config
from keras_solo.geometry.levels import (
    LIGHT_448_RANGES,
    LIGHT_512_RANGES,
    REFERENCE_GRID_SIZES,
    REFERENCE_RANGES,
    Levels,
)
from keras_solo.geometry.size import Size

IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)
STRIDES = (8, 8, 16, 32, 32)
# By (light, deformable): scale ranges, and the (short, long) side in tests, of
# the published configs, for files that don't say.
PUBLISHED: dict[
    tuple[bool, bool], tuple[tuple[tuple[float, float], ...], tuple[int, int]]
] = {
    (False, False): (REFERENCE_RANGES, (800, 1333)),
    (False, True): (REFERENCE_RANGES, (800, 1333)),
    (True, False): (LIGHT_448_RANGES, (448, 768)),
    (True, True): (LIGHT_512_RANGES, (512, 852)),
}
# In MMDetection's words and in ours.
TEST_ARGUMENTS = {
    "score_thr": "score_threshold",
    "mask_thr": "mask_threshold",
    "filter_thr": "update_threshold",
    "nms_pre": "nms_candidates",
    "max_per_img": "max_detections",
    "kernel": "nms_kernel",
    "sigma": "nms_sigma",
}
# What a config calls that which is not MMDetection's.
OURS = "keras_solo"


class ForeignWeightsError(ValueError):
    """Weights that do not fit."""


class Said:
    """A checkpoint's metadata, read for what a `SOLOv2` needs to know.

    Where it says nothing, or nothing that makes sense, the published configs
    hold.

    Args:
        meta: The checkpoint's `"meta"`, with `"cfg"` or `"config"`, the text
            of a config, and names of classes.
    """

    def __init__(self, meta: Mapping[str, object]) -> None:
        self.meta = meta
        self.config: dict[str, object] = read_config(
            meta.get("cfg") or meta.get("config")
        )
        model = self.config.get("model")
        self.model: dict[Any, Any] = model if isinstance(model, dict) else {}

    def check_pixels(self) -> None:
        """Raises if the model was trained on pixels scaled in another way."""
        for said in (
            self.model.get("data_preprocessor"),
            self.config.get("data_preprocessor"),
            self.config.get("img_norm_cfg"),
        ):
            mean, std = (_numbers(_child(said, key)) for key in ("mean", "std"))
            flags = [_child(said, key) for key in ("to_rgb", "bgr_to_rgb")]
            if (
                mean not in (None, IMAGENET_MEAN)
                or std not in (None, IMAGENET_STD)
                or any(flag is False for flag in flags)
            ):
                raise ForeignWeightsError(
                    "expected a model of RGB pixels with mean "
                    f"{IMAGENET_MEAN} and std {IMAGENET_STD}. Received: mean "
                    f"{mean}, std {std}, {'BGR' if False in flags else 'RGB'}"
                )

    def groups(self) -> tuple[int, int]:
        """Groups of the normalisation in the head, and in the mask head."""
        head = self.model.get("mask_head")
        return _groups(head), _groups(_child(head, "mask_feature_head"))

    def freezing(self) -> dict[str, object]:
        """What of the backbone does not learn, as arguments of `ResNet`."""
        backbone = self.model.get("backbone")
        if _child(backbone, "style") == "caffe":
            raise ForeignWeightsError(
                'its backbone is of style "caffe", with strides in the 1 x 1 '
                'convolutions; only "pytorch" is supported'
            )
        frozen = _child(backbone, "frozen_stages")
        if type(frozen) is not int:
            # MMDetection's own default freezes nothing.
            frozen = 0 if isinstance(backbone, dict) else 1
        return {
            # Its 0 freezes the stem alone; here that goes with stage 1.
            "frozen_stages": max(frozen, 0),
            "norm_frozen": _child(backbone, "norm_eval") is not False,
        }

    def places(self, light: bool, deformable: bool) -> dict[str, object]:
        """The arguments `preprocessor` and `levels`.

        Args:
            light: Whether the head is the light one.
            deformable: Whether it has deformable convolutions.
        """
        ranges, image_size = PUBLISHED[light, deformable]
        fixed = _integers(_child(self.config.get(OURS), "fixed_canvas"))
        if fixed and len(fixed) == 2 and min(fixed) >= 1:
            preprocessor = {"image_size": fixed, "canvas": "fixed"}
        else:
            preprocessor = {
                "image_size": self._image_size() or image_size,
                "canvas": "fit",
            }
        return {"preprocessor": preprocessor, "levels": self._levels(ranges)}

    def _levels(self, ranges: Any) -> dict[str, Any]:
        head = self.model.get("mask_head")
        grids = _numbers(_child(head, "num_grids")) or REFERENCE_GRID_SIZES
        strides = _numbers(_child(head, "strides")) or STRIDES
        if strides != STRIDES or len(grids) != len(STRIDES):
            raise ForeignWeightsError(
                f"expected levels of strides {STRIDES}. Received: "
                f"strides={strides}, num_grids={grids}"
            )
        said = _child(head, "scale_ranges")
        if isinstance(said, list | tuple) and len(said) == len(STRIDES):
            pairs = tuple(_numbers(pair) for pair in said)
            ranges = pairs if None not in pairs else ranges
        return {"grid_sizes": grids, "ranges": ranges}

    def _image_size(self) -> Size | None:
        """(short, long) side of the resized image in tests."""
        places = (
            self.config.get("test_pipeline"),
            self.config.get("test_dataloader"),
            _child(self.config.get("data"), "test"),
        )
        for place in places:
            for key in ("img_scale", "scale"):
                for scale in map(_numbers, find(place, key)):
                    if scale and len(scale) == 2 and min(scale) >= 1:
                        return int(min(scale)), int(max(scale))
        return None

    def decoder(self) -> dict[str, object]:
        """The argument `decoder`, of `test_cfg`."""
        config = self.model.get("test_cfg")
        said = {
            ours: _child(config, theirs)
            for theirs, ours in TEST_ARGUMENTS.items()
        }
        arguments = {
            name: value
            for name, value in said.items()
            if type(value) in (int, float, str)
        }
        if arguments.get("nms_candidates", 0) > 500:
            arguments["max_candidates"] = arguments["nms_candidates"]
        return arguments

    def class_names(self, num_classes: int) -> tuple[str, ...] | None:
        """Names of the classes, if there is one for each."""
        dataset = self.meta.get("dataset_meta")
        candidates = (
            self.meta.get("CLASSES"),
            _child(dataset, "classes"),
            _child(dataset, "CLASSES"),
            *find(self.config, "classes"),
        )
        for names in candidates:
            if isinstance(names, list | tuple) and len(names) == num_classes:
                if all(isinstance(name, str) for name in names):
                    if len(set(names)) == num_classes:
                        return tuple(names)
        return None

    def category_ids(self, num_classes: int) -> tuple[int, ...] | None:
        """The dataset's id of each label, if `config_text` wrote them."""
        ids = _integers(_child(self.config.get(OURS), "category_ids")) or ()
        return ids if len(ids) == len(set(ids)) == num_classes else None


def _child(config: Any, key: str) -> Any:
    return config.get(key) if isinstance(config, dict) else None


def _numbers(value: Any) -> tuple[Any, ...] | None:
    """A tuple, if it is a list or tuple of numbers."""
    if isinstance(value, list | tuple) and all(
        type(item) in (int, float) for item in value
    ):
        return tuple(value)
    return None


def _integers(value: Any) -> tuple[int, ...] | None:
    """A tuple, if it is a list or tuple of whole numbers."""
    found = _numbers(value) or ()
    return found if found and {type(one) for one in found} == {int} else None


def _groups(config: Any) -> int:
    groups = _child(_child(config, "norm_cfg"), "num_groups")
    return groups if isinstance(groups, int) and groups > 0 else 32


# === The way back ===


def config_text(
    num_classes: int,
    levels: Levels,
    image_size: Size,
    norms: tuple[int, int],
    freezing: Mapping[str, object],
    decoder: Mapping[str, object],
    ours: Mapping[str, object] | None = None,
) -> str:
    """What the weights do not say, as a config text of MMDetection.

    Args:
        num_classes: C.
        levels: Of the model.
        image_size: Sides of the resized image in tests, in any order.
        norms: Groups of the normalisation in the head and the mask head.
        freezing: `frozen_stages` and `norm_frozen` of the `ResNet`.
        decoder: The arguments of the `InstanceDecoder`.
        ours: What MMDetection has no word for, and passes over: the
            `"fixed_canvas"` of the model, (height, width) in pixels, and
            `"category_ids"`.
    """
    short, long = sorted(image_size)
    head_norm, mask_norm = ({"type": "GN", "num_groups": n} for n in norms)
    config = {
        "type": "SOLOv2",
        "backbone": {
            "style": "pytorch",
            "frozen_stages": freezing["frozen_stages"] or -1,
            "norm_eval": freezing["norm_frozen"],
        },
        "mask_head": {
            "num_classes": num_classes,
            "num_grids": list(levels.grid_sizes),
            "scale_ranges": levels.ranges,
            "strides": list(STRIDES),
            "norm_cfg": head_norm,
            "mask_feature_head": {"norm_cfg": mask_norm},
        },
        "test_cfg": {
            theirs: decoder[ours] for theirs, ours in TEST_ARGUMENTS.items()
        },
    }
    # An open end of a range, in a text that has no infinity.
    text = repr(config).replace("inf", "1e9")
    pipeline = [{"type": "Resize", "scale": (long, short), "keep_ratio": True}]
    more = f"{OURS} = {dict(ours)!r}\n" if ours else ""
    return f"model = {text}\ntest_pipeline = {pipeline!r}\n{more}"
