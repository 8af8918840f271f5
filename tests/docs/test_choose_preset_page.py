"""The page on presets has the sizes that its command computes."""

import re

import pytest

from examples import preset_sizes
from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.published_weights import PUBLISHED
from tests.backend_use import once
from tests.docs.links import leads_somewhere, links
from tests.docs.pages import ROOT, run

PAGE = ROOT / "docs" / "choose-preset.md"
TEXT = PAGE.read_text(encoding="utf-8")


@once
@pytest.mark.parametrize(
    "name", ["solov2_tiny_shapes", "solov2_light_r18_fpn_3x_coco"]
)
def test_sizes_of_presets(name, capsys):
    preset_sizes.main(name)
    row = capsys.readouterr().out.splitlines()[2]
    assert f"\n{row.rstrip('|')}| " in TEXT


@once
@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18"])
def test_sizes_of_backbones(name, capsys):
    preset_sizes.main(name)
    header, _, row, *_ = capsys.readouterr().out.splitlines()
    assert f"\n{header}\n" in TEXT
    assert f"\n{row}\n" in TEXT


def test_every_preset_has_its_published_ap():
    rows = re.findall(r"^\| `(\w+)` \| [\d.]+ \| \d+ \| (.+) \|$", TEXT, re.M)
    assert {name for name, _ in rows} == ARCHITECTURES.keys()
    for name, mask_ap in rows:
        if name in PUBLISHED:
            assert mask_ap == str(PUBLISHED[name].mask_ap)


@once
def test_the_page_runs(capsys):
    run(PAGE, {})
    assert "4.7 million weights" in capsys.readouterr().out


def test_links():
    for target in links(TEXT):
        assert leads_somewhere(PAGE, target), target
