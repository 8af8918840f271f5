"""What a coarser canvas, for fewer compiled shapes, does to the answers.

    python tests/benchmarks/bench_canvas_buckets.py

The preset `solov2_tiny_shapes` segments the same synthetic images of
128 x 160 and 160 x 128 pixels on canvases whose sides are multiples of 32, 64
and 128: the image is the same, the padding beside it grows.
"""

import argparse

import keras_solo
from keras_solo import Letterbox


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100)
    options = parser.parse_args()
    model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
    for size in ((128, 160), (160, 128)):
        shapes = keras_solo.data.ShapesDataset(
            options.images, image_size=size, seed=5
        )
        for multiple in (32, 64, 128):
            letterbox = Letterbox((128, 192), "fit", multiple=multiple)
            model.preprocessor = letterbox
            scores = keras_solo.evaluation.evaluate_coco(
                model, shapes, verbose=0
            )
            print(
                f"image {size}, canvas {letterbox.canvas_size(size)}: "
                f"mask AP {scores['mask_ap']:.3f}, "
                f"AP50 {scores['mask_ap50']:.3f}"
            )


if __name__ == "__main__":
    main()
