# %% [markdown]
# # Compose the layers into a model of your own
#
# `SOLOv2` is one way to wire the layers of this package. There are three ways
# to another model:
#
# - A new backbone alone: hand it to `SOLOv2`, which takes any functional Keras
#   model with features at strides 4, 8, 16 and 32.
# - A head that is nearly the usual one: a subclass of `layers.SOLOv2Head` or
#   `layers.MaskFeatureHead`, as `SOLOv2(head=..., mask_head=...)`.
# - Anything else: wire the whole network, and hand it to
#   `models.ComposedSOLOv2`, which trains it, measures it, segments with it and
#   saves it.
#
# This tutorial goes the third way: a backbone of separable convolutions, a
# head with one tower where SOLOv2's has two, and a loss for masks that minds
# missing pixels more than surplus ones.

# %%
import os

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras
from keras import ops

from keras_solo import layers
from keras_solo.models import ComposedSOLOv2

EPOCHS = int(os.environ.get("EPOCHS", 60))
CANVAS = 128, 128
registered = keras.saving.register_keras_serializable(package="tutorial")

keras.utils.set_random_seed(0)
train = keras_solo.data.ShapesDataset(96, CANVAS, seed=1)
valid = keras_solo.data.ShapesDataset(32, CANVAS, seed=2)

# %% [markdown]
# ## What the network must return
#
# A dict of three tensors, for canvases `(B, H, W, 3)`, RGB from 0 to 255:
#
# | name | shape | what it is |
# |---|---|---|
# | `category_logits` | `(B, G, C)` | how probable each class is in a cell |
# | `kernels` | `(B, G, E)` | what cuts out the object of a cell |
# | `mask_features` | `(B, H/4, W/4, E)` | what kernels cut from |
#
# G are the cells of all grids, row by row, the finest level first. Which
# object each cell is trained on is said by `Levels`, and so the network's
# grids must be theirs: here 16 x 16 cells for small objects and 8 x 8 for
# large ones.

# %%
levels = keras_solo.Levels.for_canvas(CANVAS, (16, 8), ("P3", "P4"))
print(levels.num_cells, "cells")


# %% [markdown]
# ## A backbone
#
# Plain Keras. Images are scaled inside the network, so that nobody has to
# remember it.


# %%
def backbone(images):
    """Maps at strides 4, 8, 16 and 32."""
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same")(x)
    maps = {}
    for level, filters in enumerate((32, 48, 64, 96), start=2):
        for strides in (2, 1):
            x = keras.layers.SeparableConv2D(
                filters, 3, strides=strides, padding="same", use_bias=False
            )(x)
            x = keras.layers.BatchNormalization()(x)
            x = keras.layers.Activation("relu")(x)
        maps[f"P{level}"] = x
    return maps


# %% [markdown]
# ## A head
#
# A layer of your own is a Keras layer with a name to be saved under, a
# `get_config`, and a `build`, so that a file finds its weights. This one brings
# each map to its grid, adds the coordinates, and reads categories and kernels
# from one tower. Without coordinates the kernels of two equal objects would be
# equal, and so would their masks.
#
# The first bias makes an untrained head say 0.05 of every class. Starting at
# one half, it would learn for a long time that most cells hold nothing.


# %%
@registered
class OneTowerHead(keras.layers.Layer):
    """Categories and kernels of every cell, from one tower."""

    def __init__(
        self, num_classes, kernel_filters, grids, filters=64, **kwargs
    ):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.kernel_filters = kernel_filters
        self.grids = dict(grids)
        self.filters = filters
        self.tower = [layers.ConvBlock(filters, groups=8) for _ in range(2)]
        self.categories = keras.layers.Conv2D(
            num_classes,
            3,
            padding="same",
            bias_initializer=keras.initializers.Constant(-2.94),
        )
        self.kernels = keras.layers.Conv2D(kernel_filters, 3, padding="same")

    def build(self, input_shape):
        channels = next(iter(input_shape.values()))[-1] + 2  # coordinates
        for layer in self.tower:
            layer.build((None, None, None, channels))
            channels = self.filters
        for layer in (self.categories, self.kernels):
            layer.build((None, None, None, channels))

    def call(self, inputs):
        logits, kernels = [], []
        for name, size in self.grids.items():
            x = layers.coord_concat(inputs[name])
            x = ops.image.resize(x, (size, size), data_format="channels_last")
            for block in self.tower:
                x = block(x)
            cells = (-1, size * size)
            logits.append(
                ops.reshape(self.categories(x), (*cells, self.num_classes))
            )
            kernels.append(
                ops.reshape(self.kernels(x), (*cells, self.kernel_filters))
            )
        return {
            "category_logits": ops.concatenate(logits, axis=1),
            "kernels": ops.concatenate(kernels, axis=1),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "kernel_filters": self.kernel_filters,
            "grids": self.grids,
            "filters": self.filters,
        }


