"""The page on export says what is there, and its code runs."""

import pathlib

from keras_solo.export.formats import FORMATS
from keras_solo.export.graph import OUTPUTS
from tests.docs.pages import run
from tests.export.marks import needs

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "export.md"


@needs("onnx")
def test_the_code_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(PAGE, {})
    assert "(1, 100, 32, 32)" in capsys.readouterr().out
    assert (tmp_path / "shapes.onnx.json").is_file()


def test_every_format_and_output_is_named():
    text = PAGE.read_text(encoding="utf-8")
    for name in (*FORMATS, *OUTPUTS):
        assert f"| `{name}` |" in text
