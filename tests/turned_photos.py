"""Photos as a phone stores them: turned, with a tag that says how."""

import json
import struct

import cv2
import numpy as np

from keras_solo.data import ShapesDataset

# Quarter turns against the clock that an orientation's pixels were stored with.
TURNS = {1: 0, 6: 1, 3: 2, 8: 3}


def with_exif_orientation(jpeg, orientation):
    """Puts an EXIF segment behind the first marker of a JPEG."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + b"\x00" * 4
    body = b"Exif\x00\x00" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return jpeg[:2] + segment + jpeg[2:]


def write_turned(folder, count=3, size=(64, 96), orientation=6):
    """A dataset's JPEG photos, turned; their annotations are upright.

    Returns:
        The upright dataset, its annotation file, and the folder of photos.
    """
    upright = ShapesDataset(count, original_size=size, seed=4)
    content = upright.to_coco()
    images = folder / "photos"
    images.mkdir(parents=True)
    for entry, record in zip(content["images"], upright, strict=True):
        entry["file_name"] = f"{entry['id']}.jpg"
        stored = np.rot90(record.load_image(), TURNS[orientation])[..., ::-1]
        quality = [cv2.IMWRITE_JPEG_QUALITY, 100]
        data = cv2.imencode(".jpg", np.ascontiguousarray(stored), quality)[1]
        photo = with_exif_orientation(data.tobytes(), orientation)
        (images / entry["file_name"]).write_bytes(photo)
    path = folder / "annotations.json"
    path.write_text(json.dumps(content))
    return upright, path, images
