"""Two objects in an image of 8 x 10 pixels, in every layout there is."""

import base64
import json

import cv2
import numpy as np
import yaml

SIZE = HEIGHT, WIDTH = 8, 10
# A dog of 3 x 4 pixels, and a cat of 3 x 4 pixels: xyxy.
DOG, CAT = (1, 1, 5, 4), (5, 4, 9, 7)


def mask(box):
    x1, y1, x2, y2 = box
    inside = np.zeros(SIZE, np.uint8)
    inside[y1:y2, x1:x2] = 1
    return inside


def corners(box):
    x1, y1, x2, y2 = box
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]


def outline(box):
    return [value for corner in corners(box) for value in corner]


def parts(box):
    """In parts of the width and the height."""
    return [x / side for x, side in zip(outline(box), (WIDTH, HEIGHT) * 4)]  # noqa: B905


def write_image(path, size=SIZE, value=60):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, 3), value, np.uint8))
    return path


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def write_json(path, content):
    return write_text(path, json.dumps(content))


def write_map(path, ids, dtype=np.uint8):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.asarray(ids, dtype))
    return path


def ids(dog=1, cat=2):
    return dog * mask(DOG).astype(int) + cat * mask(CAT).astype(int)


# === Layouts ===


def coco_content(file_name="a.png"):
    return {
        "images": [
            {"id": 7, "file_name": file_name, "height": 8, "width": 10}
        ],
        "annotations": [
            {"id": n, "image_id": 7, "category_id": c,
             "segmentation": [outline(box)]}
            for n, c, box in ((1, 18, DOG), (2, 17, CAT))
        ],
        "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
    }  # fmt: skip


def write_coco(root):
    write_image(root / "train2017" / "a.png")
    path = root / "annotations" / "instances_train2017.json"
    write_json(path, coco_content())
    return root


def line(class_id, box):
    return " ".join(map(str, (class_id, *parts(box)))) + "\n"


def write_yolo(root, split="train"):
    write_image(root / "images" / split / "a.png")
    text = line(18, DOG) + "\n" + line(17, CAT)
    write_text(root / "labels" / split / "a.txt", text)
    content = {"path": ".", split: f"images/{split}"}
    content["names"] = {18: "dog", 17: "cat"}
    write_text(root / "data.yaml", yaml.safe_dump(content))
    return root


def shape(label, box, **more):
    return {"label": label, "points": corners(box), "group_id": None,
            "shape_type": "polygon", "flags": {}, **more}  # fmt: skip


def labelme_content(*shapes, **more):
    return {
        "version": "5.0",
        "shapes": list(shapes),
        "imagePath": "a.png",
        "imageData": None,
        "imageHeight": 8,
        "imageWidth": 10,
        **more,
    }


def write_labelme(root, *shapes, **more):
    write_image(root / "a.png")
    shapes = shapes or (shape("dog", DOG), shape("cat", CAT))
    write_json(root / "a.json", labelme_content(*shapes, **more))
    return root


def png_text(inside):
    data = cv2.imencode(".png", np.asarray(inside, np.uint8))[1].tobytes()
    return base64.b64encode(data).decode("ascii")


def write_panoptic(root):
    write_image(root / "images" / "a.png")
    red, green = 5, 3
    ids_ = ids(red, 256 * green) + (65536 * (mask(DOG) + mask(CAT) == 0))
    colors = np.stack([ids_ >> 16, ids_ >> 8 & 255, ids_ & 255], -1)
    folder = root / "annotations"
    write_map(folder / "panoptic_val" / "a.png", colors)
    segments = [
        {"id": red, "category_id": 18, "iscrowd": 0},
        {"id": 256 * green, "category_id": 17, "iscrowd": 1},
        {"id": 65536, "category_id": 100, "iscrowd": 0},
    ]
    content = {
        "images": [{"id": 7, "file_name": "a.png"}],
        "annotations": [
            {"image_id": 7, "file_name": "a.png", "segments_info": segments}
        ],
        "categories": [
            {"id": 18, "name": "dog", "isthing": 1},
            {"id": 17, "name": "cat", "isthing": 1},
            {"id": 100, "name": "sky", "isthing": 0},
        ],
    }
    write_json(folder / "panoptic_val.json", content)
    return root


def region(box, **attributes):
    x, y = zip(*corners(box), strict=True)
    shape_ = {"name": "polygon", "all_points_x": x, "all_points_y": y}
    return {"shape_attributes": shape_, "region_attributes": attributes}


def write_via(root, *regions):
    write_image(root / "train" / "a.png")
    regions = regions or (region(DOG, name="dog"), region(CAT, name="cat"))
    entry = {"filename": "a.png", "size": 99, "regions": regions}
    write_json(root / "train" / "via_region_data.json", {"a.png99": entry})
    return root


def polygon(label, box, **more):
    points = ";".join(f"{x}.00,{y}.00" for x, y in corners(box))
    other = " ".join(f'{key}="{value}"' for key, value in more.items())
    return f'<polygon label="{label}" points="{points}" {other}/>'


def write_cvat(root, *shapes, labels=("dog", "cat"), image='name="a.png"'):
    write_image(root / "images" / "a.png")
    shapes = shapes or (polygon("dog", DOG), polygon("cat", CAT))
    names = "".join(f"<label><name>{one}</name></label>" for one in labels)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>'
        f"<meta><task><labels>{names}</labels></task></meta>"
        f'<image id="0" {image} width="10" height="8">{"".join(shapes)}'
        "</image></annotations>"
    )
    write_text(root / "annotations.xml", text)
    return root


def write_voc(root):
    write_image(root / "JPEGImages" / "a.jpg")
    ids_ = ids(1, 2)
    ids_[0] = 255
    write_map(root / "SegmentationObject" / "a.png", ids_)
    write_map(root / "SegmentationClass" / "a.png", ids(12, 8))
    return root


def write_cityscapes(root):
    write_image(root / "leftImg8bit" / "train" / "ulm" / "a_leftImg8bit.png")
    path = root / "gtFine" / "train" / "ulm" / "a_gtFine_instanceIds.png"
    write_map(path, ids(24_007, 26_000) + 7 * (ids() == 0), np.uint16)
    return root


def write_object_pngs(root):
    write_image(root / "first" / "images" / "first.png")
    write_map(root / "first" / "masks" / "1.png", 255 * mask(DOG))
    write_map(root / "first" / "masks" / "2.png", 255 * mask(CAT))
    return root


def write_instance_png(root):
    write_image(root / "images" / "a.jpg")
    write_map(root / "masks" / "a_mask.png", ids(3, 700), np.uint16)
    return root


WRITERS = {
    "coco": write_coco,
    "yolo": write_yolo,
    "panoptic": write_panoptic,
    "labelme": write_labelme,
    "via": write_via,
    "cvat": write_cvat,
    "voc": write_voc,
    "cityscapes": write_cityscapes,
    "object_pngs": write_object_pngs,
    "instance_png": write_instance_png,
}
