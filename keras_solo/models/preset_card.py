"""What is to be known about weights that come with the package."""

from __future__ import annotations

import json
from typing import TypedDict, cast

from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.packaged_weights import PACKAGED


class PresetCard(TypedDict):
    """What is to be known about a preset before it is used.

    Args:
        description: What it finds, in what.
        data: What it learned from, and of how many images.
        data_licence: SPDX name.
        weights_licence: SPDX name.
        training: The command that trained it.
        prediction: How images are segmented best.
        measured_on: Images that it did not learn from.
        measured: Figures on these, by name.
        limits: What it cannot do.
    """

    description: str
    data: str
    data_licence: str
    weights_licence: str
    training: str
    prediction: str
    measured_on: str
    measured: dict[str, float]
    limits: list[str]


def preset_card(name: str) -> PresetCard:
    """What is to be known about a preset whose weights come with the package.

    Args:
        name: Of the preset.

    Returns:
        A `PresetCard`: a dict of its data, licences, figures and limits.

    Raises:
        ValueError: If there is no card of such a preset. The figures of
            published models are in `SOLOv2.presets`.

    Example:

    >>> card = preset_card("solov2_lite0_nuclei")
    >>> card["data_licence"], card["weights_licence"]
    ('CC0-1.0', 'Apache-2.0')
    """
    path = PACKAGED / f"{name}.json"
    if name not in ARCHITECTURES or not path.is_file():
        cards = sorted(file.stem for file in PACKAGED.glob("*.json"))
        raise ValueError(
            f"Expected a preset that has a card: {', '.join(cards)}. "
            f"Received: {name!r}"
        )
    return cast(PresetCard, json.loads(path.read_text(encoding="utf-8")))
