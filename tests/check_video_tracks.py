"""Do tracks keep who is who when shapes cross, through `keras-solo predict`?

    python -m tests.check_video_tracks [FOLDER]

Draws 100 frames in which ten shapes, two in a lane, pass one another 20 times
and hide each other meanwhile, writes them as a video, and runs

    keras-solo predict SCENE.mp4 --preset solov2_tiny_shapes --track \\
        --tiled --overlap 0.5 --write video,coco --output FOLDER

What the file of results says is compared with the truth before and after each
crossing, and the drawn video is read back with OpenCV. Scenes are the first, by
their number, that have 20 crossings, however well these go. Fails if fewer than
18 crossings of a scene keep both their tracks, or if a frame is missing. Then
the same without tiles, for comparison: shapes are then half as large on the
canvas, and the preset misses many.
"""

import collections
import contextlib
import io
import itertools
import json
import pathlib
import sys
import tempfile
import time

import cv2

from keras_solo.cli.main import main as keras_solo
from keras_solo.data import Instances, VideoWriter
from tests.moving_shapes import crossings, kept_identities, swinging_shapes

FPS, CROSSINGS, LEAST = 25, 20, 18
SCENES = 2
PREDICT = ["predict", "--preset", "solov2_tiny_shapes", "--track"]
WRITE = ["--write", "video,coco"]
TILES = ["--tiled", "--overlap", "0.5"]


def scenes():
    """Scenes with the right number of crossings."""
    for seed in itertools.count():
        scene = swinging_shapes(seed)
        if len(crossings(scene)) == CROSSINGS:
            yield f"lanes_{seed}", scene


def predicted(path, folder, options):
    """The instances of each frame, and how many the drawn video has."""
    arguments = [*PREDICT, *WRITE, *options, path, "--output", folder]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = keras_solo([str(one) for one in arguments])
    if code:
        raise SystemExit(said.getvalue())
    results = json.loads((folder / "results.json").read_text())
    entries = collections.defaultdict(list)
    for one in results["annotations"]:
        entries[one["image_id"]].append(one)
    found = [
        Instances.from_coco(
            entries[image["id"]], (image["height"], image["width"]), (1, 2, 3)
        )
        for image in results["images"]
    ]
    return found, frames_of(folder / path.name)


def frames_of(path):
    """How many frames OpenCV reads of a video."""
    video = cv2.VideoCapture(str(path))
    count = 0
    while video.read()[0]:
        count += 1
    return count


def figures(name, scene, folder, options):
    """How many crossings are kept, and how many frames are read back."""
    path = folder / f"{name}.mp4"
    with VideoWriter(path, FPS) as writer:
        for frame in scene.frames:
            writer.write(frame)
    output = folder / "_".join(["out", name, *options]).replace("-", "")
    start = time.perf_counter()
    found, read = predicted(path, output, options)
    seconds = time.perf_counter() - start
    kept = kept_identities(scene, found)
    most = max(_highest(one) for one in found)
    print(
        f"{name} {' '.join(options)}: {sum(kept)} of {len(kept)} crossings "
        f"kept both tracks; {most} tracks of {len(scene.labels)} shapes; "
        f"{len(found)} frames in {seconds:.0f} s; {read} frames of the drawn "
        "video read back",
        flush=True,
    )
    return sum(kept), read


def _highest(instances):
    ids = instances.track_ids
    return 0 if ids is None else int(max(ids, default=0))


def main(folder=None):
    if folder is None:
        with tempfile.TemporaryDirectory() as folder:
            return main(folder)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = list(itertools.islice(scenes(), SCENES))
    tiled = [figures(*scene, folder, TILES) for scene in chosen]
    for scene in chosen:
        figures(*scene, folder, [])
    enough = all(kept >= LEAST and read == 100 for kept, read in tiled)
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
