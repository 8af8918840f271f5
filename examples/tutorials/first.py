# %% [markdown]
# # A first model, from a folder to a prediction
#
# This page goes the whole way once: a folder in COCO's format, a look at the
# targets, training, evaluation, prediction. Its code runs as it stands, in
# about a minute on two CPU cores, and the tests run it. Put your own folder in
# place of the first step and the rest stays the same. It wants what
# `pip install -e ".[jax,plot]"` installs (or another backend's extra).
#
# ## 1. A folder in COCO's format
#
# The format is a JSON file with the lists `images`, `annotations` and
# `categories`, and a folder of image files. Here we write one, with synthetic
# pictures of circles and rectangles:

# %%
import os

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras

EPOCHS = int(os.environ.get("EPOCHS", 10))

shapes = keras_solo.data.ShapesDataset
shapes(64, original_size=(120, 160), num_classes=2, seed=1).write("train")
shapes(24, original_size=(120, 160), num_classes=2, seed=2).write("valid")

# %% [markdown]
# and read it as we would read any other:

# %%
train = keras_solo.data.CocoDataset(
    "train/annotations.json", images="train/images"
)
valid = keras_solo.data.CocoDataset(
    "valid/annotations.json",
    images="valid/images",
    class_names=train.class_names,
)
print(train, train.class_names)

# %% [markdown]
# ```text
# <CocoDataset: 64 images, 2 classes> ('circle', 'rectangle')
# ```
#
# The file is checked when it is read. An annotation without a segmentation, a
# NaN, a missing image or an unknown category stops here, with the file and the
# annotation's id in the message; `on_error="skip"` leaves such entries out and
# lists them in `train.skipped`. Category ids become labels 0, 1, ... at this
# door, in the order of the ids, and ids again in results. `class_names=` makes
# sure that both files mean the same by a label.
#
# ## 2. A model

# %%
keras.utils.set_random_seed(0)
model = keras_solo.SOLOv2.from_preset(
    "solov2_tiny_shapes", class_names=train.class_names
)
print(model.preprocessor)

# %% [markdown]
# The preset is a very small SOLOv2 that has seen circles, rectangles and
# triangles. With `class_names` it gets a new last category layer for our two
# classes and keeps all other weights, as any fine-tuning does.
#
# `model.preprocessor` is the letterbox between images of any size and the
# model's canvas, here 128 × 128 pixels. It is part of the model and saved with
# it.
#
# A model this small is for shapes. For photographs take a larger one, and
# a backbone that has seen photographs:
#
# <!-- not run: downloads the backbone's ImageNet weights -->
# ```python
# resnet = keras.applications.ResNet50(
#     include_top=False, input_shape=(None, None, 3)
# )
# model = keras_solo.SOLOv2(
#     resnet,
#     class_names=train.class_names,
#     preprocessor=keras_solo.Letterbox((512, 512)),
#     head="light",
# )
# ```
#
# ## 3. Look before you train
#
# SOLOv2 has no boxes to match and no anchors. A grid cell is trained on an
# object if the object's centre falls into it, and on the pyramid level that
# answers for the object's size. See whether this does what you expect:

# %%
keras_solo.training.plot_targets(train, model, index=0).save("targets.png")

# %% [markdown]
# ![Targets of the first image](../images/tutorial_targets.jpg)
#
# The first panel shows the objects on the canvas; the grey band below is
# padding, since the images are wider than high. Each further panel is a level:
# its grid, its objects in colour, and a dot in each cell that is trained on one
# of them. If an object has no dot anywhere, no cell learns it. If two objects
# often share a cell, one of them loses its label.
#
# The same as numbers, over the whole dataset:

# %%
report = train.suggest_levels(
    image_size=(128, 128), grid_sizes=(16, 8), names=("P3", "P4")
)
print(report)

