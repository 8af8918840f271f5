"""How good: COCO mask and box AP, as a function and as a callback."""

from keras_solo.evaluation.average_precision import coco_average_precision
from keras_solo.evaluation.callback import CocoMaskAP
from keras_solo.evaluation.coco import evaluate_coco

__all__ = ["CocoMaskAP", "coco_average_precision", "evaluate_coco"]
