"""The page on large images runs as it stands."""

from tests.backend_use import once
from tests.docs.pages import ROOT, run


@once
def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "large-images.md", {})
    assert (tmp_path / "large.png").stat().st_size > 1000
    assert names["tiled"]["mask_ap"] > names["whole"]["mask_ap"] + 0.1
    assert names["batches"][0][0].shape == (8, 128, 128, 3)
    # The scan is the image of the first block.
    assert len(names["again"]) >= len(names["found"]) > 5
    assert names["views"].original_size == (288, 416)
