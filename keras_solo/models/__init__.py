"""Who calls whom: backbones, SOLOv2, presets."""

from keras_solo.models.backbones import feature_backbone
from keras_solo.models.resnet import ResNet
from keras_solo.models.solov2 import SOLOv2

__all__ = ["ResNet", "SOLOv2", "feature_backbone"]
