"""Draws the pictures of the documentation, from data of the package.

    python examples/make_docs_pictures.py [docs/images]

Two are those that the tutorial's own code writes, so this takes a minute.
"""

import contextlib
import pathlib
import runpy
import sys
import tempfile

import cv2
import numpy as np

import keras_solo
from keras_solo import Intensity
from keras_solo.data import VideoWriter, sample_images
from keras_solo.geometry.tiles import tiles
from keras_solo.inference import segment_tiled, segment_video
from keras_solo.training import plot_targets
from keras_solo.visualization import Picture

DOCS = pathlib.Path(__file__).parents[1] / "docs"
TUTORIAL = pathlib.Path(__file__).parent / "tutorials" / "first.py"
WIDTH = 1200


def main(folder=DOCS / "images"):
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    save(plot_targets(shapes(13), model, index=0), folder / "targets.jpg")
    save(draw_nuclei(), folder / "nuclei.jpg")
    save(draw_intensities(), folder / "intensities.png")
    save(draw_tiles(model), folder / "tiles.jpg")
    save(draw_tracks(model), folder / "video_tracks.jpg")
    draw_tutorial(folder)


def shapes(seed):
    return keras_solo.data.ShapesDataset(num_images=1, seed=seed)


def draw_nuclei(scale=2):
    """Real images that nothing was trained on, with what is found in them."""
    model = keras_solo.SOLOv2.from_preset("solov2_lite0_nuclei")
    images = [record.load_image() for record in sample_images()[1]]
    gap = np.full((scale * 256, 12, 3), 255, np.uint8)
    row = []
    for image in images:
        found = segment_tiled(
            model, image, scale=3.0, whole=False, min_score=0.3
        )
        row += [gap, np.asarray(found.plot(scale=scale, show_labels=False))]
    return Picture(np.concatenate(row[1:], axis=1))


def draw_tiles(model, size=(224, 320), scale=2):
    """Six tiles, brighter where they overlap, and what comes of them."""
    image = keras_solo.data.ShapesDataset(1, size, 3, 9, 13, seed=13)[0].image
    plan = cv2.resize(image, None, fx=scale, fy=scale) // 3 * 2
    times = np.zeros(plan.shape[:2], np.uint8)
    frames = [
        np.multiply(tile.window, scale)
        for tile in tiles(size, model.preprocessor.image_size, 0.25)
    ]
    for x1, y1, x2, y2 in frames:
        times[y1:y2, x1:x2] += 1
    plan[times > 1] += 40
    plan[times > 2] += 40
    for number, (x1, y1, x2, y2) in enumerate(frames):
        inset = 2 + 4 * (number % 2)
        color = ((255, 255, 255), (255, 220, 0))[number % 2]
        corners = (x1 + inset, y1 + inset), (x2 - inset, y2 - inset)
        cv2.rectangle(plan, *map(_integers, corners), color, 2)
    found = segment_tiled(model, image, overlap=0.25, min_score=0.4)
    gap = np.full((plan.shape[0], 12, 3), 255, np.uint8)
    drawn = np.asarray(found.plot(scale=scale))
    return Picture(np.concatenate([plan, gap, drawn], axis=1))


def _integers(point):
    return tuple(map(int, point))


def draw_intensities(size=240, cells=40):
    """Cells of 12 bits in 16, by type and by percentiles."""
    rng = np.random.default_rng(0)
    pixels = np.full((size, size), 200.0)
    for x, y, radius in rng.uniform((0, 0, 6), (size, size, 16), (cells, 3)):
        cell = np.zeros_like(pixels)
        axes = int(radius), int(radius * rng.uniform(0.6, 1))
        center, angle = (int(x), int(y)), rng.uniform(0, 180)
        cv2.ellipse(cell, center, axes, angle, 0, 360, 1.0, -1)
        pixels += cv2.GaussianBlur(cell, (0, 0), 2) * rng.uniform(600, 1800)
    pixels = rng.poisson(pixels).clip(0, 4095).astype(np.uint16)
    gap = np.full((size, 12, 3), 255, np.uint8)
    by_type = cv2.cvtColor(Intensity().to_uint8(pixels), cv2.COLOR_GRAY2RGB)
    by_percentiles = Intensity("percentiles").to_rgb(pixels)
    return Picture(np.concatenate([by_type, gap, by_percentiles], axis=1))


def draw_tracks(model, chosen=(2, 10, 13, 20)):
    """Frames of a video of shapes that pass one another, with their tracks."""
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "clip.mp4"
        with VideoWriter(path, fps=25) as writer:
            for number in range(max(chosen) + 1):
                writer.write(passing_shapes(number))
        frames = list(segment_video(model, path, min_score=0.4, track=True))
    gap = np.full((384, 12, 3), 255, np.uint8)
    row = []
    for number in chosen:
        row += [gap, np.asarray(frames[number].instances.plot(scale=3))]
    return Picture(np.concatenate(row[1:], axis=1))


def passing_shapes(number, size=128):
    """A frame in which a circle passes before a square, and two more."""
    frame = np.full((size, size, 3), (70, 115, 80), np.uint8)
    frame = frame + np.linspace(0, 30, size)[:, None, None]
    left, right = 20 + 4.5 * number, 108 - 4.5 * number
    for x, y, color in ((left, 34, (80, 90, 220)), (right, 94, (60, 170, 220))):
        corners = np.array([[x - 15, y - 15], [x + 15, y + 15]]).round()
        first, last = corners.astype(int).tolist()
        cv2.rectangle(frame, first, last, color, -1, cv2.LINE_AA)
    for x, y, color in (
        (right, 34, (235, 120, 40)),
        (left, 94, (225, 60, 120)),
    ):
        cv2.circle(frame, (round(x), y), 19, color, -1, cv2.LINE_AA)
    noise = np.random.default_rng(number).normal(0, 4, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)


def draw_tutorial(folder):
    """Runs the tutorial and takes its pictures."""
    with tempfile.TemporaryDirectory() as place:
        with contextlib.chdir(place):
            runpy.run_path(str(TUTORIAL))
        for name in ("targets", "instances"):
            image = cv2.imread(f"{place}/{name}.png")[..., ::-1]
            save(Picture(image), folder / f"tutorial_{name}.jpg")


def save(picture, path):
    """Writes a picture no wider than a page needs it."""
    height, width = picture.size
    if width > WIDTH:
        size = (WIDTH, round(height * WIDTH / width))
        array = cv2.resize(picture.array, size, interpolation=cv2.INTER_AREA)
        picture = Picture(array)
    picture.save(path)
    print(path.name, picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
