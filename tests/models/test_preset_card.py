"""Cards: what is to be known about weights of the package."""

import pytest

from keras_solo.models import preset_card
from keras_solo.models.preset_card import PresetCard

NUCLEI = "solov2_lite0_nuclei"


def test_a_card_says_everything():
    card = preset_card(NUCLEI)
    assert card.keys() == PresetCard.__annotations__.keys()
    assert all(card.values())
    measured = card["measured"]
    for figure in ("mask_ap", "mask_ap75"):
        assert 0 < measured[figure] < measured["mask_ap50"] < 1


@pytest.mark.parametrize("name", ["solov2_r50_fpn_3x_coco", "../packaged"])
def test_what_has_none(name):
    with pytest.raises(ValueError, match=f"a card: {NUCLEI}. Received: '"):
        preset_card(name)
