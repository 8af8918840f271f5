"""Finds the shapes in a picture, with the weights that come with the package.

    python examples/quickstart.py [OUTPUT_FOLDER]

Writes `quickstart.png` and `quickstart.json`, in seconds and offline.
"""

import json
import pathlib
import sys

import keras_solo


def main(folder="."):
    folder = pathlib.Path(folder)
    photo = keras_solo.data.ShapesDataset(num_images=1, seed=11)[0].load_image()

    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    instances = model.segment(photo)  # an array, a path, or a list of either
    instances = instances[instances.scores > 0.5]
    print(instances)
    for one in instances:
        print(one.names[0], "xyxy box", one.boxes[0].tolist())

    instances.plot().save(folder / "quickstart.png")
    # The ids of circles, rectangles and triangles in your dataset.
    results = instances.to_coco(image_id=1, category_ids=[1, 2, 3])
    (folder / "quickstart.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
