"""Draws Matrix NMS at work, as an animation for the start page.

    python examples/make_nms_animation.py [docs/images]

The masks of all cells that see a nucleus in a real image, as outlines as
opaque as their scores, while Matrix NMS lowers these; then what remains.
"""

import pathlib
import sys

import keras_solo  # isort: skip (before keras: it chooses a backend)
import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_solo.data import sample_images
from keras_solo.layers import matrix_nms
from keras_solo.visualization import instance_colors

DOCS = pathlib.Path(__file__).parents[1] / "docs"
FONTS = pathlib.Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SCALE = 3  # canvas pixels for each of the image, as the preset learned it
CROP = (slice(40, 168), slice(60, 220))
SHOWN = 0.3
STILL, FRAMES, MILLISECONDS = 1200, 24, 70
BAR = 44


def main(folder=DOCS / "images"):
    canvas, masks, before, after = candidates()
    times = np.linspace(0, 1, FRAMES) ** 0.5
    frames = [
        frame(canvas, masks, before + (after - before) * t) for t in times
    ]
    frames.append(frame(canvas, masks, after, filled=True))
    durations = [STILL, *[MILLISECONDS] * (FRAMES - 2), STILL, 3 * STILL]
    folder = pathlib.Path(folder)
    first, *others = frames
    first.save(
        folder / "matrix_nms.webp",
        save_all=True,
        append_images=others,
        duration=durations,
        loop=3,
        quality=70,
        method=6,
    )
    # For readers who asked for less motion.
    frames[-1].save(folder / "matrix_nms_still.webp", quality=80, method=6)


def candidates():
    """The canvas, each cell's mask on it, and scores before and after NMS."""
    model = keras_solo.SOLOv2.from_preset("solov2_lite0_nuclei")
    # A hard NMS that no overlap exceeds leaves every mask as it is.
    model.decoder = {
        **model.decoder.get_config(),
        "nms": "hard",
        "nms_iou_threshold": 1.0,
    }
    crop = sample_images()[1][0].load_image()[CROP]
    large = cv2.resize(crop, None, fx=SCALE, fy=SCALE)
    model.preprocessor = keras_solo.Letterbox(large.shape[:2])
    found = model.segment(large)
    masks = np.asarray(found.masks, np.float32)
    after = np.asarray(matrix_nms(masks, found.labels, found.scores))
    return large, masks > 0.5, found.scores, after


def frame(canvas, masks, scores, filled=False):
    """Outlines as opaque as scores, the best one on top; a line of text."""
    picture = 255 * (canvas / np.float32(255)) ** 0.7
    colors = instance_colors(np.arange(len(masks)))
    for i in np.argsort(scores):
        shape = masks[i].astype(np.uint8)
        painted = shape > 0 if filled and scores[i] > SHOWN else outline(shape)
        opacity = 0.6 if filled and scores[i] > SHOWN else scores[i] ** 1.5
        if not filled or scores[i] > SHOWN:
            mixed = opacity * np.float32(colors[i])
            picture[painted] = picture[painted] * (1 - opacity) + mixed
    return captioned(np.rint(picture).astype(np.uint8), scores, filled)


def outline(shape):
    edge = np.zeros_like(shape)
    lines, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(edge, lines, -1, 1, 2) > 0


def captioned(picture, scores, filled):
    many = int((scores > SHOWN).sum())
    words = "Matrix NMS" if not filled else "what remains"
    height, width = picture.shape[:2]
    sheet = Image.new("RGB", (width, height + BAR), (24, 26, 36))
    sheet.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(sheet)
    for text, x, anchor in (
        (words, 14, "lm"),
        (f"{many} masks with a score above {SHOWN}", width - 14, "rm"),
    ):
        font = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), 17)
        place = (x, height + BAR // 2)
        draw.text(place, text, (235, 237, 245), font, anchor=anchor)
    return sheet


if __name__ == "__main__":
    main(*sys.argv[1:])
