"""The page on limits says what others measured, as other pages do."""

from keras_solo.layers.instance_decoder import MOST
from keras_solo.models import preset_card
from keras_solo.models.published_weights import PUBLISHED
from tests.docs.links import leads_somewhere, links
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "limits.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_links():
    for target in links(TEXT):
        assert leads_somewhere(PAGE, target), target


def test_figures_of_our_own():
    """Those that have another home are the same there."""
    for name in (
        "solov2_light_r18_fpn_3x_coco",
        "solov2_r50_fpn_3x_coco",
        "solov2_x101_dcn_fpn_3x_coco",
    ):
        assert f"| {PUBLISHED[name].mask_ap} |" in TEXT
    measured = preset_card("solov2_lite0_nuclei")["measured"]
    pairs = measured["touching_pairs_found_as_two"]
    assert f"{pairs} of {measured['touching_pairs']:,} touching pairs" in flat()
    tiling = (ROOT / "docs" / "large-images.md").read_text(encoding="utf-8")
    assert "0.102, **0.312**" in tiling
    assert "from 0.102 to 0.312" in flat()
    for bound in ("max_detections", "nms_candidates"):
        assert f"{MOST[bound]:,}" in TEXT


def flat():
    return " ".join(TEXT.split())
