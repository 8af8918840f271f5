"""What MMDetection writes into a checkpoint besides its weights."""

RANGES = ((1, 24), (12, 48), (24, 96), (48, 192), (96, 512))
# Of the model in `fixtures/mmdet_model.npz`.
CONFIG = f"""
dataset_type = 'CocoDataset'
ranges = {RANGES}
model = dict(
    type='SOLOv2',
    backbone=dict(type='ResNet', depth=18, frozen_stages=2, norm_eval=False,
                  style='pytorch'),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53],
                           std=[58.395, 57.12, 57.375], bgr_to_rgb=True),
    mask_head=dict(
        num_grids=[10, 9, 6, 4, 3], scale_ranges=ranges,
        strides=[8, 8, 16, 32, 32],
        norm_cfg=dict(type='GN', num_groups=4),
        mask_feature_head=dict(norm_cfg=dict(type='GN', num_groups=4))),
    test_cfg=dict(nms_pre=600, score_thr=0.2, mask_thr=0.4, filter_thr=0.01,
                  kernel='linear', sigma=3.0, max_per_img=50))
train_pipeline = [dict(type='Resize', img_scale=(2000, 1000))]
test_pipeline = [dict(type='MultiScaleFlipAug', img_scale=(160, 128))]
open('witness', 'w')
"""
CLASSES = ("ant", "bee", "cat", "dog", "eel")
META = {"config": CONFIG, "CLASSES": CLASSES}
