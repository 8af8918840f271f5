"""Do tracks keep who is who when shapes cross?

    python -m tests.check_video_tracks [FOLDER]

Draws 100 frames in which ten shapes, two in a lane, pass one another 20 times
and hide each other meanwhile; writes them as a video, segments and tracks it
from the file with the packaged preset, and compares the tracks before and after
each crossing with the truth. Scenes are the first, by their number, that have
20 crossings, however well these go. The frames with their tracks become a
video in FOLDER, which is read back. Fails if fewer than 18 crossings of a scene
keep both their tracks, or if a frame is missing. Then the same, for comparison,
with shapes that go anywhere, in piles of up to seven: there the preset itself
loses most.
"""

import itertools
import pathlib
import sys
import tempfile
import time

import keras_solo
from keras_solo.data import VideoWriter, open_video
from keras_solo.inference import segment_video
from tests.moving_shapes import (
    crossings,
    kept_identities,
    moving_shapes,
    swinging_shapes,
)

FPS, CROSSINGS, LEAST = 25, 20, 18
SCENES = 2
PILES = {"count": 100, "size": (192, 192), "shapes": 5, "speed": (4, 7)}


def scenes():
    """Scenes with the right number of crossings."""
    for seed in itertools.count():
        scene = swinging_shapes(seed)
        if len(crossings(scene)) == CROSSINGS:
            yield f"lanes_{seed}", scene


def tracked(model, scene, folder, name):
    """What is found in a scene that is a video file, and drawn in another."""
    path = folder / f"{name}.mp4"
    with VideoWriter(path, FPS) as writer:
        for frame in scene.frames:
            writer.write(frame)
    found = []
    with VideoWriter(folder / f"{name}_tracks.mp4", FPS) as writer:
        for frame in segment_video(
            model, path, min_score=0.3, track=True, verbose=0
        ):
            found.append(frame.instances)
            writer.write(frame.instances.plot(scale=2))
    return found, open_video(folder / f"{name}_tracks.mp4"), writer.codec


def main(folder=None):
    if folder is None:
        with tempfile.TemporaryDirectory() as folder:
            return main(folder)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    lanes = [
        figures(model, scene, folder, name)
        for name, scene in itertools.islice(scenes(), SCENES)
    ]
    figures(model, moving_shapes(0, **PILES), folder, "piles_0")
    enough = all(kept >= LEAST and read == 100 for kept, read in lanes)
    return 0 if enough else 1


def figures(model, scene, folder, name):
    """How many crossings are kept, and how many frames are read back."""
    start = time.perf_counter()
    found, video, codec = tracked(model, scene, folder, name)
    seconds = time.perf_counter() - start
    read = sum(1 for _ in video.frames())
    kept = kept_identities(scene, found)
    most = max(int(max(one.track_ids, default=0)) for one in found)
    print(
        f"{name}: {sum(kept)} of {len(kept)} crossings kept both tracks; "
        f"{most} tracks of {len(scene.labels)} shapes; {len(found)} frames in "
        f"{seconds:.1f} s; {read} frames of the drawn video ({codec}) read "
        "back",
        flush=True,
    )
    return sum(kept), read


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
