import pytest

from keras_solo.data import AnnotationError
from keras_solo.data.formats.json_file import read_json


def test_content(tmp_path):
    path = tmp_path / "a.json"
    for text, content in (("[]", []), ('{"a": [1, 2.5]}', {"a": [1, 2.5]})):
        path.write_text(text)
        assert read_json(path) == content


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not valid JSON: Expecting value"),
        (b"[1", "not valid JSON"),
        (b'"\xff"', "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_none_is_named(tmp_path, data, what):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(AnnotationError, match=f"a.json: {what}"):
        read_json(path)


def test_no_file(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(AnnotationError, match="cannot be read: "):
            read_json(path)
