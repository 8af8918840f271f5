"""The levers that `ablate` compares: each is one change to the baseline."""

import dataclasses
from collections.abc import Mapping
from typing import Any

BATCH_SIZE = 4


@dataclasses.dataclass(frozen=True)
class Set:
    """How the models of a dataset are made.

    Args:
        canvas: (height, width) in pixels.
        steps: Of a run: at most four minutes on two cores.
        max_detections: An image.
        vertical: Probability of mirroring top to bottom.
    """

    canvas: tuple[int, int]
    steps: int
    max_detections: int = 100
    vertical: float = 0.0


SETS = {
    "pennfudan": Set((256, 256), steps=300),
    "nuclei": Set((320, 320), steps=200, max_detections=500, vertical=0.5),
}


@dataclasses.dataclass(frozen=True)
class Lever:
    """One change, or none. What is not named is the baseline's.

    Args:
        why: What is changed, in a few words.
        recipe: The name of a function of `keras_solo.recipes`.
        recipe_options: Its arguments, beside batch size and steps.
        backbone: Arguments of `EfficientNetLite.from_preset`.
        parts: Arguments of `SOLOv2`.
        losses: Arguments of `compile`.
        data: Arguments of `dataset.batches`.
        augmentation: Arguments of `Augmentation`.
        prediction: Arguments of `evaluate_coco`.
    """

    why: str
    recipe: str = "from_scratch"
    recipe_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    backbone: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    parts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    losses: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    augmentation: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    prediction: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def model(self, which, dataset):
        """A model on ImageNet weights, for the classes of a dataset."""
        from keras_solo import EfficientNetLite, SOLOv2
        from keras_solo.geometry import Letterbox

        backbone = EfficientNetLite.from_preset(
            "efficientnet_lite0_imagenet", **self.backbone
        )
        arguments = {
            "head": {"filters": 128, "num_convs": 2, "kernel_filters": 64},
            "mask_head": {"filters": 64, "output_filters": 64},
            "pyramid_filters": 128,
            "decoder": {"max_detections": which.max_detections},
            **self.parts,
        }
        return SOLOv2(
            backbone,
            class_names=dataset.class_names,
            preprocessor=Letterbox(which.canvas),
            **arguments,
        )

    def batches(self, which, dataset, model, seed):
        """The batches that `fit` takes."""
        from keras_solo.data import Augmentation

        augment = {"vertical_flip": which.vertical, **self.augmentation}
        options = {"workers": 2, **self.data}
        return dataset.batches(
            model.preprocessor,
            BATCH_SIZE,
            augment=Augmentation(**augment),
            seed=seed,
            **options,
        )

    def compile(self, model, which, steps_per_epoch, epochs):
        """The recipe and the losses."""
        from keras_solo import recipes

        recipe = getattr(recipes, self.recipe)
        arguments = recipe(
            batch_size=BATCH_SIZE,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            **self.recipe_options,
        )
        model.compile(**{**arguments, **self.losses})

    def callbacks(self):
        """What goes along with `fit`."""
        return []


LEVERS = {
    "baseline": Lever("ImageNet weights, recipe from_scratch"),
    "reference": Lever("recipe of the reference", recipe="reference"),
    "random": Lever("random weights", backbone={"load_weights": False}),
}
