"""Is every figure of a perfect prediction 1?

    python -m tests.check_perfect_prediction FOLDER[:FORMAT] ...

Opens each folder with `open_dataset`, takes the annotated objects (crowds left
out) for results, and measures these with every evaluator that is installed.
Says what there is, what is not 1.0, and how long it took; fails if anything
is not. Objects without a pixel are counted and left out: no mask can match
them.
"""

import dataclasses
import importlib.util
import sys
import time

from keras_solo.data import InstanceDataset, open_dataset
from keras_solo.data.masks import rle_area, to_rle
from keras_solo.evaluation import evaluate_results

RIGHT = (
    *("mask_ap", "mask_ap50", "mask_ap75", "box_ap", "mask_accuracy"),
    *("mask_precision50", "mask_recall50"),
)


class WithPixels(InstanceDataset):
    """A dataset without the objects that have no pixel."""

    def __init__(self, dataset):
        super().__init__(dataset.class_names, dataset.category_ids)
        self.records, self.without = [], 0
        for record in dataset:
            kept = tuple(
                item
                for item in record.objects
                if rle_area(to_rle(item.segmentation, record.original_size))
            )
            self.without += len(record.objects) - len(kept)
            self.records.append(dataclasses.replace(record, objects=kept))

    def __len__(self):
        return len(self.records)

    def __getitem__(self, index):
        return self.records[index]


def perfect(dataset):
    """The objects of a dataset as COCO results."""
    truth = dataset.to_coco()
    sizes = {
        image["id"]: (image["height"], image["width"])
        for image in truth["images"]
    }
    return [
        {
            "image_id": item["image_id"],
            "category_id": item["category_id"],
            "segmentation": to_rle(
                item["segmentation"], sizes[item["image_id"]]
            ),
            "bbox": item["bbox"],
            "score": 0.5,
        }
        for item in truth["annotations"]
        if not item["iscrowd"]
    ]


def check(name, dataset):
    """Prints a line for each evaluator; returns what is not 1."""
    dataset = WithPixels(dataset)
    results = perfect(dataset)
    wrong = []
    for evaluator in ("pycocotools", "hotcoco"):
        if importlib.util.find_spec(evaluator) is None:
            continue
        start = time.perf_counter()
        report = evaluate_results(
            results,
            dataset,
            evaluator=evaluator,
            max_detections=max(100, dataset.max_objects()),
        )
        seconds = time.perf_counter() - start
        figures = {key: report.figures[key] for key in RIGHT}
        counts = report.confusion.counts
        extra = {kind: n for kind, n in counts.items() if kind != "matched"}
        off = {key: n for key, n in figures.items() if abs(n - 1) > 1e-9}
        off |= {kind: n for kind, n in extra.items() if n}
        print(
            f"{name}: {len(dataset)} images, {len(results)} objects, at most "
            f"{dataset.max_objects()} in one, {dataset.without} without a "
            f"pixel; {evaluator} in {seconds:.1f} s: mask AP "
            f"{figures['mask_ap']:.6f}, box AP {figures['box_ap']:.6f}, "
            f"accuracy {figures['mask_accuracy']:.6f}"
            + (f"; NOT 1: {off}" if off else ""),
            flush=True,
        )
        wrong += off
    return wrong


def main(arguments):
    wrong = []
    for argument in arguments:
        folder, _, format = argument.partition(":")
        splits = open_dataset(folder, format=format or None)
        if isinstance(splits, InstanceDataset):
            splits = {"": splits}
        for split, dataset in splits.items():
            wrong += check(f"{argument} {split}".strip(), dataset)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
