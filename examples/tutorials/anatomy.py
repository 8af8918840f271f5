# %% [markdown]
# # Anatomy of SOLOv2 in pictures
#
# What happens between an image and its instances, tensor by tensor, on one
# image of synthetic shapes and with the smallest preset of the package. Every
# tensor here comes from the layers that `segment` itself runs; nothing is
# drawn by hand. It wants matplotlib, `pip install "keras-solo[plot]"`, and
# takes seconds. [Architecture](../architecture.md) tells the same in words.
#
# One colour is one object throughout. In maps of numbers bright is large; where
# there are negative ones, red is positive and blue is negative.

# %%
import keras_solo  # isort: skip (before keras: it chooses a backend)
import matplotlib.pyplot as plt
import numpy as np
from keras import ops
from matplotlib.colors import LinearSegmentedColormap

from keras_solo import layers
from keras_solo.visualization import instance_colors

PAPER, INK = "#16181d", "#e8e8ea"
plt.rcParams.update(
    {
        "figure.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": INK,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "font.size": 9,
        "axes.titlesize": 9.5,
        "image.interpolation": "nearest",
    }
)


def panels(rows, columns, height):
    """A figure of seven inches, and its axes in a row."""
    figure, axes = plt.subplots(
        rows, columns, figsize=(7, height), layout="constrained", squeeze=False
    )
    return figure, axes.ravel()


def show(axis, array, title="", color=INK, signed=False, top=None, **options):
    """Draws a map, in colours that mean the same in every picture."""
    if signed:
        top = top or np.abs(array).max()
        options |= {"cmap": "RdBu_r", "vmin": -top, "vmax": top}
    elif array.ndim == 2:
        options = {"cmap": "magma", "vmin": 0, "vmax": top, **options}
    axis.imshow(array, **options)
    axis.set_title(title, color=color)
    axis.set(xticks=[], yticks=[], autoscale_on=False)
    axis.spines[:].set_visible(False)


def save(figure, name):
    figure.savefig(name, dpi=160)
    plt.close(figure)


# %% [markdown]
# ## The canvas
#
# A network wants sides that are multiples of 32, and batches want one size. The
# model's `preprocessor` makes the image smaller, keeps its proportions, and
# fills the rest with a grey that is zero after normalisation. On the way back
# the same numbers are used the other way round.
#
# ![The image and its canvas](../images/anatomy_canvas.jpg)

# %%
model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
dataset = keras_solo.data.ShapesDataset(
    1, original_size=(120, 160), min_objects=5, max_objects=6, seed=163
)
image = dataset[0].load_image()
canvas = model.preprocessor.to_canvas(image)
drawn = canvas.astype("uint8")

figure, axes = panels(1, 2, 3.2)
show(axes[0], image, f"image, {image.shape[0]} x {image.shape[1]}")
show(axes[1], drawn, f"canvas, {canvas.shape[0]} x {canvas.shape[1]}")
save(figure, "anatomy_canvas.jpg")

# %% [markdown]
# ## The grids
#
# SOLOv2 has no boxes and no anchors. It lays a grid over the canvas, and the
# cell that holds the centre of an object answers for it; cells beside it do,
# too, if the middle fifth of the object's box touches them. Each level of the
# pyramid has a grid of its own for objects of some sizes: here 16 x 16 cells
# for small ones and 8 x 8 for large ones. Sizes overlap, so that an object in
# between has cells at both.
#
# This is what the model was trained on. When it predicts it knows nothing of
# it, and has to find by itself which cells answer. The outlines are those of
# the mask targets, whose pixels are four of the canvas wide.
#
# ![Two grids over the canvas](../images/anatomy_grids.jpg)

# %%
batch, targets = dataset.batches(model.preprocessor, 1, shuffle=False)[0]
encoder = layers.SOLOv2TargetEncoder(model.levels)
encoded = {k: ops.convert_to_numpy(v)[0] for k, v in encoder(targets).items()}
truth = targets["masks"][0][targets["labels"][0] >= 0] > 0.5
colors = instance_colors(np.arange(len(truth))) / 255


def split_by_level(cells):
    """The values of all cells as one S x S map a level."""
    sizes = np.square(model.levels.grid_sizes)
    parts = np.split(cells, np.cumsum(sizes)[:-1])
    sides = zip(parts, model.levels.grid_sizes, strict=True)
    return [part.reshape(side, side, *part.shape[1:]) for part, side in sides]


