"""Compares full-size models with MMDetection, number by number.

First, where MMDetection is installed, seeded checkpoints and what it computes
from them:

    python tests/fixtures/make_mmdet_full.py light_r18 r50 --output FOLDER

Then, on any backend, from the clone's folder:

    python -m tests.compare_with_mmdetection FOLDER/ckpt_r50.pth

It loads the checkpoint through `SOLOv2.from_preset`, prints the largest
differences, and fails where one is beyond float32 noise.
"""

import argparse
import dataclasses
import pathlib
import sys

import numpy as np

import keras_solo  # before keras: it chooses an installed backend

import keras  # isort: skip
from keras import ops

from keras_solo import Letterbox, SOLOv2
from keras_solo.checkpoints.mmdet_names import reference_name

MEAN = np.float32([123.675, 116.28, 103.53])
STD = np.float32([58.395, 57.12, 57.375])
NOISE = {
    "features": 1e-4,  # relative to their standard deviation, above 1
    "category_logits": 1e-4,
    "kernels": 2e-5,
    "mask_features": 5e-5,
    "losses, relative": 1e-5,
    "gradient norms, relative": 1e-3,
}
SCORE_NOISE = 1e-4
LEAST_OVERLAP = {"canvas": 0.999, "original, twice": 0.99}
# A pixel so close to the threshold may fall on either side of it.
BORDERLINE = 5e-5
FEW_PIXELS = 4


class Report:
    """The worst of each kind of difference, printed as it comes."""

    def __init__(self):
        self.failed = []

    def difference(self, kind, what, value):
        bound = NOISE[kind]
        self.check(value <= bound, f"{what}: {value:.3g} (<= {bound:g})")

    def same(self, what, ours, theirs):
        good = np.array_equal(ours, theirs)
        self.check(good, f"{what}: {'the same' if good else 'different'}")

    def check(self, good, line):
        print(f"  {line}" + ("" if good else "  <- BEYOND NOISE"))
        if not good:
            self.failed.append(line)


def compare(checkpoint, report):
    checkpoint = pathlib.Path(checkpoint)
    name = checkpoint.stem.removeprefix("ckpt_")
    with np.load(checkpoint.with_name(f"ref_{name}.npz")) as file:
        arrays = dict(file)
    model = SOLOv2.from_preset(checkpoint)
    print(f"{name} on {keras.backend.backend()}: {model.count_params():,}")
    for case in sorted({key.split(".")[0] for key in arrays}):
        some = {
            key.removeprefix(f"{case}."): value
            for key, value in arrays.items()
            if key.startswith(f"{case}.")
        }
        if "input" in some:
            print(f" {case}: {some['input'].shape}")
            compare_case(model, some, report)
        elif "image" in some:
            print(f" {case}: {some['image'].shape}")
            compare_photo(model, some, report)


def compare_photo(model, arrays, report):
    """The whole road, from pixels to pixels."""
    model.preprocessor = dataclasses.replace(
        model.preprocessor, resampling="twice"
    )
    found = model.segment(arrays["image"])
    theirs = instances(arrays, "pred.img0.")
    report.same(
        f"{len(theirs['labels'])} instances",
        np.sort(found.labels),
        np.sort(theirs["labels"]),
    )
    if len(found) != len(theirs["labels"]):
        return
    ours = {
        "masks": found.masks,
        "labels": found.labels,
        "scores": found.scores,
    }
    partners = matched(ours, theirs)
    errors = np.abs(found.scores[partners] - theirs["scores"])
    report.check(
        np.median(errors) <= SCORE_NOISE and errors.max() <= 10 * SCORE_NOISE,
        f"scores: {np.median(errors):.3g} median, {errors.max():.3g} largest",
    )
    masks = theirs["masks"].astype(bool)
    compare_masks(found.masks[partners], masks, "original, twice", report)


def compare_case(model, arrays, report):
    images = channels_last(arrays["input"]) * STD + MEAN
    compare_features(model, images, arrays, report)
    outputs = {k: numpy(v) for k, v in model(images).items()}
    theirs = reference_outputs(arrays)
    for key, value in outputs.items():
        report.difference(key, key, largest(value, theirs[key]))
    compare_instances(model, outputs, images.shape[1:3], arrays, report)
    targets = encode_truth(arrays, images.shape[1:3])
    compare_targets(model, targets, arrays, report)
    compare_losses(model, images, outputs, targets, arrays, report)


