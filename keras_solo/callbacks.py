"""What watches a training, as callbacks of `fit`."""

from keras_solo.training.best_weights import BestWeights
from keras_solo.training.coco_mask_ap import CocoMaskAP
from keras_solo.training.plot_predictions import PlotPredictions
from keras_solo.training.set_batches_epoch import SetBatchesEpoch
from keras_solo.training.stop_at_interrupt import StopAtInterrupt
from keras_solo.training.stop_at_non_finite import StopAtNonFinite
from keras_solo.training.time_estimate import TimeEstimate

__all__ = [
    "BestWeights",
    "CocoMaskAP",
    "PlotPredictions",
    "SetBatchesEpoch",
    "StopAtInterrupt",
    "StopAtNonFinite",
    "TimeEstimate",
]
