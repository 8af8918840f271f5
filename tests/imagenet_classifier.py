"""What follows the backbone in the networks that classify ImageNet."""

import numpy as np


def classified(features, tensors):
    """Logits of 1,000 classes.

    Args:
        features: The last of an `EfficientNetLite`, `(B, H, W, C)`.
        tensors: Of the authors' file, by its names.
    """
    x = features @ tensors["_conv_head.weight"][:, :, 0, 0].T
    norm = {
        name: tensors[f"_bn1.{name}"]
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    x = (x - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-3)
    x = np.clip(x * norm["weight"] + norm["bias"], 0.0, 6.0)
    return x.mean((1, 2)) @ tensors["_fc.weight"].T + tensors["_fc.bias"]