def compare_features(model, images, arrays, report):
    features = model.backbone(images)
    pyramid = model.feature_pyramid(features)
    worst = 0.0
    for kind, levels in (("C", features), ("P", pyramid)):
        for name, level in levels.items():
            theirs = channels_last(arrays[kind + name[1:]])
            error = largest(numpy(level), theirs) / max(theirs.std(), 1.0)
            worst = max(worst, error)
    report.difference("features", "C2 to C5, P2 to P6", worst)


def compare_instances(model, outputs, canvas, arrays, report):
    found = {k: numpy(v) for k, v in model.decoder(outputs).items()}
    for image in range(len(outputs["kernels"])):
        theirs = instances(arrays, f"pred.img{image}.")
        size = theirs["masks"].shape[1:]
        if size != canvas:
            continue
        ours = one_image(found, image)
        compare_sets(ours, theirs, Letterbox(canvas), "canvas", report)
    if "pred_crop.img0.masks" in arrays:
        theirs = instances(arrays, "pred_crop.img0.")
        ours = one_image(found, 0)
        # Its image was made smaller to 2/3 of the original.
        size = [round(2 / 3 * side) for side in theirs["masks"].shape[1:]]
        for way in ("twice", "once"):
            letterbox = Letterbox(sorted(size), "fit", resampling=way)
            compare_sets(ours, theirs, letterbox, f"original, {way}", report)


def compare_sets(ours, theirs, letterbox, frame, report):
    count = len(theirs["labels"])
    report.same(
        f"{count} instances",
        np.sort(ours["labels"]),
        np.sort(theirs["labels"]),
    )
    if len(ours["labels"]) != count:
        return
    masks = letterbox.masks_to_original(
        ours["masks"], theirs["masks"].shape[1:]
    )
    partners = matched({**ours, "masks": masks}, theirs)
    ours = {name: value[partners] for name, value in ours.items()}
    borderline = np.abs(ours["masks"] - 0.5).min(axis=(1, 2)) < BORDERLINE
    errors = np.abs(ours["scores"] - theirs["scores"])
    beyond = (errors > SCORE_NOISE).sum()
    # A pixel that falls on the other side changes the mask's mean and, by
    # its overlaps, the scores of others of its class.
    report.check(
        not beyond or (borderline.any() and errors.max() < 10 * SCORE_NOISE),
        f"scores: {np.median(errors):.3g} median, {errors.max():.3g} largest, "
        f"{beyond} beyond {SCORE_NOISE:g}; {borderline.sum()} masks have "
        "pixels at the threshold",
    )
    compare_masks(masks[partners], theirs["masks"].astype(bool), frame, report)


def matched(ours, theirs):
    """For each of theirs, ours of its label with the most similar mask.

    Ranks may swap where scores are as near as noise.
    """
    flat = [
        s["masks"].reshape(len(s["masks"]), -1).astype("float32")
        for s in (theirs, ours)
    ]
    shared = flat[0] @ flat[1].T
    areas = flat[0].sum(1)[:, None] + flat[1].sum(1)[None]
    same = theirs["labels"][:, None] == ours["labels"][None]
    overlaps = shared / np.maximum(areas - shared, 1)
    # A mask that comes home empty has but its score.
    apart = np.abs(theirs["scores"][:, None] - ours["scores"][None])
    return np.where(same, overlaps - apart, -2).argmax(1)


def compare_masks(masks, theirs, frame, report):
    different = (masks ^ theirs).sum((1, 2))
    union = (masks | theirs).sum((1, 2))
    overlaps = np.where(
        union, (masks & theirs).sum((1, 2)) / np.maximum(union, 1), 1.0
    )
    # The other way home is different on purpose: shown, not judged.
    least = LEAST_OVERLAP.get(frame, 0.0)
    good = (overlaps >= least) | (different <= FEW_PIXELS)
    report.check(
        good.all(),
        f"masks, {frame}: IoU {overlaps.min():.4f} least, "
        f"{overlaps.mean():.5f} mean; {different.sum()} pixels differ",
    )


def compare_targets(model, targets, arrays, report):
    encoded = {k: numpy(v) for k, v in model.target_encoder(targets).items()}
    for image, labels in enumerate(encoded["labels"]):
        theirs = [arrays[f"tgt{image}.lvl{n}.labels"].ravel() for n in range(5)]
        theirs = np.concatenate(theirs)
        background = model.num_classes
        report.same("cells", labels, np.where(theirs == background, -1, theirs))
        offsets = np.cumsum([0, *(s * s for s in model.levels.grid_sizes)])
        pairs = [
            arrays[f"tgt{image}.lvl{n}.pos_index"] + offsets[n]
            for n in range(5)
        ]
        ours = encoded["pair_cells"][image]
        report.same(
            "pairs", np.sort(ours[ours >= 0]), np.sort(np.concatenate(pairs))
        )


