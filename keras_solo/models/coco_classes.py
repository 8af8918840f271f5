"""The classes of COCO and their category ids."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat,
    traffic light, fire hydrant, stop sign, parking meter, bench, bird, cat,
    dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack,
    umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball,
    kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket,
    bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple,
    sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair,
    couch, potted plant, bed, dining table, toilet, tv, laptop, mouse,
    remote, keyboard, cell phone, microwave, oven, toaster, sink,
    refrigerator, book, clock, vase, scissors, teddy bear, hair drier,
    toothbrush"""
COCO_CLASS_NAMES = tuple(" ".join(name.split()) for name in _NAMES.split(","))
# 1 to 90; ten of them were never given to a class.
COCO_CATEGORY_IDS = tuple(
    number
    for number in range(1, 91)
    if number not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
)


def coco_category_ids(names: Sequence[str] | None) -> tuple[int, ...] | None:
    """COCO's id of each name, if they are COCO's, in whatever order."""
    ids = dict(zip(COCO_CLASS_NAMES, COCO_CATEGORY_IDS, strict=True))
    if names is None or set(names) != set(ids) or len(names) != len(ids):
        return None
    return tuple(ids[name] for name in names)
