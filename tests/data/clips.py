"""Small videos, and files that are none."""

import wave

import cv2
import numpy as np

from keras_solo.data.video_writer import VideoWriter


def frames(count, size=(48, 64)):
    """A bright square that moves to the right, 4 px a frame."""
    for number in range(count):
        image = np.full((*size, 3), 40, np.uint8)
        image[16:32, 4 * number : 4 * number + 16] = 200, 120, 30
        yield image


def write_clip(path, count=5, size=(48, 64), fps=10, codec="mp4v"):
    with VideoWriter(path, fps, codec) as writer:
        for frame in frames(count, size):
            writer.write(frame)
    return path


def write_short(path, count=30, kept=6):
    """An AVI of MJPEG that ends after a part of its frames."""
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), code, 10, (64, 48))
    for frame in frames(count):
        writer.write(frame)
    writer.release()
    data = path.read_bytes()
    start, end = data.index(b"movi"), data.index(b"idx1")
    path.write_bytes(data[: start + (end - start) * kept // count])
    return path


def write_sound(path):
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return path