def compare_losses(model, images, outputs, targets, arrays, report):
    model.reset_metrics()
    model.compute_loss(y=targets, y_pred=outputs)
    for ours, theirs in (
        (model.category_loss_tracker, arrays["loss_cls"]),
        (model.mask_loss_tracker, arrays["loss_mask"]),
    ):
        error = abs(float(ours.result()) / float(theirs) - 1)
        report.difference("losses, relative", ours.name, error)
    norms = {
        key.removeprefix("grad_norm."): float(value)
        for key, value in arrays.items()
        if key.startswith("grad_norm.")
    }
    if norms:
        compare_gradients(model, images, targets, norms, report)


def compare_gradients(model, images, targets, norms, report):
    """One step of plain SGD: what it changes is the gradient."""
    before = {v.path: v.numpy().copy() for v in model.trainable_variables}
    # So long that the weights' own rounding does not matter.
    rate = 1e3
    model.compile(optimizer=keras.optimizers.SGD(rate))
    model.train_on_batch(images, targets)
    errors = {}
    for variable in model.trainable_variables:
        step = variable.numpy().astype("float64") - before[variable.path]
        name = reference_name(variable.path)
        errors[name] = abs(np.linalg.norm(step) / rate / norms[name] - 1)
        variable.assign(before[variable.path])
    # A ReLU that opens by noise alone moves a few of hundreds.
    name, worst = max(errors.items(), key=lambda item: item[1])
    most = np.quantile(list(errors.values()), 0.98)
    bound = NOISE["gradient norms, relative"]
    report.check(
        most <= bound and worst <= 5 * bound,
        f"{len(errors)} gradient norms, relative: {most:.3g} at most for 98 "
        f"in 100 (<= {bound:g}), {worst:.3g} for {name}",
    )


# === Their arrays in our words ===


def reference_outputs(arrays):
    def flat(key):
        levels = [channels_last(arrays[f"{key}{n}"]) for n in range(5)]
        return np.concatenate(
            [x.reshape(len(x), -1, x.shape[-1]) for x in levels], axis=1
        )

    return {
        "category_logits": flat("cls"),
        "kernels": flat("kernel"),
        "mask_features": channels_last(arrays["mask_feats"]),
    }


def encode_truth(arrays, canvas):
    truths = []
    while f"gt{len(truths)}.masks" in arrays:
        truths.append(arrays[f"gt{len(truths)}.masks"])
    slots = max(len(masks) for masks in truths)
    height, width = canvas
    shape = (len(truths), slots)
    targets = {
        "masks": np.zeros((*shape, height // 4, width // 4), "uint8"),
        "labels": np.full(shape, -1, "int32"),
        "boxes": np.zeros((*shape, 4), "float32"),
        "centers": np.zeros((*shape, 2), "float32"),
    }
    for image, masks in enumerate(truths):
        for slot, mask in enumerate(masks):
            at = image, slot
            blocks = mask.reshape(height // 4, 4, width // 4, 4)
            targets["masks"][at] = blocks[:, 1:3, :, 1:3].sum((1, 3)) >= 2
            targets["boxes"][at] = arrays[f"gt{image}.bboxes"][slot]
            rows, columns = np.nonzero(mask)
            if len(rows):
                targets["labels"][at] = arrays[f"gt{image}.labels"][slot]
                targets["centers"][at] = columns.mean(), rows.mean()
    return targets


def instances(arrays, prefix):
    names = ("masks", "scores", "labels")
    return {name: arrays[prefix + name] for name in names}


def one_image(found, image):
    count = found["num_detections"][image]
    names = {"masks": "masks", "scores": "confidence", "labels": "labels"}
    return {k: found[v][image][:count] for k, v in names.items()}


def channels_last(array):
    return array.transpose(0, 2, 3, 1)


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def largest(ours, theirs):
    return float(np.abs(ours - theirs).max())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
    )
    parser.add_argument("checkpoints", nargs="+", metavar="ckpt_NAME.pth")
    report = Report()
    print("keras-solo", keras_solo.__version__)
    for checkpoint in parser.parse_args().checkpoints:
        compare(checkpoint, report)
    if report.failed:
        sys.exit(f"Beyond float32 noise: {', '.join(report.failed)}")
    print("All within float32 noise.")


if __name__ == "__main__":
    main()
