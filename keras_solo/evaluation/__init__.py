"""How good: COCO mask and box AP of a model, or of results of any kind."""

from keras_solo.evaluation.average_precision import coco_average_precision
from keras_solo.evaluation.coco import evaluate_coco

__all__ = ["coco_average_precision", "evaluate_coco"]
