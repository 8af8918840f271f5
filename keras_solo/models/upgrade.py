"""Configs of older versions in the words of this one."""

from __future__ import annotations

import re
from collections.abc import Mapping


def upgraded(config: Mapping[str, object]) -> dict[str, object]:
    """The config of a `SOLOv2`, as any version wrote it, for this version.

    0.1.0 had the target encoder's arguments beside the model's, the input
    scaling of a backbone that was saved scaled already, and models that were
    called `sol_ov2`.

    Example:

    >>> upgraded({"name": "sol_ov2_1", "collision": "both"})
    {'name': 'solov2_1', 'target_encoder': {'collision': 'both'}}
    """
    config = dict(config)
    config.pop("preprocessing", None)
    encoder = {
        name: config.pop(name)
        for name in ("collision", "max_pairs")
        if name in config
    }
    if encoder:
        config["target_encoder"] = encoder
    name = config.get("name")
    if isinstance(name, str):
        config["name"] = re.sub(r"^sol_ov2(?=_\d+$|$)", "solov2", name)
    return config
