"""The page of batches runs, and counts right."""

from keras_solo.geometry import Letterbox
from tests.docs.pages import ROOT, run


def test_page():
    names = run(ROOT / "docs" / "batches.md", {})
    one, two = names["hosts"]
    large = names["dataset"].batches(names["letterbox"], 8, augment=True)
    both = [*one.order(0)[:4], *two.order(0)[:4]]
    assert both == large.order(0)[:8].tolist()
    assert len(names["grouped"].sample_makers) == 2


def test_sizes_of_a_portrait_image():
    fit = Letterbox((800, 1333), canvas="fit")
    assert fit.fixed().resized_size((640, 480)) == (800, 600)
    assert fit.resized_size((640, 480)) == (1067, 800)
