"""Models of this package, as the benchmarks load them."""

PRESETS = {
    "r50": "solov2_r50_fpn_1x_coco",
    "light_r18": "solov2_light_r18_fpn_3x_coco",
}
# Random weights without MMDetection's calibration are sure of nothing: the
# decoder takes the best 90 anyway.
WITHOUT_CALIBRATION = {
    "score_threshold": 0.0,
    "update_threshold": 0.0,
    "max_candidates": 90,
}


def load(material, name):
    """The model of MMDetection's checkpoint, or one of random weights."""
    import keras

    from keras_solo import SOLOv2

    if material.checkpoint(name).exists():
        return SOLOv2.from_preset(material.checkpoint(name))
    keras.utils.set_random_seed(0)
    return SOLOv2.from_preset(
        PRESETS[name], load_weights=False, decoder=WITHOUT_CALIBRATION
    )


def on_host(outputs):
    """What a user does with a dict of tensors."""
    import keras

    return {
        name: keras.ops.convert_to_numpy(value)
        for name, value in outputs.items()
    }
