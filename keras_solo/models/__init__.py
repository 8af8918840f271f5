"""Who calls whom: backbones, SOLOv2, presets."""

from keras_solo.models.backbones import feature_backbone
from keras_solo.models.composed_solov2 import ComposedSOLOv2
from keras_solo.models.distiller import Distiller
from keras_solo.models.download import DownloadError
from keras_solo.models.efficientnet_lite import EfficientNetLite
from keras_solo.models.hubs import upload_preset
from keras_solo.models.mmdet_export import to_mmdet
from keras_solo.models.preset_card import preset_card
from keras_solo.models.resnet import ResNet
from keras_solo.models.solov2 import SOLOv2

__all__ = [
    "ComposedSOLOv2",
    "Distiller",
    "DownloadError",
    "EfficientNetLite",
    "ResNet",
    "SOLOv2",
    "feature_backbone",
    "preset_card",
    "to_mmdet",
    "upload_preset",
]
