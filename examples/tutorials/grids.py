# %% [markdown]
# # Grids and levels
#
# SOLOv2 has no boxes to match. It lays a grid over the image, and the cell at
# an object's centre learns the object. So the grids decide which objects a
# model can learn at all. Here is what they do to two datasets, and what finer
# ones cost. It takes three minutes on one core.

# %%
import os
import pathlib
import time

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras

EPOCHS = int(os.environ.get("EPOCHS", 60))
OUTPUT = pathlib.Path("grids-run")
IMAGE_SIZE = 256, 256
LEVELS = "P3", "P4"

OUTPUT.mkdir(exist_ok=True)
keras.utils.set_random_seed(0)
shapes = keras_solo.data.ShapesDataset(12, seed=1)
nuclei, valid = keras_solo.data.sample_images()

# %% [markdown]
# ## Count
#
# Twelve images of drawn shapes and twelve of cell nuclei, once with 16 x 16
# and 8 x 8 cells, once with 40 x 40 and 20 x 20. The names say which maps of
# the feature pyramid the two grids read, here those of strides 8 and 16.

# %%
COARSE, FINE = (16, 8), (40, 20)

for dataset in (shapes, nuclei):
    for grid_sizes in (COARSE, FINE):
        report = dataset.suggest_levels(
            IMAGE_SIZE, grid_sizes=grid_sizes, names=LEVELS
        )
        print(report, "\n")

# %% [markdown]
# Of the nuclei, on the coarse grids:
#
# ```text
# 386 objects in 12 images on a canvas of 256 x 256 pixels
# level   grid   object size (px)   objects   cells in collision
# P3        16   0 to 30.72             341                   45
# P4         8   15.36 to inf           175                   26
# 0 unassigned, 27 hidden: later objects own all their cells
# ```
#
# - A level answers for the objects of some sizes; the size of an object is the
#   square root of its box's area. Ranges overlap, so most objects that are
#   neither small nor large live on both.
# - A cell is *in collision* where two objects claim it. The later one gets its
#   label, the masks of both are trained on it.
# - An object is *hidden* when it has lost all its cells, on all of its levels:
#   27 of the 386 nuclei are no cell's to find. On the fine grids 1 is, with 6
#   cells in collision. Of the shapes none is hidden on either: they are larger
#   and fewer, and finer grids would be wasted on them.
#
# ## Look
#
# The image with the most nuclei: its objects, and for each level the grid, the
# level's objects in colour, and a dot in each cell that is trained on one. Dots
# within dots are collisions.
#
# ![On 16 and 8 cells a side](../images/grids_coarse.jpg)
#
# ![On 40 and 20 cells a side](../images/grids_fine.jpg)

# %%
models = {
    grid_sizes: keras_solo.SOLOv2.from_preset(
        "solov2_tiny_shapes",
        class_names=nuclei.class_names,
        category_ids=nuclei.category_ids,
        preprocessor=keras_solo.Letterbox(IMAGE_SIZE),
        levels=keras_solo.Levels.for_canvas(IMAGE_SIZE, grid_sizes, LEVELS),
    )
    for grid_sizes in (COARSE, FINE)
}
for name, model in zip(("coarse", "fine"), models.values(), strict=True):
    keras_solo.training.plot_targets(nuclei, model, panel_width=260).save(
        OUTPUT / f"grids_{name}.jpg"
    )

# %% [markdown]
# ## Ask for a proposal
#
# `check_dataset` finds the hidden objects too, and names them, for the levels
# that you give it. `suggest_settings` tries four sets of grids on five levels,
# and proposes the first that loses at most one object in a hundred.

# %%
checked = keras_solo.data.check_dataset(
    nuclei, IMAGE_SIZE, levels=models[COARSE].levels
)
for problem in checked.problems:
    print(f"{problem.severity}: {problem.kind}, {problem.count}")
print(nuclei.suggest_settings(IMAGE_SIZE))

# %% [markdown]
# For these images it proposes the grids of the SOLOv2 paper: 40, 36, 24, 16
# and 12 cells a side. The [whole dataset](../check-data.md), with up to 375
# nuclei in an image, gets finer ones. There are three more ways to lose fewer:
#
# - **Tiles.** A larger canvas alone does not part neighbours, since the grid
#   grows with it. A tile does: it has the same grid for a part of the image.
# - **Levels of your own**, `Levels(grid_sizes, ranges, names)`, where most
#   objects have one size and one level gets them all.
# - **`target_encoder={"collision": "smallest"}`**, so that the smaller of two
#   objects gets the cell, not the later one.

# %%
for image_size in (IMAGE_SIZE, (512, 512)):
    report = nuclei.suggest_levels(image_size, grid_sizes=COARSE, names=LEVELS)
    print(image_size, report.hidden, "hidden")
tiles = nuclei.suggest_settings(IMAGE_SIZE, pixel_scale=2.0).default
print("tiles", sum(tiles.collisions), "cells in collision")

# %% [markdown]
# ## What finer grids cost, and what they gain
#
# Every cell of every grid gets a class and a kernel, so the head's time grows
# with the number of cells. All else stays as it is.


# %%
def seconds_a_step(
    model: keras_solo.SOLOv2, batches: keras_solo.data.Batches
) -> float:
    """Trains a model; of the steps after the first epoch, which compiles."""
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
    )
    model.compile(**keras_solo.recipes.from_scratch(4, len(batches), EPOCHS))
    model.fit(batches, epochs=EPOCHS, verbose=0, callbacks=[clock])
    return (ends[-1] - ends[0]) / (EPOCHS - 1) / len(batches)


for grid_sizes, model in models.items():
    batches = nuclei.batches(
        model.preprocessor, 4, augment=True, mask_targets="soft"
    )
    seconds = seconds_a_step(model, batches)
    figures = keras_solo.evaluation.evaluate_coco(model, valid, verbose=0)
    print(
        f"{grid_sizes}: {model.levels.num_cells} cells, {seconds:.2f} s a "
        f"step, mask AP {figures['mask_ap']:.3f}"
    )

# %% [markdown]
# On PyTorch and one idle core a step takes 0.33 s with the 320 cells of the
# coarse grids and 0.39 s with the 2000 of the fine ones. With 8000 cells,
# `FINE = (80, 40)`, it is 0.72 s: cells are cheap until they outweigh all else,
# which comes earlier in a model as small as this one.
#
# The mask AP was 0.03 on the coarse grids and 0.06 on the fine ones. It is of
# four images, after so few steps, and another seed gives another one. Compare
# grids on your own data, and on more images, before you pay for finer ones.
#
# ## What next
#
# - [Check your data](../check-data.md): everything else that is better known
#   before a training, and the rules of the proposals.
# - [Small objects](small-objects.md): scale, tiles and slots.
# - [Fine-tune on real images](fine-tune.md).
