"""How good and how fast: COCO mask and box AP, and a benchmark by stage."""

from keras_solo.evaluation.average_precision import coco_average_precision
from keras_solo.evaluation.benchmark import benchmark
from keras_solo.evaluation.benchmark_result import BenchmarkResult
from keras_solo.evaluation.coco import evaluate_coco

__all__ = [
    "BenchmarkResult",
    "benchmark",
    "coco_average_precision",
    "evaluate_coco",
]
