"""Checksums: of what was written, and of what was changed."""

import hashlib
import json

import pytest

from keras_solo.models.preset_sums import check_sum, read_sums, sum_of


def test_no_sums(tmp_path):
    path = tmp_path / "metadata.json"
    assert read_sums(path) == {}
    path.write_text('{"parameter_count": 7}')
    assert read_sums(path) == {}
    check_sum(tmp_path / "nothing", {})


def test_sums(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    assert sum_of(path) == digest
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"sha256": {"file": digest}}))
    sums = read_sums(metadata)
    check_sum(path, sums)
    path.write_bytes(b"abd")
    with pytest.raises(ValueError, match="file is not the file that was wr.*v"):
        check_sum(path, sums)
    path.unlink()
    with pytest.raises(ValueError, match="missing or damaged: .* No such file"):
        check_sum(path, sums)


DAMAGED = (
    *("", "{", "[]", "7", "[" * 9**5),
    *('{"sha256": 3}', '{"sha256": {"a": 1}}'),
)


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged(tmp_path, text):
    path = tmp_path / "metadata.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="json is damaged: .*verify"):
        read_sums(path)