def outline(axis, mask, color):
    """The edge of a mask of any size over the whole of an axis."""
    left, right, bottom, top = axis.get_images()[0].get_extent()
    height, width = mask.shape
    x = left + (np.arange(-1, width + 1) + 0.5) / width * (right - left)
    y = top + (np.arange(-1, height + 1) + 0.5) / height * (bottom - top)
    closed = np.pad(mask, 1)
    axis.contour(x, y, closed, levels=[0.5], colors=[color], linewidths=1.6)


figure, axes = panels(1, 2, 3.7)
owners = split_by_level(encoded["owners"])
for axis, name, owner in zip(axes, model.levels.names, owners, strict=True):
    side, height = len(owner), len(canvas)
    show(axis, drawn // 2, f"{name}: {side} x {side} cells")
    lines = np.linspace(0, height, side + 1) - 0.5
    axis.hlines(lines, -0.5, height - 0.5, color=INK, lw=0.4, alpha=0.5)
    axis.vlines(lines, -0.5, height - 0.5, color=INK, lw=0.4, alpha=0.5)
    for index in np.unique(owner[owner >= 0]):
        outline(axis, truth[index], colors[index])
    for row, column in np.argwhere(owner >= 0):
        x, y = (np.array([column, row]) + 0.5) * height / side - 0.5
        color = colors[owner[row, column]]
        axis.scatter(x, y, s=400 / side, color=color, edgecolor=PAPER)
save(figure, "anatomy_grids.jpg")

# %% [markdown]
# ## Features
#
# The backbone, a small ResNet, halves the map again and again; the feature
# pyramid brings what the coarse maps know down to the fine ones, so that all
# levels have the same 48 channels. Shown is the length of the vector at each
# position. P2 sees edges. P4 and P5 see that there is something.
#
# ![The norm of the features at four levels](../images/anatomy_features.png)

# %%
pixels = ops.convert_to_tensor(canvas[None], dtype="float32")
features = model.feature_pyramid(model.backbone(pixels))

figure, axes = panels(1, 4, 2.1)
for axis, (name, level) in zip(axes, sorted(features.items()), strict=True):
    norm = np.linalg.norm(ops.convert_to_numpy(level)[0], axis=-1)
    show(axis, norm, f"{name}: {norm.shape[0]} x {norm.shape[1]}")
save(figure, "anatomy_features.png")

# %% [markdown]
# ## What is where: categories
#
# The head brings each level to its grid and says for every cell and every
# class how probable it is that an object of this class has its centre here.
# There is no class for background: it is where all are dark. Neighbours answer
# for the same object, and so a cell keeps its probability only where no
# neighbour above or to the left exceeds it (`points_nms`): those are the
# rings, drawn where the decoder's threshold of 0.1 is exceeded as well.
#
# ![Probabilities on two grids](../images/anatomy_categories.png)

# %%
outputs = model.head(features)
logits = ops.convert_to_numpy(outputs["category_logits"])[0]
probabilities = 1 / (1 + np.exp(-logits))
peaks = [
    ops.convert_to_numpy(layers.points_nms(grid[None]))[0]
    for grid in split_by_level(probabilities)
]

figure, axes = panels(2, len(dataset.class_names), 4.9)
grids = zip(
    model.levels.names, split_by_level(probabilities), peaks, strict=True
)
for row, (name, grid, peak) in enumerate(grids):
    for label, class_name in enumerate(dataset.class_names):
        axis = axes[row * len(dataset.class_names) + label]
        show(axis, grid[..., label], f"{name}: {class_name}", top=1)
        y, x = np.nonzero(peak[..., label] > model.decoder.score_threshold)
        axis.scatter(x, y, s=34, facecolor="none", edgecolor="w", lw=1.0)
save(figure, "anatomy_categories.png")

# %% [markdown]
# ## How each one looks: kernels
#
# For every cell the head predicts a kernel, too: 32 numbers that will cut the
# object out. Here are those of the candidates, which are the peaks above the
# threshold, each in the colour of the object that its mask will meet most.
# They are sorted by object: kernels of one object are alike, wherever they
# come from, and those of different objects are less so. That is all that tells
# instances apart. Checks are cells between two objects, whose masks are a
# little of both.
#
# ![Kernels, and how alike they are](../images/anatomy_kernels.png)

# %%
flat = np.concatenate([peak.reshape(-1, peak.shape[-1]) for peak in peaks])
cells, labels = np.nonzero(flat > model.decoder.score_threshold)
best = np.argsort(-flat[cells, labels])
cells, labels = cells[best], labels[best]
kernels = ops.convert_to_numpy(outputs["kernels"])[0][cells]

mask_features = model.mask_head(features)
mask_logits = layers.DynamicConvolution()(mask_features, kernels[None])
masks = ops.convert_to_numpy(ops.sigmoid(mask_logits))[0]
inside = masks > model.decoder.mask_threshold


def iou(first, second):
    """Intersection over union of each mask with each other one."""
    first, second = (m.reshape(len(m), -1) * 1.0 for m in (first, second))
    shared = first @ second.T
    union = first.sum(1)[:, None] + second.sum(1) - shared
    return shared / np.maximum(union, 1)


owner = iou(inside, truth).argmax(axis=1)
by_object = np.argsort(owner, kind="stable")
unit = kernels / np.linalg.norm(kernels, axis=1, keepdims=True)


def name_rows(axis, owners, columns=False):
    """Coloured marks beside the rows of a matrix, and above its columns."""
    place, beside = np.arange(len(owners)), np.full(len(owners), -1.25)
    marks = {"color": colors[owners], "marker": "s", "s": 13, "zorder": 3}
    axis.scatter(beside * axis.get_xlim()[1] / 16, place, **marks)
    axis.set_xlim(left=-2 * axis.get_xlim()[1] / 16)
    if columns:
        axis.scatter(place, beside * len(owners) / 16, **marks)
        axis.set_ylim(top=-2 * len(owners) / 16)


figure, axes = panels(1, 2, 3.6)
show(axes[0], kernels[by_object], signed=True, aspect="auto")
axes[0].set(xlabel="32 channels", ylabel=f"{len(cells)} candidates")
similarity = unit[by_object] @ unit[by_object].T
show(axes[1], similarity, top=1)
axes[1].set(xlabel="cosine of the angle between two")
for axis in axes:
    name_rows(axis, owner[by_object], columns=axis is axes[1])
save(figure, "anatomy_kernels.png")

# %% [markdown]
# ## What kernels cut from: mask features
#
# One map for the whole image, a quarter of the canvas's side, with as many
# channels as a kernel has numbers. The layer sees the coordinates of each
# pixel besides its features: without them, two equal objects at two places
# could not have different values, and no kernel could take one and leave the
# other. Some channels are bright on one side of the image, some along edges,
# and some in whole objects; a few that were never needed are dark.
#
# ![All 32 channels of the mask features](../images/anatomy_mask_features.png)

# %%
channels = np.moveaxis(ops.convert_to_numpy(mask_features)[0], -1, 0)

figure, axes = panels(4, 8, 3.7)
for axis, channel in zip(axes, channels, strict=True):
    show(axis, channel, top=channels.max())
save(figure, "anatomy_mask_features.png")

# %% [markdown]
# ## Masks
#
# A mask is a weighted sum of these channels, with the kernel as its weights: a
# 1 x 1 convolution, whose kernel the network has made for this one object.
# After the sigmoid it is a probability. The twelve best candidates, before any
# threshold; the titles say the level, the cell and the class's probability.
# Most objects come several times.
#
# ![Masks of twelve candidates](../images/anatomy_masks.png)

# %%
level, within = model.levels.locate(cells)

figure, axes = panels(3, 4, 5.9)
for index, axis in enumerate(axes):
    color = colors[owner[index]]
    shades = LinearSegmentedColormap.from_list("", ["k", color, "w"])
    place = divmod(within[index], model.levels.grid_sizes[level[index]])
    name = model.levels.names[level[index]]
    title = f"{name} ({place[0]}, {place[1]})  {flat[cells, labels][index]:.2f}"
    show(axis, masks[index], title, color, top=1, cmap=shades)
save(figure, "anatomy_masks.png")

# %% [markdown]
# ## Matrix NMS
#
# A candidate's score is its probability times the mean probability inside its
# mask, which is high where the network is sure. Sorted by this score, each
# mask is compared with the better ones of its class:
#
# 1. The IoU with each better one. Bright means "the same object".
# 2. What to make of it depends on the better one: is it a duplicate itself?
#    Then the one that it duplicates will do the work. So each row is told how
#    much its own mask overlaps a better one: the compensation.
# 3. The decay, `exp(-2 iou²)` divided by the same of the compensation. A
#    column's smallest value multiplies the score. Dark columns are
#    duplicates.
#
# All is one matrix expression; nothing waits for anything else, as in the NMS
# that takes masks away one after the other. Shown are the best sixteen.
#
# ![The three matrices of Matrix NMS](../images/anatomy_matrix_nms.png)

# %%
certainty = (masks * inside).sum((1, 2)) / np.maximum(inside.sum((1, 2)), 1)
large = inside.sum((1, 2)) > model.levels.cell_strides[cells]
scores = flat[cells, labels] * certainty * large
order = np.argsort(-scores)
ranked = scores[order]

better = np.triu(np.ones((len(order), len(order)), bool), k=1)
better &= labels[order][:, None] == labels[order]
overlap = np.where(better, iou(inside[order], inside[order]), 0)
compensation = overlap.max(axis=0)
decay = np.exp(-2 * (overlap**2 - compensation[:, None] ** 2))
decay = np.where(better, decay, 1)
decayed = ranked * decay.min(axis=0)

# The layer does the same.
nms = layers.MatrixNMS(kernel="gaussian", sigma=2.0)
layer_says = nms(inside[order].astype("uint8"), labels[order], ranked)
difference = np.abs(ops.convert_to_numpy(layer_says) - decayed).max()
print(f"difference from the layer: {difference:.6f}")

most = min(16, len(order))
matrices = {
    "1. IoU with better ones": overlap,
    "2. compensation": np.repeat(compensation[:, None], len(order), 1) * better,
    "3. decay": np.minimum(decay, 1),
}
figure, axes = panels(1, 3, 2.6)
for axis, (title, matrix) in zip(axes, matrices.items(), strict=True):
    show(axis, matrix[:most, :most], top=1)
    axis.set_xlabel(title)
    name_rows(axis, owner[order][:most], columns=True)
save(figure, "anatomy_matrix_nms.png")

# %% [markdown]
# The scores before, hollow, and after, filled. Of each object one candidate
# keeps its high score. What keeps a low one claims another class, or has a
# mask like no better one's, and needs a threshold.
#
# ![Scores before and after Matrix NMS](../images/anatomy_scores.png)

# %%
figure, (axis,) = panels(1, 1, 2.3)
place = np.arange(most)
axis.bar(place, ranked[:most], fill=False, edgecolor=INK, lw=0.8)
axis.bar(place, decayed[:most], color=colors[owner[order][:most]])
axis.set(xlabel="candidates, by score", ylabel="score", xticks=[])
axis.spines[["top", "right"]].set_visible(False)
save(figure, "anatomy_scores.png")

# %% [markdown]
# ## Instances
#
# What is left above a threshold goes home: masks are enlarged to the pixels of
# the image, and boxes are drawn around them. `segment` is all of this page in
# one call, and its scores are ours.
#
# ![The instances that remain](../images/anatomy_instances.jpg)

# %%
instances = model.segment(image)
ours = np.sort(decayed)[::-1][: len(instances)]
print("largest difference:", np.abs(instances.scores - ours).max().round(4))

instances = instances[instances.scores > 0.4]
found = iou(instances.masks, dataset[0].full_masks()).argmax(axis=1)

figure, (axis,) = panels(1, 1, 4.6)
painted = image.astype("float32")
for index, mask in zip(found, instances.masks, strict=True):
    painted[mask] = 0.45 * painted[mask] + 0.55 * 255 * colors[index]
show(axis, painted.astype("uint8"))
for index, one in zip(found, instances, strict=True):
    outline(axis, one.masks[0], colors[index])
    (left, top, right, bottom), name = one.boxes[0], one.names[0]
    axis.text(
        *((left + right) / 2, (top + bottom) / 2),
        f"{name}\n{one.scores[0]:.2f}",
        ha="center",
        va="center",
        color="w",
    )
save(figure, "anatomy_instances.jpg")
