"""Finds instances with an exported model: ONNX Runtime, NumPy and OpenCV alone.

    keras-solo export --preset solov2_tiny_shapes --output shapes.onnx
    python examples/onnx_inference.py shapes.onnx PHOTO ... [--output FOLDER]

Nothing of keras-solo or Keras is imported: all that must be known stands in the
file itself. Writes `PHOTO.png`, the photo with its masks, and `results.json`, a
list in the format of COCO results, into FOLDER (default: `found`). Masks come
home as `Letterbox(resampling="once")` brings them.
"""

import argparse
import json
import pathlib

import cv2
import numpy as np
import onnxruntime


class Segmenter:
    """An exported model.

    Args:
        path: The ONNX file.
    """

    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(
            path, providers=["CPUExecutionProvider"]
        )
        about = self.session.get_modelmeta().custom_metadata_map
        if "keras_solo" not in about:
            raise SystemExit(f"{path} was not written by keras-solo export.")
        self.card = json.loads(about["keras_solo"])
        if self.card["letterbox"].get("intensity"):
            raise SystemExit("This example reads images of 8 bits alone.")

    def __call__(self, image, min_score=0.3):
        """Masks in the pixels of an image, labels and scores.

        Args:
            image: `(height, width, 3)` uint8 RGB.
            min_score: Instances with a lower score are left out.
        """
        canvas, resized = self.on_canvas(image)
        masks, labels, scores = self.instances_of(canvas)
        kept = scores >= min_score  # empty slots have the score -1
        masks = self.home(masks[kept], image.shape[:2], resized)
        return masks, labels[kept], scores[kept]

    def instances_of(self, canvas):
        """Masks on the mask grid, labels and scores, in all slots."""
        names = ["masks", "labels", "confidence"]
        batch = np.repeat(canvas[None], self.card["batch_size"] or 1, axis=0)
        found = self.session.run(names, {self.card["input"]: batch})
        return [values[0] for values in found]

    def on_canvas(self, image):
        """The image at the top left of the canvas, and its size there."""
        height, width = self.card["image_size"]
        scale = min(height / image.shape[0], width / image.shape[1])
        rows, columns = (max(1, int(n * scale + 0.5)) for n in image.shape[:2])
        canvas = np.empty((height, width, 3), np.uint8)
        canvas[:] = np.rint(self.card["letterbox"]["pad_value"])
        canvas[:rows, :columns] = cv2.resize(image, (columns, rows))
        return canvas, (rows, columns)

    def home(self, masks, size, resized):
        """Masks on the mask grid, resized bilinearly to the image's pixels."""
        masks = masks.astype(np.float32)
        stride = self.card["mask_stride"]
        for axis, (pixels, there) in enumerate(
            zip(size, resized, strict=True), start=1
        ):
            place = (np.arange(pixels) + 0.5) * there / pixels / stride - 0.5
            place = np.clip(place, 0, masks.shape[axis] - 1)
            low = place.astype(int)
            high = np.minimum(low + 1, masks.shape[axis] - 1)
            weight = np.expand_dims(place - low, 2 - axis).astype(np.float32)
            below, above = masks.take(low, axis), masks.take(high, axis)
            masks = below + (above - below) * weight
        return masks > self.card["mask_threshold"]

    def name(self, label):
        names = self.card["class_names"]
        return names[label] if names else str(label)


def to_coco(image_id, masks, labels, scores, category_ids):
    """COCO results; masks as run lengths down the columns."""
    results = []
    for mask, label, score in zip(masks, labels, scores, strict=True):
        flat = np.concatenate([[False], mask.T.ravel(), [False]])
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        counts = np.diff(np.concatenate([[0], edges, [mask.size]]))
        results.append(
            {
                "image_id": image_id,
                "category_id": int(
                    category_ids[label] if category_ids else label
                ),
                "score": float(score),
                "segmentation": {
                    "size": list(mask.shape),
                    "counts": counts.tolist(),
                },
            }
        )
    return results


def drawn(image, segmenter, masks, labels, scores):
    """The image with masks and names."""
    picture = image.copy()
    for number, (mask, label, score) in enumerate(
        zip(masks, labels, scores, strict=True)
    ):
        hue = np.uint8([[[(number * 67) % 180, 200, 255]]])
        color = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0]
        picture[mask] = 0.5 * picture[mask] + 0.5 * color
        edges, _ = cv2.findContours(
            mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, edges, -1, color.tolist(), 1)
        if not mask.any():
            continue
        text = f"{segmenter.name(label)} {score:.2f}"
        (width, height), _ = cv2.getTextSize(text, 0, 0.35, 1)
        top, left = (int(place[0]) for place in np.nonzero(mask))
        x = max(0, min(left, image.shape[1] - width - 2))
        y = max(0, top - height - 4)
        picture[y : y + height + 4, x : x + width + 2] = 0
        cv2.putText(
            picture, text, (x + 1, y + height + 1), 0, 0.35, (255, 255, 255)
        )
    return picture


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("photos", nargs="+", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default="found")
    options = parser.parse_args(arguments)
    pictures = [options.output / f"{p.stem}.png" for p in options.photos]
    files = [path.resolve() for path in (*options.photos, *pictures)]
    if len(set(files)) < len(files):
        raise SystemExit("A picture would be written over a photo, or another.")
    segmenter, results = Segmenter(options.model), []
    options.output.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(options.photos):
        photo = cv2.imread(str(path))
        if photo is None:
            raise SystemExit(f"{path} is no image that OpenCV reads.")
        image = photo[..., ::-1]
        found = segmenter(image)
        ids = segmenter.card["category_ids"]
        results += to_coco(number, *found, ids)
        picture = drawn(image, segmenter, *found)
        cv2.imwrite(str(pictures[number]), picture[..., ::-1])
        print(f"{path}: {len(found[0])} instances")
    (options.output / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
