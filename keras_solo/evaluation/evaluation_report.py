"""All figures of an evaluation in one object: printed, as a dict, as a page."""

from __future__ import annotations

import dataclasses
import math

from keras_solo._printable import counted
from keras_solo.data.dataset import InstanceDataset
from keras_solo.evaluation.confusion import Confusion
from keras_solo.evaluation.curves import MOST_CURVES, Curves
from keras_solo.evaluation.examples import Example, Photo, photos_of
from keras_solo.evaluation.outcomes import KINDS, MATCHED
from keras_solo.evaluation.report_tables import Facts, Table, report_tables
from keras_solo.visualization import Page, Picture

FigureTable = dict[str, dict[str, float]]

HEADINGS = {
    "wrong_class": "Most objects of a wrong class",
    "missed": "Most missed objects",
    "duplicate": "Most duplicates",
    "background": "Most results where nothing is",
}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class EvaluationReport:
    """What `evaluate` and `evaluate_results` return.

    Printed, it is tables of all figures; the last line of a notebook cell is
    the whole page.

    Args:
        figures: Those of `coco_average_precision`, and more, for masks:
            `mask_ap_third1` to `mask_ap_third3` and `mask_ar_third1` ...: the
            smallest, the middle and the largest third of the objects of this
            dataset; `mask_accuracy`, the mean over IoU 0.50 to 0.95 of
            TP / (TP + FP + FN), and `mask_accuracy50`, `mask_accuracy75`;
            `mask_precision50`, `mask_recall50`: TP / (TP + FP) and
            TP / (TP + FN) at IoU 0.50. These five are of results with at
            least the score threshold. See `PooledCounts` in
            `keras_solo/evaluation/accuracy.py`.
        per_class: For each class `objects`, `mask_ap`, `mask_ap50`, `box_ap`,
            `mask_accuracy`, `mask_accuracy50`, `mask_precision50` and
            `mask_recall50`.
        per_size: For `all`, `small`, `medium`, `large`, `third1`, `third2`,
            `third3`: `from` and `to`, areas in pixels, `objects`, `mask_ap`,
            `mask_ar`. Medium begins where small ends; an object of that area
            is both. Thirds share no object.
        per_iou: For `"0.50"`, `"0.55"`, ... `"0.95"`: `mask_ap`, `box_ap`,
            `mask_accuracy`, `mask_precision`, `mask_recall`.
        confusion: Matched, missed, duplicates, wrong classes.
        curves: Precision over recall of masks.
        num_images: Images of the ground truth.
        num_results: Results, whatever their score.
        max_detections: The bound of average precision and recall.
        examples: Images where most went wrong.
        dataset: Where their images come from, or None.
    """

    figures: dict[str, float]
    per_class: FigureTable
    per_size: FigureTable
    per_iou: FigureTable
    confusion: Confusion
    curves: Curves
    num_images: int
    num_results: int
    max_detections: int
    examples: tuple[Example, ...] = ()
    dataset: InstanceDataset | None = None

    def to_dict(self) -> dict[str, object]:
        """All figures, ready for `json.dump`: None is what has no value.

        Returns:
            The `figures`; `mask_ap_per_class` and `box_ap_per_class`, as of
            `evaluate_coco`; `per_class`, `per_size`, `per_iou`, `confusion`,
            `curves`, whose names are those of the attributes.
        """
        confusion, curves = self.confusion, self.curves
        content = {
            **self.figures,
            **{
                f"{kind}_per_class": {
                    name: row[kind] for name, row in self.per_class.items()
                }
                for kind in ("mask_ap", "box_ap")
            },
            "per_class": self.per_class,
            "per_size": self.per_size,
            "per_iou": self.per_iou,
            "confusion": {
                **confusion.counts,
                "class_names": list(confusion.class_names),
                "matrix": confusion.matrix.tolist(),
                "iou_threshold": confusion.iou_threshold,
                "score_threshold": confusion.score_threshold,
            },
            "curves": {
                "recall": curves.recall.tolist(),
                "precision50": curves.overall(0.5).tolist(),
                "precision50_per_class": {
                    name: curves.of_class(name).tolist()
                    for name in curves.class_names
                },
            },
            "num_images": self.num_images,
            "num_results": self.num_results,
            "max_detections": self.max_detections,
        }
        return {key: _finite(value) for key, value in content.items()}

    def tables(self) -> list[Table]:
        """What `print` and the page show."""
        return report_tables(
            Facts(
                figures=self.figures,
                per_class=self.per_class,
                per_size=self.per_size,
                per_iou=self.per_iou,
                confusion=self.confusion,
                max_detections=self.max_detections,
            )
        )

    def to_page(self, title: str = "Evaluation") -> Page:
        """The report for people: figures, curves, and images to look at.

        Args:
            title: The heading.

        Returns:
            A `keras_solo.visualization.Page`, which has `.save("a.html")`.
        """
        page = Page(title)
        page.add_text(self._summary())
        for table in self.tables():
            page.add_heading(table.title)
            page.add_text(table.text)
            page.add_table(table.headings, table.rows)
        page.add_heading("Precision and recall")
        page.add_text(
            "The area under a curve is the AP at its IoU. The lower the score "
            "at which results are kept, the further to the right."
        )
        pictures = [(self.curves.plot(), "All classes, by IoU.")]
        if len(self.curves.class_names) > 1:
            caption = "Each class; of many, those with the most objects."
            picture = self.curves.plot_classes(self._commonest())
            pictures.append((picture, caption))
        page.add_pictures(pictures)
        self._add_examples(page)
        return page

    def _summary(self) -> str:
        parts = (
            counted(self.num_images, "image"),
            counted(int(self.per_size["all"]["objects"]), "object"),
            counted(self.num_results, "result"),
            counted(len(self.per_class), "class", "classes"),
        )
        return f"{', '.join(parts)}."

    def _commonest(self) -> list[str]:
        """The classes with the most objects."""
        return sorted(
            self.per_class, key=lambda name: -self.per_class[name]["objects"]
        )[:MOST_CURVES]

    def _add_examples(self, page: Page) -> None:
        if not self.examples:
            return
        ids = {example.image_id for example in self.examples}
        photos, problem = photos_of(self.dataset, ids)
        page.add_heading("Images to look at")
        page.add_text(
            "Left the truth, right what was found. Strong colours are what "
            "the heading names, the others are faint."
        )
        if problem:
            page.add_text(problem)
        for kind in KINDS[MATCHED + 1 :]:
            chosen = [item for item in self.examples if item.kind == kind]
            if chosen:
                page.add_heading(HEADINGS[kind])
                page.add_pictures(
                    _captioned(item, photos.get(item.image_id))
                    for item in chosen
                )

    def __str__(self) -> str:
        parts = [self._summary(), *(table.to_text() for table in self.tables())]
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        figure = self.figures["mask_ap"]
        return (
            f"EvaluationReport({self.num_images} images, mask_ap {figure:.3f})"
        )

    def _repr_html_(self) -> str:
        return self.to_page().to_html()


def _captioned(example: Example, photo: Photo | None) -> tuple[Picture, str]:
    image, file_name = photo or (None, "")
    name = f"{example.image_id} {file_name}".strip()
    kind = example.kind.replace("_", " ")
    return example.plot(image), f"Image {name}: {kind} {example.count}."


def _finite(value: object) -> object:
    """JSON has neither NaN nor infinity."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
