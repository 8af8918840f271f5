"""What both sides are given: a photo, canvases, objects, files.

Nothing here needs Keras or PyTorch.
"""

import dataclasses
import json
import pathlib
import shutil

import cv2
import numpy as np

MEAN = np.float32([123.675, 116.28, 103.53])
STD = np.float32([58.395, 57.12, 57.375])
PHOTO_SIZE = 480, 640


@dataclasses.dataclass(frozen=True)
class Material:
    """Files in a folder, made when they are first asked for.

    Args:
        folder: Where they are kept.
        coco: A folder with `annotations/instances_val2017.json` and
            `val2017/`, or None: images are drawn instead.
    """

    folder: str
    coco: str | None = None

    def checkpoint(self, name):
        """Where the weights are that MMDetection made, if it did."""
        return pathlib.Path(self.folder) / f"ckpt_{name}.pth"

    def photo(self):
        """The path of a JPEG file of 480 x 640 pixels."""
        path = pathlib.Path(self.folder) / "photo.jpg"
        if path.exists():
            return path
        if self.coco is None:
            write_jpeg(path, draw_photo(*PHOTO_SIZE, seed=1))
            return path
        for image in self._annotations()["images"]:
            if (image["height"], image["width"]) == PHOTO_SIZE:
                name = image["file_name"]
                shutil.copy(pathlib.Path(self.coco, "val2017", name), path)
                return path
        raise ValueError(f"Expected a photo of {PHOTO_SIZE} in {self.coco}.")

    def canvas(self, height, width):
        """The photo on a canvas: float32 `(1, height, width, 3)`, RGB."""
        photo = cv2.imread(str(self.photo()))[..., ::-1]
        scale = min(height / photo.shape[0], width / photo.shape[1])
        rows, columns = (int(side * scale + 0.5) for side in photo.shape[:2])
        canvas = np.empty((1, height, width, 3), np.float32)
        canvas[:] = MEAN
        canvas[0, :rows, :columns] = cv2.resize(photo, (columns, rows))
        return canvas

    def training_set(self, count=20):
        """A COCO file of so many images without crowds, and their folder."""
        path = pathlib.Path(self.folder) / "training_set.json"
        if self.coco is None:
            images = pathlib.Path(self.folder) / "images"
            if not path.exists():
                path.write_text(json.dumps(draw_training_set(images, count)))
            return path, images
        if not path.exists():
            chosen = without_crowds(self._annotations(), count)
            path.write_text(json.dumps(chosen))
        return path, pathlib.Path(self.coco) / "val2017"

    def _annotations(self):
        path = "annotations/instances_val2017.json"
        return json.loads(pathlib.Path(self.coco, path).read_text())


def without_crowds(annotations, count):
    """The first images that have objects and no crowd, as a COCO dict."""
    objects = {image["id"]: [] for image in annotations["images"]}
    for item in annotations["annotations"]:
        objects[item["image_id"]].append(item)
    chosen = [
        image
        for image in annotations["images"]
        if objects[image["id"]]
        and not any(item["iscrowd"] for item in objects[image["id"]])
    ][:count]
    return {
        "images": chosen,
        "annotations": [x for image in chosen for x in objects[image["id"]]],
        "categories": annotations["categories"],
    }


def draw_photo(height, width, seed):
    """Smooth noise with ellipses: uint8 `(height, width, 3)`."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 16, 3)).astype("uint8")
    photo = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for mask in ellipses(8, height, width, seed):
        photo[mask > 0] = rng.integers(0, 256, 3)
    return photo


def write_jpeg(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1])


def draw_training_set(folder, count, objects=8):
    """Writes images; their annotations as a COCO dict of polygons."""
    height, width = PHOTO_SIZE
    images, annotations = [], []
    for index in range(count):
        write_jpeg(folder / f"{index}.jpg", draw_photo(height, width, index))
        images.append(
            {
                "id": index + 1,
                "file_name": f"{index}.jpg",
                "height": height,
                "width": width,
            }
        )
        for mask in ellipses(objects, height, width, index):
            annotations.append(
                annotation(mask, index + 1, len(annotations) + 1)
            )
    # MMDetection knows COCO's own classes alone.
    categories = [{"id": 1, "name": "person"}]
    return {
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def annotation(mask, image_id, number):
    contours, _ = cv2.findContours(
        mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(contours, key=len)[:, 0]
    x, y, width, height = cv2.boundingRect(outline)
    return {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "area": int(mask.sum()),
        "bbox": [x, y, width, height],
        "segmentation": [outline.ravel().tolist()],
    }


def ellipses(count, height, width, seed):
    """`(count, height, width)` uint8, of 16 pixels to nearly all."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, height, width), np.uint8)
    smaller = min(height, width)
    for mask in masks:
        side = np.exp(rng.uniform(np.log(16), np.log(0.95 * smaller))) / 2
        shape = np.exp(rng.uniform(-0.5, 0.5))
        center = rng.uniform(0.1, 0.9, 2) * (width, height)
        axes = max(int(side * shape), 2), max(int(side / shape), 2)
        angle = rng.uniform(0, 180)
        place = tuple(int(value) for value in center)
        cv2.ellipse(mask, place, axes, angle, 0, 360, 1, -1)
    return masks


def boxes_of(masks):
    """float32 `(n, 4)` xyxy around masks that are not empty."""
    boxes = [cv2.boundingRect(mask) for mask in masks]
    return np.float32([[x, y, x + w, y + h] for x, y, w, h in boxes])


def truth(height, width, count=8, seed=30):
    """Masks, boxes and labels of the objects of a training image."""
    masks = ellipses(count, height, width, seed)
    labels = np.random.default_rng(seed).integers(0, 80, count)
    return masks, boxes_of(masks), labels


def on_mask_grid(masks, boxes, labels):
    """A batch of one image, as the training step of ours takes it."""
    count, height, width = masks.shape
    blocks = masks.reshape(count, height // 4, 4, width // 4, 4)
    middle = blocks[:, :, 1:3, :, 1:3].sum((2, 4)) >= 2
    places = [np.nonzero(mask)[::-1] for mask in masks]
    centers = [[np.mean(columns), np.mean(rows)] for columns, rows in places]
    return {
        "masks": middle.astype("uint8")[None],
        "labels": labels.astype("int32")[None],
        "boxes": boxes[None],
        "centers": np.float32(centers)[None],
    }
