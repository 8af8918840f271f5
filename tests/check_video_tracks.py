"""Do tracks keep who is who when shapes cross?

    python -m tests.check_video_tracks [FOLDER]

Draws 100 frames in which shapes cross one another 20 times, writes them as a
video, segments and tracks it from the file with the packaged preset, and
compares the tracks before and after each crossing with the truth. The scene is
the first, by its number, that has 20 crossings, however well they go. Writes
the frames with their tracks as a video in FOLDER, reads it back, and fails if
fewer than 18 crossings keep both their tracks. Other scenes follow, as long as
they fit a minute.
"""

import pathlib
import sys
import tempfile
import time

import numpy as np

import keras_solo
from keras_solo.data import VideoWriter, open_video
from keras_solo.inference import segment_video
from tests.moving_shapes import crossings, kept_identities, moving_shapes

FPS, CROSSINGS, LEAST = 25, 20, 18
OPTIONS = {"count": 100, "size": (192, 192), "shapes": 7, "speed": (4, 7)}
OTHERS = 4


def scenes():
    """Scenes with the right number of crossings."""
    seed = 0
    while True:
        scene = moving_shapes(seed, **OPTIONS)
        if len(crossings(scene)) == CROSSINGS:
            yield seed, scene
        seed += 1


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
            writer.write(frame.instances.plot())
    return found, open_video(folder / f"{name}_tracks.mp4"), writer.codec


def main(folder=None):
    if folder is None:
        with tempfile.TemporaryDirectory() as folder:
            return main(folder)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    figures = []
    for seed, scene in scenes():
        start = time.perf_counter()
        found, video, codec = tracked(model, scene, folder, f"scene{seed}")
        seconds = time.perf_counter() - start
        read = sum(1 for _ in video.frames())
        kept = kept_identities(scene, found)
        most = max(int(max(one.track_ids, default=0)) for one in found)
        print(
            f"Scene {seed}: {sum(kept)} of {len(kept)} crossings kept both "
            f"tracks; {most} tracks of {len(scene.labels)} shapes; "
            f"{len(found)} frames in {seconds:.1f} s; {read} frames of the "
            f"drawn video ({codec}) read back",
            flush=True,
        )
        figures.append((int(np.sum(kept)), read))
        if len(figures) > OTHERS:
            break
    kept, read = figures[0]
    print(
        f"All scenes: {sum(one for one, _ in figures)} of "
        f"{CROSSINGS * len(figures)}"
    )
    return 0 if kept >= LEAST and read == 100 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
