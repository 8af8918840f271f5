# %% [markdown]
# # Small and dense objects
#
# Small objects are missed for three reasons: on the model's canvas they are
# smaller than what it was trained on, there are more of them than it may
# return, or it was trained on images in which they were too small to learn.
# Here is how to see which it is, and what to do about each, with the nuclei
# preset and the sample images of the package. It takes a minute on two cores.

# %%
import pathlib

import keras_solo
from keras_solo.evaluation import evaluate_coco
from keras_solo.inference import Tiling, segment_tiled

OUTPUT = pathlib.Path("small-objects-run")

OUTPUT.mkdir(exist_ok=True)
train, valid = keras_solo.data.sample_images()
model = keras_solo.SOLOv2.from_preset("solov2_lite0_nuclei")

# %% [markdown]
# ## How large are they, for the model?
#
# A letterbox makes each image as large as fits its canvas. What counts is the
# size of an object there. Below about 16 x 16 pixels, four cells of the masks,
# little is found.

# %%
size = valid[0].original_size
canvas = model.preprocessor.image_size
print(f"{size} becomes {canvas}: {model.preprocessor.scale(size):g} times")
for times in (2.0, 3.0):
    sizes = valid.suggest_settings(canvas, pixel_scale=times)
    total = sizes.proposed.num_objects
    print(f"{times:g} times: {sizes.small_objects} of {total} are small")

# %% [markdown]
# ```text
# (256, 256) becomes (512, 512): 2 times
# 2 times: 37 of 206 are small
# 3 times: 5 of 206 are small
# ```
#
# ## Enlarge, and cut into tiles
#
# Three times as large, the image does not fit the canvas any more. So it is
# cut into tiles that do, with an overlap, and what is found in them is put
# together: a nucleus on the border of two tiles comes out once and whole. No
# nucleus is larger than a tile, so the look at the whole image is left out.
#
# ![Truth, whole on the canvas, in tiles](../images/small_objects_found.jpg)

# %%
record = max(valid, key=lambda record: len(record.instances))
photo = record.load_image()
truth = keras_solo.Instances.from_record(
    record, valid.class_names, load_image=True
)
whole = model.segment(photo)
tiled = segment_tiled(model, photo, scale=3.0, whole=False)
found = [truth, whole[whole.scores > 0.3], tiled[tiled.scores > 0.3]]
print([len(instances) for instances in found])  # [79, 37, 66]
pictures = [one.plot(show_labels=False, scale=1) for one in found]
keras_solo.visualization.draw_sheet(pictures, columns=3).save(
    OUTPUT / "small_objects_found.jpg"
)

# %% [markdown]
# For 79 nuclei there are 66 results instead of 37, and what was taken for a
# large one is gone. One image shows what changed, the figures of several say
# whether it helps. At a scale of 2 there is one tile, and it is the whole one:

# %%
for scale in (2.0, 3.0):
    figures = evaluate_coco(
        model,
        valid,
        verbose=0,
        max_detections=500,
        tiled=Tiling(scale=scale, whole=False),
    )
    ap, ap50 = figures["mask_ap"], figures["mask_ap50"]
    print(f"{scale} times: mask AP {ap:.3f}, AP50 {ap50:.3f}")

# %% [markdown]
# ```text
# 2.0 times: mask AP 0.295, AP50 0.568
# 3.0 times: mask AP 0.412, AP50 0.801
# ```
#
# Figures on this page are PyTorch's. At 4.0 they are 0.463 and 0.882 of these
# four images, in nine tiles an image instead of four. The model learned at 1.75
# to 3.5, and how large your nuclei are it does not know, so try several scales.
#
# ## How many may be found
#
# Three bounds, each in another place:
#
# - **The model's.** `model.decoder.max_detections`: instances in an image, or
#   in each tile, 100 unless it was built with more. They are chosen of
#   `max_candidates` cells, which should be five times as many.
# - **The measure's.** COCO counts the best 100 results of a class in an image;
#   `max_detections=500` above lifts that.
# - **The slots of a batch.** Each sample has room for as many objects as the
#   fullest image has. A bound that you set saves memory, and loses the
#   smallest objects of the images that are fuller.

# %%
dense = keras_solo.SOLOv2.from_preset(
    "solov2_tiny_shapes",
    decoder={"max_detections": 300, "max_candidates": 1500},
)
print(model.decoder.max_detections, dense.decoder.max_detections)

every = train.batches(model.preprocessor, 4)
fewer = train.batches(
    model.preprocessor, 4, max_objects=40, on_excess="drop_smallest"
)
print(every.max_objects, fewer.max_objects)  # 75 and 40 slots
print(fewer.dropped_objects)  # 54 objects are left out in each epoch

# %% [markdown]
# ## Train at the scale of the tiles
#
# A model finds what it has seen. `pixel_scale` crops training images at a
# scale instead of making them fit; `scale` varies it, and objects of which
# less than a tenth is left after cropping are not labelled. A crop of the
# fullest image has fewer objects, so there are 51 slots instead of 75.
#
# ![A whole image, and a crop](../images/small_objects_batch.jpg)

# %%
crops = keras_solo.data.Augmentation(
    pixel_scale=2.5, scale=(0.8, 1.25), vertical_flip=0.5, min_visible=0.1
)
letterbox = keras_solo.Letterbox((256, 256))
one = train.subset([3])
pictures = []
for augment in (False, crops):
    print(train.batches(letterbox, 4, augment=augment))
    images, targets = one.batches(letterbox, 1, augment=augment)[0]
    pictures.append(keras_solo.visualization.plot_batch(images, targets))
keras_solo.visualization.draw_sheet(pictures, columns=2).save(
    OUTPUT / "small_objects_batch.jpg"
)

# %% [markdown]
# Such a model is then measured with `tiled=Tiling(scale=2.5, whole=False)`, by
# `evaluate_coco` and by `CocoMaskAP` during the training. The preset above was
# trained like this.
#
# ## What next
#
# - [Large images](../large-images.md): overlap, memory, and what tiles cost.
# - [The nuclei preset](../presets.md#cell-nuclei): figures, and what it cannot
#   do. Nuclei that touch are its weak point, and tiles do not part them.
# - [Grids and levels](grids.md): where many objects share a cell.
