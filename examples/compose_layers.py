"""Builds a SOLOv2 by hand from its parts, around a backbone of Keras.

    python examples/compose_layers.py

The weights are random; what there is to see are the parts and their shapes.
`keras_solo.SOLOv2` does the same, and trains.
"""

from keras_solo import layers  # isort: skip (it chooses a backend first)
import keras
import numpy as np

from keras_solo.geometry import Levels
from keras_solo.models import feature_backbone

CANVAS = (128, 160)
CLASSES = 3


def main():
    levels = Levels.for_canvas(CANVAS, grid_sizes=(16, 12, 8, 6, 4))
    images = keras.Input((*CANVAS, 3))  # RGB, 0 to 255

    # Any functional Keras model gives features at strides 4, 8, 16 and 32.
    backbone = feature_backbone(
        keras.applications.MobileNetV3Small(
            include_top=False, weights=None, input_shape=(None, None, 3)
        )
    )
    features = layers.FeaturePyramid(filters=64)(backbone(images))
    show("pyramid", features)

    # For every cell a class and a kernel; and one map that kernels convolve.
    head = layers.SOLOv2Head.for_levels(
        CLASSES, levels, filters=64, num_convs=2, kernel_filters=32
    )
    outputs = head(features)
    mask_head = layers.MaskFeatureHead(filters=64, output_filters=32)
    outputs["mask_features"] = mask_head(features)
    show("outputs", outputs)

    # All of the decoding at once. A random network is sure of nothing, so
    # that the usual threshold would leave nothing to look at.
    decoder = layers.InstanceDecoder(
        levels, score_threshold=0.005, update_threshold=0.0, max_detections=10
    )
    detections = decoder(outputs)
    show("detections", detections)

    model = keras.Model(images, {**outputs, **detections})
    noise = np.random.default_rng(0).uniform(0, 255, (2, *CANVAS, 3))
    arrays = model.predict(noise, verbose=0)
    print("found", arrays["num_detections"].tolist())

    # Or step by step: kernels over mask features are masks ...
    convolution = layers.DynamicConvolution()
    logits = convolution(arrays["mask_features"], arrays["kernels"][:, :5])
    masks = keras.ops.cast(logits > 0, "float32")
    # ... and Matrix NMS lowers the scores of those that repeat others.
    labels = np.zeros((2, 5), "int32")
    scores = np.tile(np.float32([0.9, 0.8, 0.7, 0.6, 0.5]), (2, 1))
    nms = layers.MatrixNMS(kernel="gaussian", sigma=2.0)
    decayed = keras.ops.convert_to_numpy(nms(masks, labels, scores))
    print("scores", scores[0], "decay to", decayed[0].round(3))


def show(title, tensors):
    print(title)
    for name, tensor in sorted(tensors.items()):
        print(f"  {name:16} {tuple(tensor.shape)}")


if __name__ == "__main__":
    main()