# %% [markdown]
# ## The network
#
# The feature pyramid and the mask features are the package's own. `Levels` and
# the class names go to the model, which compares them with the network's
# shapes and says what does not fit.

# %%
images = keras.Input((None, None, 3))
features = layers.FeaturePyramid(filters=48)(backbone(images))
grids = dict(zip(levels.names, levels.grid_sizes, strict=True))
outputs = OneTowerHead(train.num_classes, 32, grids)(features)
outputs["mask_features"] = layers.MaskFeatureHead(
    filters=48,
    output_filters=32,
    level_names=("P2", "P3", "P4", "P5"),
    groups=8,
)(features)

model = ComposedSOLOv2(
    keras.Model(images, outputs, name="one_tower"),
    class_names=train.class_names,
    preprocessor=keras_solo.Letterbox(CANVAS),
    levels=levels,
)
print(f"{model.count_params():,} weights")


# %% [markdown]
# ## A loss
#
# A mask loss takes masks in [0, 1] and logits, both `(B, P, h, w)`, a mask for
# each pair of a cell and its object, and returns one number a mask, `(B, P)`.
# Tversky's index is dice with two weights: a missing pixel counts 0.7 here,
# one too many 0.3. Sums over masks are float32, also where the network is
# bfloat16.
#
# The other argument of `compile` is `category_loss`, of labels `(B, G)`, -1
# for background, and logits `(B, G, C)`; it returns one number.


# %%
@registered
def tversky(masks, logits):
    """One minus Tversky's index of each mask."""
    wanted = ops.cast(masks, "float32")
    found = ops.sigmoid(ops.cast(logits, "float32"))
    shared = ops.sum(wanted * found, axis=(-2, -1))
    missing = ops.sum(wanted * (1 - found), axis=(-2, -1))
    surplus = ops.sum((1 - wanted) * found, axis=(-2, -1))
    return 1 - (shared + 1) / (shared + 0.7 * missing + 0.3 * surplus + 1)


# %% [markdown]
# ## Train it
#
# From here on nothing is different from a `SOLOv2`: batches, recipes,
# callbacks, `evaluate`, `segment`, run folders and exports.

# %%
batches = train.batches(
    model.preprocessor, batch_size=8, augment=True, mask_targets="soft"
)
recipe = keras_solo.recipes.from_scratch(
    batch_size=8,
    steps_per_epoch=len(batches),
    epochs=EPOCHS,
    learning_rate=3e-3,
)
model.compile(**recipe, mask_loss=tversky)
model.fit(batches, epochs=EPOCHS, verbose=2)

# %% [markdown]
# ## Measure it, and look
#
# After 60 epochs on JAX the mask AP is 0.09, AP50 0.22. That is little: 96
# images and 720 steps from random weights are enough to see that it learns, and
# not enough for shapes that touch. `keras-solo demo` takes 1,800 steps.
#
# ![Truth above, found below](../images/compose_found.jpg)

# %%
figures = keras_solo.evaluation.evaluate_coco(model, valid, verbose=0)
print(f"mask AP {figures['mask_ap']:.2f}, AP50 {figures['mask_ap50']:.2f}")

records = [valid[index] for index in range(3)]
truth = [
    keras_solo.Instances.from_record(one, valid.class_names, load_image=True)
    for one in records
]
found = model.segment([one.load_image() for one in records])
found = [one[one.scores > 0.3] for one in found]
pictures = [one.plot(scale=2) for one in (*truth, *found)]
sheet = keras_solo.visualization.draw_sheet(pictures, columns=3)
sheet.save("compose_found.jpg")

# %% [markdown]
# ## Keep it
#
# A preset folder holds the network, its classes and the letterbox, and a
# `.keras` file the optimizer and your loss as well. Both need your layers to be
# registered under the same names when they are read: import the module in
# which they stand, first.

# %%
model.save_to_preset("one_tower")
again = keras_solo.SOLOv2.from_preset("one_tower")
print(type(again).__name__, again.class_names)

model.save("one_tower.keras")
loaded = keras.saving.load_model("one_tower.keras")
print(loaded.mask_loss.__name__)

# %% [markdown]
# ## What a composed model lacks
#
# Nobody knows which of its layers are a backbone, so all that asks for parts
# is not there: `compile(remat=True)`, `recipes.fine_tune`, a `semantic_head`,
# `Distiller`, `to_mmdet`, and new classes for old weights by
# `from_preset(class_names=...)`. A backbone of yours inside `SOLOv2` has them
# all.
