"""Can the model learn a few real images by heart?

    python examples/overfit_few_images.py --json instances.json --images DIR

A SOLOv2 that cannot do this has a fault in its targets, losses, decoder,
geometry or evaluation, whatever its loss says. A light ResNet-18 SOLOv2 starts
from random weights on the first images without crowds, with at most 8
objects, none under 32 pixels on the canvas; curves.png and the mask AP on the
same images tell how it went.
"""

import argparse
import json
import math

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras

PRESET = "solov2_light_r18_fpn_3x_coco"


def is_suitable(record, letterbox):
    """No crowd, 1 to 8 objects, none under 32 pixels on the canvas."""
    if any(item.is_crowd for item in record.objects):
        return False
    scale = letterbox.scale(record.original_size)

    def size(item):
        x1, y1, x2, y2 = item.bbox
        return math.sqrt((x2 - x1) * (y2 - y1)) * scale

    return 1 <= len(record.objects) <= 8 and all(
        size(item) >= 32 for item in record.objects
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--steps", type=int, default=140)
    parser.add_argument("--batch-size", type=int, default=4)
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    letterbox = keras_solo.Letterbox((320, 320))
    dataset = keras_solo.CocoDataset(options.json, options.images)
    few = dataset.subset(lambda record: is_suitable(record, letterbox))
    few = few.subset(range(options.count))
    model = keras_solo.SOLOv2.from_preset(
        PRESET,
        load_weights=False,
        class_names=dataset.class_names,
        preprocessor=letterbox,
        levels=keras_solo.Levels.for_canvas((320, 320)),
        backbone={"depth": 18},  # one whose normalisation learns
    )
    batches = few.batches(
        letterbox, options.batch_size, shuffle=True, mask_targets="soft"
    )
    epochs = options.steps // len(batches)
    recipe = keras_solo.recipes.from_scratch(
        options.batch_size, len(batches), epochs, ema=False
    )
    model.compile(**recipe)
    measure = keras_solo.callbacks.CocoMaskAP(few, every=max(epochs // 4, 1))
    history = model.fit(batches, epochs=epochs, callbacks=[measure], verbose=2)
    curves = keras_solo.visualization.draw_curves(history)
    curves.save("curves.png")
    scores = keras_solo.evaluation.evaluate_coco(model, few)
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
