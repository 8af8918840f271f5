# %% [markdown]
# # A video, frame by frame
#
# From a clip to tracks: which object is where, in each frame, and which of them
# is the same as before. The clip is drawn here, of shapes that a preset of the
# package knows. It takes half a minute on two cores.

# %%
import csv
import pathlib

import cv2
import numpy as np

import keras_solo
from keras_solo.data import VideoWriter, open_video
from keras_solo.inference import Tracker, segment_video

OUTPUT = pathlib.Path("video-run")
SIDE = 128

OUTPUT.mkdir(exist_ok=True)

# %% [markdown]
# ## A clip
#
# Two circles and a square. The circle that comes from the left passes before
# the square, and hides it for a moment.


# %%
def drawn(number: int) -> np.ndarray:
    """Frame `number` of the clip, uint8 RGB."""
    frame = np.full((SIDE, SIDE, 3), (70, 115, 80), np.uint8)
    x = 18 + 4 * number
    cv2.rectangle(frame, (50, 22), (80, 52), (80, 90, 220), -1)
    cv2.circle(frame, (x, 38), 20, (235, 120, 40), -1, cv2.LINE_AA)
    cv2.circle(frame, (SIDE - x, 96), 16, (225, 60, 120), -1, cv2.LINE_AA)
    noise = np.random.default_rng(number).normal(0, 4, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)


clip = OUTPUT / "clip.mp4"
with VideoWriter(clip, fps=25) as writer:
    for number in range(24):
        writer.write(drawn(number))
print(open_video(clip))

# %% [markdown]
# ## Segment and follow
#
# `segment_video` reads a batch of frames at a time, so a video may be of any
# length. `track=True` gives every object a number that it keeps; a `Tracker`
# has the settings. Here an object that is not seen for half a second is
# forgotten.

# %%
model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
tracker = Tracker(lost_for=0.5, min_score=0.5)
frames = list(
    segment_video(model, clip, min_score=0.4, track=tracker, verbose=0)
)
for frame in frames[::6]:
    print(frame.number, frame.time, frame.instances.track_ids)

# %% [markdown]
# Of a long video do not make a list: what was found in all frames would be in
# memory. Take what you need of each, and let it go.
#
# ## A table of tracks
#
# One row for each object in each frame, -1 for what belongs to no track:

# %%
paths: dict[int, list[tuple[float, float]]] = {}
with open(OUTPUT / "tracks.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["frame", "seconds", "track", "class", "x", "y", "area"])
    for frame in frames:
        numbers = np.array(frame.instances.track_ids).tolist()
        for track, one in zip(numbers, frame.instances, strict=True):
            (x, y), area = one.centers[0].tolist(), int(one.areas[0])
            if track > 0:
                paths.setdefault(track, []).append((x, y))
            row = [track, one.names[0], round(x, 1), round(y, 1), area]
            table.writerow([frame.number, frame.time, *row])
for track, path in sorted(paths.items()):
    print(f"track {track}: in {len(path)} of {len(frames)} frames")

# %% [markdown]
# ## Look
#
# Frames with the objects in the colours of their tracks, and at the end the way
# of each.
#
# ![Three frames, and the tracks](../images/video_paths.jpg)

# %%
last = frames[-1].instances
ways = np.asarray(last.plot(scale=3)).copy()
for path in paths.values():
    points = np.rint(3 * np.array(path)).astype(np.int32)
    cv2.polylines(ways, [points], False, (255, 255, 255), 2, cv2.LINE_AA)
pictures = [frames[n].instances.plot(scale=3) for n in (0, 9, 16)]
keras_solo.visualization.draw_sheet([*pictures, ways]).save(
    OUTPUT / "video_paths.jpg"
)

# %% [markdown]
# And as a video, in H.264 where `pip install "keras-solo[video]"` has brought
# PyAV, which every browser shows, else as MPEG-4:

# %%
with VideoWriter(OUTPUT / "found.mp4", fps=open_video(clip).fps) as writer:
    for frame in frames:
        writer.write(frame.instances.plot(scale=3))
print(writer.count, "frames,", writer.codec)

# %% [markdown]
# ## What goes wrong, and what helps
#
# - **A track ends and another one begins.** The model missed the object for
#   longer than `lost_for`: a longer time, a lower `min_score` of
#   `segment_video`, or a better model.
# - **Fast objects, few frames a second.** A mask no longer covers where its
#   object was expected: a lower `Tracker(min_iou=...)`.
# - **Too slow.** `every=2` takes each second frame; of slow objects that is
#   enough.
# - **Two that look the same turn around behind one another.** They may swap
#   their numbers: a track knows place, speed and mean colour, no more.
#
# ## What next
#
# - [Video](../video.md): how objects are followed, formats, and how well it
#   works.
# - `keras-solo predict clip.mp4 --track` [from the command
#   line](../command-line.md).
