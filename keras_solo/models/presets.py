"""A table of names: what a preset is built like, where its weights are."""

import dataclasses
import pathlib

from keras_solo.geometry.levels import (
    LIGHT_448_RANGES,
    LIGHT_512_RANGES,
    REFERENCE_GRID_SIZES,
    REFERENCE_RANGES,
)

COCO_CLASS_NAMES = tuple(
    """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat,
    traffic light, fire hydrant, stop sign, parking meter, bench, bird, cat,
    dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack,
    umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball,
    kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket,
    bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple,
    sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair,
    couch, potted plant, bed, dining table, toilet, tv, laptop, mouse,
    remote, keyboard, cell phone, microwave, oven, toaster, sink,
    refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
    toothbrush""".replace("\n", " ").split(",")
)
COCO_CLASS_NAMES = tuple(" ".join(name.split()) for name in COCO_CLASS_NAMES)

RESNEXT = {"groups": 64, "group_width": 4}


def _architecture(
    depth,
    head="full",
    image_size=(800, 1333),
    ranges=REFERENCE_RANGES,
    deformable=None,
    **backbone,
):
    """The constructor's arguments, the backbone as those of `ResNet`."""
    if deformable:
        backbone["deformable_stages"] = (2, 3, 4)
    return {
        "backbone": {
            "depth": depth,
            "norm_frozen": True,
            "frozen_stages": 1,
            **backbone,
        },
        "class_names": COCO_CLASS_NAMES,
        "preprocessor": {"image_size": image_size, "canvas": "fit"},
        "levels": {"grid_sizes": REFERENCE_GRID_SIZES, "ranges": ranges},
        "head": _head(head, deformable),
        "mask_head": {"deformable": deformable == "all"},
    }


def _head(head, deformable):
    full = {"filters": 512, "num_convs": 4, "kernel_filters": 256}
    light = {"filters": 256, "num_convs": 2, "kernel_filters": 128}
    arguments = dict(full if head == "full" else light)
    if deformable == "last":
        arguments["num_convs"] = 3
    return {**arguments, "deformable": deformable}


_LIGHT = {
    "head": "light",
    "image_size": (448, 768),
    "ranges": LIGHT_448_RANGES,
}
_LIGHT_DCN = {
    "head": "light",
    "image_size": (512, 852),
    "ranges": LIGHT_512_RANGES,
    "deformable": "last",
}

# Small enough to learn in minutes on a CPU.
_TINY_SHAPES = {
    "backbone": {
        "block": "basic",
        "num_blocks": (1, 1, 1, 1),
        "filters": (16, 32, 64, 128),
        "stem_filters": 16,
    },
    "class_names": ("circle", "rectangle", "triangle"),
    "preprocessor": {"image_size": (128, 128)},
    "levels": {
        "grid_sizes": (16, 8),
        "ranges": ((0, 36), (24, float("inf"))),
        "names": ("P3", "P4"),
    },
    "head": {
        "filters": 48,
        "num_convs": 2,
        "kernel_filters": 32,
        "groups": 8,
        "prior_probability": 0.05,
    },
    "pyramid_filters": 48,
    "mask_head": {"filters": 48},
}

# The names of the first nine are those of MMDetection's SOLOv2 configs.
ARCHITECTURES = {
    "solov2_r50_fpn_1x_coco": _architecture(50),
    "solov2_r50_fpn_3x_coco": _architecture(50),
    "solov2_r101_fpn_3x_coco": _architecture(101),
    "solov2_r101_dcn_fpn_3x_coco": _architecture(101, deformable="all"),
    "solov2_x101_dcn_fpn_3x_coco": _architecture(
        101, deformable="all", **RESNEXT
    ),
    "solov2_light_r18_fpn_3x_coco": _architecture(18, **_LIGHT),
    "solov2_light_r34_fpn_3x_coco": _architecture(34, **_LIGHT),
    "solov2_light_r50_fpn_3x_coco": _architecture(50, **_LIGHT),
    "solov2_light_r50_dcn_fpn_3x_coco": _architecture(50, **_LIGHT_DCN),
    "solov2_tiny_shapes": _TINY_SHAPES,
}

# === Where their weights are ===

OPENMMLAB = "https://download.openmmlab.com/mmdetection/v2.0/solov2"


@dataclasses.dataclass(frozen=True)
class Published:
    """Weights that somebody published.

    Args:
        address: URL of the file. Before its suffix, its name has the first
            digits of its sha256.
        licence: SPDX name.
        mask_ap: On COCO val2017, as published.
    """

    address: str
    licence: str
    mask_ap: float | None = None

    @property
    def sha256(self):
        """The first digits of the file's hash."""
        return pathlib.PurePosixPath(self.address).stem.rpartition("-")[2]


def _mmdetection(folder, stamp, mask_ap):
    address = f"{OPENMMLAB}/{folder}/{folder}_{stamp}.pth"
    return Published(address, "Apache-2.0", mask_ap)


def _torchvision(file):
    address = f"https://download.pytorch.org/models/{file}.pth"
    return Published(address, "BSD-3-Clause")


# The ninth of MMDetection's configs has no published weights.
PUBLISHED = {
    name: _mmdetection(name, stamp, mask_ap)
    for name, stamp, mask_ap in (
        ("solov2_r50_fpn_1x_coco", "20220512_125858-a357fa23", 34.8),
        ("solov2_r50_fpn_3x_coco", "20220512_125856-fed092d4", 37.5),
        ("solov2_r101_fpn_3x_coco", "20220511_095119-c559a076", 39.1),
        ("solov2_r101_dcn_fpn_3x_coco", "20220513_214734-16c966cb", 41.2),
        ("solov2_x101_dcn_fpn_3x_coco", "20220513_214337-aef41095", 42.4),
        ("solov2_light_r18_fpn_3x_coco", "20220511_083717-75fa355b", 29.7),
        ("solov2_light_r34_fpn_3x_coco", "20220511_091839-e51659d3", 31.9),
        ("solov2_light_r50_fpn_3x_coco", "20220512_165256-c93a6074", 33.7),
    )
}
# Backbones alone: torchvision's ImageNet weights, by name and depth.
BACKBONES = {
    "resnet18_imagenet": (18, _torchvision("resnet18-f37072fd")),
    "resnet34_imagenet": (34, _torchvision("resnet34-b627a593")),
    "resnet50_imagenet": (50, _torchvision("resnet50-0676ba61")),
    "resnet101_imagenet": (101, _torchvision("resnet101-63fe2227")),
}

# Weights that come with the package.
PACKAGED = pathlib.Path(__file__).parent / "packaged"


def packaged_weights(name):
    """The weights file that comes with the package, or None."""
    path = PACKAGED / f"{name}.weights.h5"
    return path if path.is_file() else None


class Names:
    """`SOLOv2.presets`: a dict of each preset's name and description."""

    def __get__(self, instance, owner):
        return {name: describe(name) for name in ARCHITECTURES}


def describe(name):
    """One line about a preset."""
    architecture = ARCHITECTURES[name]
    height, width = architecture["preprocessor"]["image_size"]
    classes = architecture["class_names"]
    kind = "COCO classes" if classes is COCO_CLASS_NAMES else "kinds of shapes"
    published = PUBLISHED.get(name)
    if published:
        weights = f"mask AP {published.mask_ap}, {published.licence}"
    elif packaged_weights(name):
        weights = "weights in the package"
    else:
        weights = "an architecture without weights"
    return f"{len(classes)} {kind}, {height} x {width} pixels, {weights}"
