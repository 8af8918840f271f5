"""Keras callbacks, under one name."""

from keras_solo.evaluation.callback import CocoMaskAP

__all__ = ["CocoMaskAP"]
