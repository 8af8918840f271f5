"""What a file mentions."""

from keras_solo.data.formats.sniffing import mentions


def test_nothing(tmp_path):
    path = tmp_path / "a.json"
    assert not mentions(path, b"a")
    path.write_bytes(b"")
    assert not mentions(path, b"a")
    assert not mentions(tmp_path, b"a")


def test_all_words_must_be_there(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [], "annotations": []}')
    assert mentions(path, b'"images"')
    assert mentions(path, b'"annotations"', b'"images"')
    assert not mentions(path, b'"images"', b'"shapes"')
