"""The page of presets says what the package has."""

import pathlib
import re

from keras_solo.models import preset_card
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.published_weights import BACKBONES, PUBLISHED

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "presets.md"
ROW = re.compile(
    r"^\| `(\w+)` \| ([-\d.]+) \|.*\| (\d+), (\d+) \| ([-\d]+) \|$", re.M
)


def test_every_preset_has_a_row():
    rows = {row[0]: row[1:] for row in ROW.findall(PAGE.read_text())}
    assert rows.keys() == ARCHITECTURES.keys()
    for name, (mask_ap, *sides, megabytes) in rows.items():
        published = PUBLISHED.get(name)
        if published:
            assert megabytes == str(published.megabytes)
        assert mask_ap == (str(published.mask_ap) if published else "-")
        size = ARCHITECTURES[name]["preprocessor"]["image_size"]
        assert tuple(map(int, sides)) == size


def test_the_card_and_the_page_agree():
    """What was measured is written twice."""
    (row,) = re.findall(
        r"^\| (0\.\d.*) of ([\d,]+) \|$", PAGE.read_text(), re.M
    )
    written = [*row[0].split(" | "), row[1].replace(",", "")]
    measured = preset_card("solov2_lite0_nuclei")["measured"]
    names = [*list(measured)[:7], "touching_pairs_found_as_two"]
    want = [measured[name] for name in (*names, "touching_pairs")]
    assert [float(number) for number in written] == want


def test_every_backbone_is_named():
    text = PAGE.read_text()
    for name in BACKBONES:
        assert f"`{name}`" in text
