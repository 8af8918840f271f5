# %% [markdown]
# # Evaluate, and read the figures
#
# One call measures a model as COCO does it, and more. What is hard is to read
# it: which figure answers which question. Here each is asked of a small model
# of drawn shapes. It takes a minute on two cores.

# %%
import pathlib

import keras_solo
from keras_solo.evaluation import evaluate, evaluate_coco, evaluate_results

OUTPUT = pathlib.Path("evaluate-run")

OUTPUT.mkdir(exist_ok=True)
valid = keras_solo.data.ShapesDataset(
    80, original_size=(160, 160), max_objects=9, seed=7
)
model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")

# %% [markdown]
# ## COCO's figures alone
#
# `evaluate_coco` returns a dict, for a loop or a log. AP is the area under the
# curve of precision over recall, the mean of ten IoU thresholds from 0.50 to
# 0.95 and of all classes.

# %%
figures = evaluate_coco(model, valid, verbose=0)
for name in ("mask_ap", "mask_ap50", "mask_ap75", "mask_ar100", "box_ap"):
    print(f"{name:10} {figures[name]:.3f}")

# %% [markdown]
# ```text
# mask_ap    0.614
# mask_ap50  0.829
# mask_ap75  0.710
# mask_ar100 0.671
# box_ap     0.526
# ```
#
# Figures on this page are PyTorch's. Published results are compared by
# `mask_ap` and `box_ap`. `mask_ap50` asks whether objects are found at all,
# `mask_ap75` whether their outlines are good. Here most of those that are found
# have good ones; were the second much lower, a larger canvas would be the first
# thing to try. `mask_ar100` is recall: about a third is missing, or its outline
# is not good enough. The boxes, drawn around the masks, suffer more from a
# single wrong pixel at the end of a corner.
#
# ## Everything

# %%
report = evaluate(model, valid, verbose=0)
print(report)
report.to_page("Shapes").save(OUTPUT / "report.html")

# %% [markdown]
# `report.html` is one file that opens offline; in a notebook, `report` as the
# last line of a cell shows the same. Everything in it is an attribute, too.
#
# ### By size and by class

# %%
for name, row in report.per_size.items():
    print(f"{name:7} {row['objects']:4} objects, mask AP {row['mask_ap']:.3f}")
for name, row in report.per_class.items():
    print(
        f"{name:9} mask AP {row['mask_ap']:.3f}, "
        f"recall at IoU 0.5 {row['mask_recall50']:.3f}"
    )

# %% [markdown]
# ```text
# all      378 objects, mask AP 0.614
# small    253 objects, mask AP 0.552
# medium   126 objects, mask AP 0.779
# large      0 objects, mask AP nan
# third1   127 objects, mask AP 0.386
# third2   125 objects, mask AP 0.700
# third3   126 objects, mask AP 0.779
# circle    mask AP 0.745, recall at IoU 0.5 0.886
# rectangle mask AP 0.629, recall at IoU 0.5 0.825
# triangle  mask AP 0.468, recall at IoU 0.5 0.667
# ```
#
# `small`, `medium` and `large` are COCO's, below 32 x 32 and above 96 x 96
# pixels of the image. The thirds are those of your own objects, about as many
# in each, and here they say more: the model is bad at the smallest third, and
# at triangles. A figure of few objects says little, so look at their number;
# without any it is NaN.
#
# ### What went wrong

# %%
print(report.confusion)
print(report.confusion.matrix)
for wanted, got, count in report.confusion.most_confused(3):
    print(f"{count} times a {wanted} was taken for a {got}")
print("most missed in images", report.confusion.worst("missed", 3))

# %% [markdown]
# ```text
# Confusion(matched 297, wrong_class 7, missed 74, duplicate 36, background 12)
# [[109   5   0   9]
#  [  0  94   1  19]
#  [  0   1  94  46]
#  [  9  19  20   0]]
# ```
#
# Rows are the classes of objects, columns those of results; the last column
# has the objects that were missed, the last row results on no object, or on one
# that has a result already. Classes are hardly confused here, so more examples
# of each are not the first thing that this model needs. What it lacks are
# objects, 46 of 141 triangles: finer grids, a larger canvas or a longer
# training find more.
#
# ![The most missed objects: truth, and found](../images/evaluate_missed.jpg)

# %%
image_ids = [record.image_id for record in valid]
record = valid[image_ids.index(report.confusion.worst("missed", 1)[0][0])]
truth = keras_solo.Instances.from_record(
    record, valid.class_names, load_image=True
)
found = model.segment(record.load_image())
found = found[found.scores > 0.3]
keras_solo.visualization.draw_sheet(
    [truth.plot(scale=2), found.plot(scale=2)], columns=2
).save(OUTPUT / "evaluate_missed.jpg")

# %% [markdown]
# ## A score threshold
#
# AP looks at results of all scores. Who uses a model keeps those above one
# threshold, and wants to know how many of the objects come out, and how many
# results are wrong. That is what accuracy, precision and recall say, at IoU
# 0.5: TP / (TP + FP + FN), TP / (TP + FP), TP / (TP + FN).
#
# Segment once, measure with several thresholds:

# %%
results = []
images = (record.load_image() for record in valid)
for index, instances in model.segment_stream(images):
    results += instances.to_coco(image_ids[index], valid.category_ids)

accuracy: dict[float, float] = {}
for threshold in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
    figures = evaluate_results(
        results, valid, score_threshold=threshold
    ).figures
    accuracy[threshold] = figures["mask_accuracy50"]
    print(
        f"{threshold}: precision {figures['mask_precision50']:.3f}, "
        f"recall {figures['mask_recall50']:.3f}, "
        f"accuracy {figures['mask_accuracy50']:.3f}"
    )
best = max(accuracy, key=lambda threshold: accuracy[threshold])
print("most accurate from a score of", best)

# %% [markdown]
# ```text
# 0.1: precision 0.362, recall 0.865, accuracy 0.343
# 0.2: precision 0.636, recall 0.828, accuracy 0.562
# 0.3: precision 0.844, recall 0.786, accuracy 0.686
# 0.4: precision 0.957, recall 0.706, accuracy 0.685
# 0.5: precision 0.991, recall 0.606, accuracy 0.603
# 0.6: precision 0.995, recall 0.484, accuracy 0.483
# 0.7: precision 1.000, recall 0.312, accuracy 0.312
# ```
#
# From 0.3 to 0.4 the accuracy is the same, and which errors remain is for you
# to choose: with 0.4 there are 30 objects fewer, and 12 wrong results instead
# of 55. Choose it on images that you do not report: a threshold that was chosen
# on the test images flatters the model.
#
# ## Curves
#
# ![Precision over recall, by IoU threshold](../images/evaluate_curves.png)

# %%
report.curves.plot().save(OUTPUT / "evaluate_curves.png")

# %% [markdown]
# Each curve ends where no result is left: that recall is the most that this
# model reaches at this IoU. A curve that falls early has false results with
# high scores; one that stays high and ends early has missed objects.
#
# ## What next
#
# - [How good is a model](../evaluating.md): each figure defined, results of
#   other tools, more than a hundred objects in an image.
# - [Small and dense objects](small-objects.md): when the smallest third is bad.
# - `keras-solo evaluate` does the same [from the command
#   line](../command-line.md).
