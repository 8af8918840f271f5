# %% [markdown]
# # Your own data in ten minutes
#
# From a folder of images with YOLO annotations to a model, its score and
# pictures of what it finds. The folder here has 22 microscope images of cell
# nuclei; put yours in its place, in this or in any other format of
# [your own data](../own-data.md). It takes three minutes on two cores.

# %%
import os
import pathlib

import keras_solo  # isort: skip (before keras: it chooses a backend)
import keras

EPOCHS = int(os.environ.get("EPOCHS", 150))
OUTPUT = pathlib.Path("nuclei-run")
CLONE = pathlib.Path(keras_solo.__file__).parents[1]
DATA = CLONE / "examples" / "nuclei"
IMAGE_SIZE = 256, 256

OUTPUT.mkdir(exist_ok=True)
keras.utils.set_random_seed(0)

# %% [markdown]
# ## Open it
#
# The format is recognised. Without `split` all splits come, as a dict.

# %%
train = keras_solo.data.open_dataset(DATA, split="train")
valid = keras_solo.data.open_dataset(DATA, split="val")

# %% [markdown]
# ## Know what will not work
#
# Damaged files, the same picture in two splits, objects that are too small or
# too many: better now than after the training. `keras-solo check` does the
# same.

# %%
report = keras_solo.data.check_dataset(
    {"train": train, "val": valid}, IMAGE_SIZE
)
print(report)
report.to_page().save(OUTPUT / "check.html")

# %% [markdown]
# ## A model
#
# `solov2_tiny_shapes` comes with the package, knows circles, and has two
# levels. With a network connection and larger photos, begin with a backbone
# that knows photos: `keras_solo.training.model_from_backbone(
# "resnet18_imagenet", train.class_names, image_size=(512, 512))`.
#
# Nuclei are small and close to one another, so the grids are finer than the
# preset's: 36 x 36 cells for small ones, 16 x 16 for large ones.

# %%
model = keras_solo.SOLOv2.from_preset(
    "solov2_tiny_shapes",
    class_names=train.class_names,
    category_ids=train.category_ids,
    preprocessor=keras_solo.Letterbox(IMAGE_SIZE),
    levels=keras_solo.Levels.for_canvas(IMAGE_SIZE, (36, 16), ("P3", "P4")),
)
keras_solo.training.plot_targets(train, model).save(OUTPUT / "targets.png")

# %% [markdown]
# ## What it is trained on
#
# Mirrored, turned, larger and smaller, brighter and darker, with nuclei of
# other images pasted in. Look at it: what you cannot recognise the network
# cannot learn.
#
# ![Four training images with their masks](../images/own_data_batch.jpg)

# %%
augmentation = keras_solo.data.Augmentation(
    vertical_flip=0.5,
    rotation=90,
    scale=(0.8, 1.5),
    brightness=0.3,
    contrast=0.5,
    copy_paste=0.3,
)
batches = train.batches(
    model.preprocessor, 4, augment=augmentation, mask_targets="soft"
)
keras_solo.visualization.plot_batch(
    *batches[0], class_names=train.class_names, columns=2
).save(OUTPUT / "batch.png")

# %% [markdown]
# ## Train

# %%
model.compile(
    **keras_solo.recipes.from_scratch(
        batch_size=4, steps_per_epoch=len(batches), epochs=EPOCHS
    )
)
model.fit(batches, epochs=EPOCHS, verbose=2)
model.save_to_preset(OUTPUT / "model")

# %% [markdown]
# ## How good is it?
#
# On images that it was not trained on: by size, by class, what it missed, what
# it found twice, and the images where it fails most, in one page. After 150
# epochs on PyTorch the mask AP is 0.22, AP50 0.43, of sixteen images in less
# than three minutes; more images and a larger backbone are what it lacks.

# %%
scores = keras_solo.evaluation.evaluate(model, valid, verbose=0)
print(scores)
scores.to_page("Nuclei").save(OUTPUT / "report.html")

# %% [markdown]
# ## Look at it
#
# The truth in the upper row, what was found in the lower one: nuclei that stand
# alone come out, those that touch are taken for one or missed.
#
# ![Truth above, found below](../images/own_data_found.jpg)

# %%
records = list(valid)[:3]
truth = [
    keras_solo.Instances.from_record(one, valid.class_names, load_image=True)
    for one in records
]
found = model.segment([one.load_image() for one in records])
found = [one[one.scores > 0.3] for one in found]
pictures = [one.plot(show_labels=False) for one in (*truth, *found)]
keras_solo.visualization.draw_sheet(pictures, columns=3).save(
    OUTPUT / "found.png"
)
print(found[0])

# %% [markdown]
# The model is `nuclei-run/model`. It is used from the command line, too:
#
# ```console
# keras-solo predict examples/nuclei/images/val \
#     --preset nuclei-run/model --output found
# ```
