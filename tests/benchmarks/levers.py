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
    "pennfudan": Set((256, 256), steps=240),
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
        parts: Arguments of `SOLOv2`; `grid_sizes` for levels that follow the
            canvas, as those of the baseline do.
        losses: Classes of `keras_solo.losses` and their arguments, by the
            argument of `compile`.
        loss_weights: Of `compile`.
        data: Arguments of `dataset.batches`.
        augmentation: Arguments of `Augmentation`.
        prediction: Arguments of `evaluate_coco`; `tiled` and `tta` as dicts.
        trained_as: The lever whose models these are, but for the prediction.
        canvas: (height, width) in pixels, instead of the dataset's.
        batch_size: Instead of 4.
        weights: Name of the backbone, instead of EfficientNet-Lite 0's.
        teacher: The lever whose model of seed 0 teaches this one.
        times: How often the steps of the dataset; once by default.
    """

    why: str
    recipe: str = "from_scratch"
    recipe_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    backbone: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    parts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    losses: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    loss_weights: Mapping[str, float] = dataclasses.field(default_factory=dict)
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    augmentation: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    prediction: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    canvas: tuple[int, int] | None = None
    batch_size: int | None = None
    trained_as: str | None = None
    weights: str | None = None
    teacher: str | None = None
    times: int | None = None

    def model(self, which, dataset):
        """A model on ImageNet weights, for the classes of a dataset."""
        from keras_solo import EfficientNetLite, SOLOv2
        from keras_solo.geometry import Letterbox, Levels
        from keras_solo.models.head_sizes import MODEL_SIZES

        canvas = self.canvas or which.canvas
        backbone = EfficientNetLite.from_preset(
            self.weights or "efficientnet_lite0_imagenet", **self.backbone
        )
        arguments = {
            **MODEL_SIZES["small"],
            "decoder": {
                "max_detections": which.max_detections,
                "max_candidates": 5 * which.max_detections,
            },
            **self.parts,
        }
        if grids := arguments.pop("grid_sizes", None):
            arguments["levels"] = Levels.for_canvas(canvas, grids)
        return SOLOv2(
            backbone,
            class_names=dataset.class_names,
            preprocessor=Letterbox(canvas),
            **arguments,
        )

    def batches(self, which, dataset, model, seed):
        """The batches that `fit` takes."""
        from keras_solo.data import Augmentation

        augment = {"vertical_flip": which.vertical, **self.augmentation}
        options = {"workers": 2, **self.data}
        return dataset.batches(
            model.preprocessor,
            self.batch_size or BATCH_SIZE,
            augment=Augmentation(**augment),
            seed=seed,
            **options,
        )

    def compile(self, model, steps_per_epoch, epochs, pupil=None):
        """The recipe and the losses.

        Args:
            model: The model whose weights the recipe knows.
            steps_per_epoch: Batches.
            epochs: Of the training.
            pupil: What is compiled, if not `model` itself.
        """
        from keras_solo import losses, recipes

        arguments = {
            "batch_size": self.batch_size or BATCH_SIZE,
            "steps_per_epoch": steps_per_epoch,
            "epochs": epochs,
            **self.recipe_options,
        }
        if self.recipe == "fine_tune":
            arguments["model"] = model
        chosen = {
            argument: getattr(losses, name)(**options)
            for argument, (name, options) in self.losses.items()
        }
        if self.loss_weights:
            chosen["loss_weights"] = self.loss_weights
        recipe = getattr(recipes, self.recipe)
        (pupil or model).compile(**recipe(**arguments), **chosen)


# One change each.
SINGLE = {
    "baseline": Lever("ImageNet weights, recipe from_scratch"),
    "reference": Lever("recipe of the reference", recipe="reference"),
    "random": Lever("random weights", backbone={"load_weights": False}),
    # What is learned from.
    "soft": Lever("soft mask targets", data={"mask_targets": "soft"}),
    "smallest": Lever(
        "a cell is the smaller object's",
        parts={"target_encoder": {"collision": "smallest"}},
    ),
    "jitter": Lever(
        "large-scale jitter",
        augmentation={"scale": (0.1, 2.0), "min_visible": 0.1},
    ),
    "larger": Lever(
        "sizes varied less, and upwards", augmentation={"scale": (0.8, 1.5)}
    ),
    "copy-paste": Lever(
        "objects of other images are pasted into half of them",
        augmentation={"copy_paste": 0.5, "min_visible": 0.1},
    ),
    "crops": Lever(
        "crops at 1.25 pixels a pixel, predicted in tiles",
        augmentation={
            "pixel_scale": 1.25,
            "scale": (0.8, 1.25),
            "min_visible": 0.1,
        },
        prediction={"tiled": {"scale": 1.25, "overlap": 0.125}},
    ),
    # Losses.
    "boundary": Lever(
        "pixels near boundaries weigh more",
        losses={"mask_loss": ("BoundaryDiceLoss", {"reduction": "none"})},
    ),
    "quality": Lever(
        "a cell's score is its mask's IoU",
        losses={"category_loss": ("QualityFocalLoss", {})},
    ),
    "separation": Lever(
        "pixels of other objects are twice as wrong",
        loss_weights={"separation_loss": 3.0},
    ),
    "semantic": Lever("a semantic head", parts={"semantic_head": {}}),
    "distilled": Lever(
        "a larger model, trained longer, is the teacher", teacher="teacher"
    ),
    # How the backbone learns.
    "frozen statistics": Lever(
        "batch statistics of ImageNet", backbone={"norm_frozen": True}
    ),
    "quick statistics": Lever(
        "batch statistics of ten steps", backbone={"norm_momentum": 0.9}
    ),
    "frozen stage": Lever(
        "stem and first stage stay as they are", backbone={"frozen_stages": 1}
    ),
    "no average": Lever("no averaged weights", recipe_options={"ema": False}),
    "layerwise": Lever(
        "the backbone's rates rise from a tenth to the whole",
        recipe="fine_tune",
        recipe_options={"backbone_rates": (0.1, 1.0)},
    ),
    "slow backbone": Lever(
        "a tenth of the rate for the backbone",
        recipe="fine_tune",
        recipe_options={"backbone_rates": (0.1, 0.1)},
    ),
    "unfreezing": Lever(
        "the backbone begins to learn from its end, in a fifth of the time",
        recipe="fine_tune",
        recipe_options={"backbone_rates": (1.0, 1.0), "unfreeze_epochs": 2.5},
    ),
    "twice the rate": Lever(
        "twice the learning rate", recipe_options={"learning_rate": 8e-4}
    ),
    # Larger networks.
    "kernels of 128": Lever(
        "a head of 256 filters, kernels of 128",
        parts={
            "head": "light",
            "mask_head": {"filters": 128, "output_filters": 128},
        },
    ),
    "quality branch": Lever(
        "the head predicts the IoU of each mask, which multiplies its score",
        parts={
            "head": {
                "filters": 128,
                "num_convs": 2,
                "kernel_filters": 64,
                "quality": True,
            }
        },
    ),
    "stride 2": Lever(
        "masks of four times the pixels",
        parts={"mask_head": {"filters": 64, "output_filters": 64, "stride": 2}},
    ),
    "finer grids": Lever(
        "grids of 64 to 16 cells a side instead of 40 to 12",
        parts={"grid_sizes": (64, 48, 36, 24, 16)},
    ),
}
# For one of the sets, of several changes, or there for others.
CHOSEN = {
    "teacher": Lever(
        "EfficientNet-Lite 2, three times the steps",
        weights="efficientnet_lite2_imagenet",
        times=3,
    ),
    # Objects that are small on the canvas.
    **{
        f"crops at {scale}": Lever(
            f"crops at {scale} pixels a pixel, predicted in tiles",
            augmentation={
                "pixel_scale": float(scale),
                "scale": (0.8, 1.25),
                "min_visible": 0.1,
            },
            prediction={"tiled": {"scale": float(scale), "overlap": 0.25}},
        )
        for scale in (2, 3)
    },
    # What was chosen of these, for trainings of a quarter of an hour and more.
    "chosen for nuclei": Lever(
        "crops at 2.5, soft targets, frozen statistics, rates by depth",
        recipe="fine_tune",
        recipe_options={"learning_rate": 4e-4, "backbone_rates": (0.3, 1.0)},
        backbone={"norm_frozen": True},
        # An image of 256 pixels at that scale is seen whole.
        canvas=(512, 512),
        batch_size=2,
        parts={"grid_sizes": (64, 40, 24, 12, 8)},
        data={"mask_targets": "soft"},
        augmentation={
            "pixel_scale": 2.5,
            "scale": (0.7, 1.4),
            "min_visible": 0.1,
        },
        prediction={"tiled": {"scale": 3.0, "overlap": 0.25}},
    ),
    "fine-tune": Lever(
        "recipe fine_tune, soft targets, frozen statistics",
        recipe="fine_tune",
        backbone={"norm_frozen": True},
        data={"mask_targets": "soft"},
    ),
    "chosen for people": Lever(
        "fine-tune, a canvas of 384, batches of 2",
        recipe="fine_tune",
        recipe_options={"learning_rate": 3e-4, "backbone_rates": (0.3, 1.0)},
        backbone={"norm_frozen": True},
        canvas=(384, 384),
        batch_size=2,
        data={"mask_targets": "soft"},
        augmentation={"scale": (0.7, 1.4), "min_visible": 0.1},
    ),
}
CHOSEN["fine-tune, crops at 2"] = dataclasses.replace(
    CHOSEN["fine-tune"],
    why="the same, from crops at 2 pixels a pixel, predicted in tiles",
    augmentation=CHOSEN["crops at 2"].augmentation,
    prediction=CHOSEN["crops at 2"].prediction,
)
CHOSEN["chosen for people, Lite 2"] = dataclasses.replace(
    CHOSEN["chosen for people"],
    why="the same with EfficientNet-Lite 2",
    weights="efficientnet_lite2_imagenet",
)
CHOSEN["chosen for people, canvas 448"] = dataclasses.replace(
    CHOSEN["chosen for people"],
    why="the same on a canvas of 448",
    canvas=(448, 448),
)
for trained in ("chosen for people", "chosen for people, Lite 2"):
    CHOSEN[f"{trained}, four views"] = dataclasses.replace(
        CHOSEN[trained],
        why="the same, as it is and larger by a quarter, both mirrored, too",
        prediction={"tta": {"scales": (1.0, 1.25)}},
        trained_as=trained,
    )
LEVERS = {**SINGLE, **CHOSEN}
