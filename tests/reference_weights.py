"""Puts the weights of a small MMDetection model into ours, name by name."""


def load_reference_weights(model, arrays):
    """Assigns every array once; returns each variable's reference name."""
    names = {}

    def put(variable, name, transpose=False):
        value = arrays[f"weight.{name}"].astype("float32")
        variable.assign(value.transpose(2, 3, 1, 0) if transpose else value)
        names[name] = variable

    def convolution(layer, name):
        put(layer.kernel, f"{name}.weight", transpose=True)
        if layer.use_bias:
            put(layer.bias, f"{name}.bias")

    def norm(layer, name):
        put(layer.gamma, f"{name}.weight")
        put(layer.beta, f"{name}.bias")
        if hasattr(layer, "moving_mean"):
            put(layer.moving_mean, f"{name}.running_mean")
            put(layer.moving_variance, f"{name}.running_var")

    def block(layer, name):
        convolution(layer.conv, f"{name}.conv")
        norm(layer.norm, f"{name}.gn")

    backbone = model.backbone
    convolution(backbone.get_layer("conv1_conv"), "backbone.conv1")
    norm(backbone.get_layer("conv1_bn"), "backbone.bn1")
    for layer in backbone.layers:
        parts = layer.name.split("_")
        if not (parts[0].startswith("stack") and parts[-1] in ("conv", "bn")):
            continue
        stage, place = int(parts[0][5:]) + 1, int(parts[1][5:])
        prefix = f"backbone.layer{stage}.{place}."
        if parts[2] == "0":
            suffix = "downsample.0" if parts[3] == "conv" else "downsample.1"
        else:
            suffix = parts[3] + parts[2]
        put_layer = convolution if parts[3] == "conv" else norm
        put_layer(layer, prefix + suffix)

    for level in range(4):
        for ours, theirs in (("lateral", "lateral"), ("output", "fpn")):
            convolution(
                getattr(model.feature_pyramid, f"{ours}_P{level + 2}"),
                f"neck.{theirs}_convs.{level}.conv",
            )
    for ours, theirs in (("category", "cls"), ("kernel", "kernel")):
        for index in range(model.head.num_convs):
            block(
                getattr(model.head, f"{ours}_{index}"),
                f"mask_head.{theirs}_convs.{index}",
            )
        convolution(
            getattr(model.head, f"{ours}_output"), f"mask_head.conv_{theirs}"
        )
    head = model.mask_feature_head
    prefix = "mask_head.mask_feature_head"
    for level in range(4):
        for step in range(max(level, 1)):
            block(
                getattr(head, f"P{level + 2}_{step}"),
                f"{prefix}.convs_all_levels.{level}.conv{step}",
            )
    block(head.output_block, f"{prefix}.conv_pred")

    unused = {key[7:] for key in arrays if key.startswith("weight.")}
    unused -= set(names)
    if unused:
        raise ValueError(f"Weights without a place: {sorted(unused)}")
    return names
