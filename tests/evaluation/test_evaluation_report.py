"""A report: printed, as a dict, as a page."""

import json

import pytest

from keras_solo.data import ShapesDataset
from keras_solo.evaluation import evaluate_results
from tests.strips import found, truth


@pytest.fixture(scope="module")
def shapes():
    """Shapes, of which each first one is missed, and one is invented."""
    dataset = ShapesDataset(num_images=3)
    annotations = dataset.to_coco()["annotations"]
    first = {item["image_id"]: item["id"] for item in reversed(annotations)}
    results = [
        {**item, "score": 0.9}
        for item in annotations
        if item["id"] not in first.values()
    ]
    results.append({**results[0], "score": 0.5})
    return evaluate_results(results, dataset)


def test_nothing_can_be_printed_and_shown():
    report = evaluate_results([], truth())
    assert str(report).startswith("0 images, 0 objects, 0 results, 2 classes.")
    page = report.to_page().to_html()
    assert "Images to look at" not in page and page.count("<img") == 2
    assert repr(report) == "EvaluationReport(0 images, mask_ap nan)"


def test_printed(shapes):
    text = str(shapes)
    for title in ("COCO's figures", "By size", "By class"):
        assert f"\n{title}\n" in text
    assert "\nMatches (IoU 0.5, score 0.3)\n" in text
    assert f"{shapes.figures['mask_ap']:.3f}" in text


def test_a_dict_is_json(shapes):
    content = json.loads(json.dumps(shapes.to_dict(), allow_nan=False))
    assert content["mask_ap"] == shapes.figures["mask_ap"]
    assert content["mask_ap_large"] is None
    assert content["per_size"]["all"]["to"] is None
    assert content["confusion"]["missed"] == 3
    assert content["confusion"]["duplicate"] == 1
    assert content["mask_ap_per_class"] == {
        name: row["mask_ap"] for name, row in content["per_class"].items()
    }
    assert len(content["curves"]["precision50"]) == 101
    assert set(content["curves"]["precision50_per_class"]) == {
        "circle",
        "rectangle",
        "triangle",
    }


def test_a_page(shapes, tmp_path):
    page = shapes.to_page("Shapes <3")
    page.save(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>Shapes &lt;3</h1>" in text
    assert "Most missed objects" in text and "Most duplicates" in text
    assert "Most results where nothing is" not in text
    assert "no image files" not in text
    # Two charts, three images with a miss, one with a duplicate.
    assert text.count("<img") == 6
    assert shapes._repr_html_().startswith("<!DOCTYPE html>")


def test_a_page_without_images_says_so():
    content = truth([(0, 10, 3)])
    content["categories"][0]["name"] = "<b>cat\x1b</b>"
    text = evaluate_results([], content).to_page().to_html()
    assert "There are no image files: masks are drawn on grey." in text
    assert "Image 1: missed 1." in text
    assert "&lt;b&gt;cat\\x1b&lt;/b&gt;" in text and "<b>" not in text


def test_of_one_class_there_is_one_chart():
    content = truth([(0, 10, 3)])
    del content["categories"][1]
    text = evaluate_results(found((1, 0, 10, 3, 1.0)), content).to_page()
    assert text.to_html().count("<img") == 1