# %% [markdown]
# ```text
# 179 objects in 64 images on a canvas of 128 x 128 pixels
# level   grid   object size (px)   objects   cells in collision
# P3        16   0 to 15.36              15                    0
# P4         8   7.68 to inf            179                   12
# 0 unassigned, 0 hidden: later objects own all their cells
# ```
#
# `report.levels` can be handed to a model that is built new
# (`SOLOv2(..., levels=report.levels)`). The preset brings its own,
# `model.levels`, whose finer grid takes larger objects too, which separates
# them better.
#
# ## 4. Train

# %%
batches = train.batches(
    model.preprocessor, batch_size=8, augment=True, mask_targets="soft"
)
model.compile(
    **keras_solo.recipes.from_scratch(
        batch_size=8,
        steps_per_epoch=len(batches),
        epochs=EPOCHS,
        learning_rate=1e-3,
        ema=False,
    )
)
history = model.fit(
    batches,
    epochs=EPOCHS,
    callbacks=[keras_solo.callbacks.CocoMaskAP(valid, every=5)],
)
keras_solo.visualization.draw_curves(history).save("curves.png")

# %% [markdown]
# - `batches` have fixed shapes, are prepared ahead by workers, and depend on
#   the seed alone. `batches[0]` is a pair of arrays to look at.
# - `augment=True` mirrors, scales, moves and recolours. Image, masks and boxes
#   share one affine, and polygons are moved vertex by vertex.
# - `mask_targets="soft"` trains on the part of each stride-4 pixel that the
#   object covers, rather than on yes or no.
# - A recipe is the argument list of `compile`, nothing more: a plain
#   `model.compile()` works too. The moving average of the weights (`ema`)
#   is off: it smooths long trainings, and these are 80 steps.
# - `category_loss` and `mask_loss` in the progress bar add up to `loss`.
# - `CocoMaskAP` segments the validation images and writes `val_mask_ap`,
#   `val_mask_ap50`, ... into the logs, where `ModelCheckpoint` and
#   `EarlyStopping` find them.
#
# ## 5. Evaluate

# %%
figures = keras_solo.evaluation.evaluate_coco(model, valid)
print(f"mask AP {figures['mask_ap']:.2f}, box AP {figures['box_ap']:.2f}")

# %% [markdown]
# These are COCO's figures, computed by pycocotools on masks in original pixels:
# AP is the mean over IoU thresholds from 0.50 to 0.95 and over classes. The box
# figures are those of the tight boxes around the masks. A figure without any
# object to measure, such as `mask_ap_large` here, is NaN.
#
# ## 6. Predict

# %%
instances = model.segment("valid/images/000001.png")
instances = instances[instances.scores > 0.3]
for one in instances:
    print(one.names[0], one.scores[0], one.boxes[0], one.areas[0])
instances.plot().save("instances.png")

# %% [markdown]
# ![What it finds in an image it never saw](../images/tutorial_instances.jpg)
#
# `segment` takes paths, arrays, or a list of either, of any size.
# `Instances` are in the pixels of the image: `masks` `(n, height, width)`,
# tight `boxes` (xyxy), `labels`, `scores`. Filter them as you would filter an
# array. For other tools:

# %%
results = instances.to_coco(image_id=1, category_ids=valid.category_ids)
polygons = instances.to_polygons()

# %% [markdown]
# [What comes back](../results.md) has all of it: label maps, crops, YOLO,
# LabelMe, and the way back.
#
# ## 7. Keep it

# %%
model.save_to_preset("my_segmenter")
again = keras_solo.SOLOv2.from_preset("my_segmenter")
print(again.class_names)

# %% [markdown]
# The folder holds the configuration, class names and letterbox included, and
# the weights. `model.save("my_segmenter.keras")` writes one file with the
# optimizer as well, to continue a training;
# `keras.saving.load_model("my_segmenter.keras")` reads it, once `keras_solo` is
# imported: before that Keras knows none of its classes, and fails.
#
# ## Where to go from here
#
# - [Architecture](../architecture.md): what happens between these lines.
# - [From the command line](../command-line.md): the same without Python.
# - [Reference](../reference/index.md): every argument.
