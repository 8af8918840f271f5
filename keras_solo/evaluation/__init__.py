"""How good and how fast: COCO AP, accuracy, confusion; a benchmark by stage."""

from keras_solo.evaluation.average_precision import coco_average_precision
from keras_solo.evaluation.benchmark import benchmark
from keras_solo.evaluation.benchmark_result import BenchmarkResult
from keras_solo.evaluation.coco import evaluate_coco
from keras_solo.evaluation.confusion import Confusion, confusion
from keras_solo.evaluation.curves import Curves
from keras_solo.evaluation.evaluate import evaluate, evaluate_results
from keras_solo.evaluation.evaluation_report import EvaluationReport

__all__ = [
    "BenchmarkResult",
    "Confusion",
    "Curves",
    "EvaluationReport",
    "benchmark",
    "coco_average_precision",
    "confusion",
    "evaluate",
    "evaluate_coco",
    "evaluate_results",
]
