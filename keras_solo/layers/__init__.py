"""What the network is made of: Keras layers in `keras.ops`."""

from keras_solo.layers.batch_normalization import BatchNormalization
from keras_solo.layers.conv_block import ConvBlock
from keras_solo.layers.convolution import Conv2D
from keras_solo.layers.coordinates import CoordConcat, coord_concat
from keras_solo.layers.deformable_convolution import DeformableConv2D
from keras_solo.layers.deformable_sampling import deformable_conv2d
from keras_solo.layers.dynamic_kernels import (
    DynamicConvolution,
    dynamic_convolution,
)
from keras_solo.layers.feature_pyramid import FeaturePyramid
from keras_solo.layers.frozen_batch_normalization import (
    FrozenBatchNormalization,
)
from keras_solo.layers.group_normalization import GroupNormalization
from keras_solo.layers.initializers import ScaledRandom
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.mask_feature_head import MaskFeatureHead
from keras_solo.layers.nms_hard import HardNMS, hard_nms
from keras_solo.layers.nms_matrix import MatrixNMS, matrix_nms
from keras_solo.layers.nms_points import PointsNMS, points_nms
from keras_solo.layers.pixel_normalization import PixelNormalization
from keras_solo.layers.resize import BilinearUpsampling
from keras_solo.layers.semantic_head import SemanticHead
from keras_solo.layers.semantic_targets import semantic_targets
from keras_solo.layers.simple_feature_pyramid import (
    SimpleFeaturePyramid,
    tokens_to_map,
)
from keras_solo.layers.solov2_head import SOLOv2Head
from keras_solo.layers.static_decoder import StaticDecoder
from keras_solo.layers.target_encoder import (
    SOLOv2TargetEncoder,
    encode_targets,
)

__all__ = [
    "BatchNormalization",
    "BilinearUpsampling",
    "Conv2D",
    "ConvBlock",
    "CoordConcat",
    "DeformableConv2D",
    "DynamicConvolution",
    "FeaturePyramid",
    "FrozenBatchNormalization",
    "GroupNormalization",
    "HardNMS",
    "InstanceDecoder",
    "MaskFeatureHead",
    "MatrixNMS",
    "PixelNormalization",
    "PointsNMS",
    "SOLOv2Head",
    "SOLOv2TargetEncoder",
    "ScaledRandom",
    "SemanticHead",
    "SimpleFeaturePyramid",
    "StaticDecoder",
    "coord_concat",
    "deformable_conv2d",
    "dynamic_convolution",
    "encode_targets",
    "hard_nms",
    "matrix_nms",
    "points_nms",
    "semantic_targets",
    "tokens_to_map",
]
