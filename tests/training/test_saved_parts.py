"""Which parts of an epoch are on the disk, and which is the last."""

from keras_solo.training.saved_part import SavedPart, write_part
from keras_solo.training.saved_parts import SavedParts
from tests.training.line import everything, make_model


def save(parts, *places):
    model = make_model()
    model.optimizer.build(model.trainable_variables)
    for epoch, batches in places:
        place = parts.place(epoch, batches)
        write_part(SavedPart(place, epoch, batches, {}), model)


def test_none(tmp_path):
    parts = SavedParts(tmp_path / "epochs")
    assert parts.last(0) == (None, []) and parts.size() == 0
    parts.keep(None)
    assert not (tmp_path / "epochs").exists()


def test_the_last_of_its_epoch(tmp_path):
    parts = SavedParts(tmp_path)
    save(parts, (1, 9), (1, 1_000_000), (1, 10), (2, 1))
    part, problems = parts.last(1)
    assert (part.epoch, part.batches, problems) == (1, 1_000_000, [])
    assert parts.last(0) == (None, [])
    size = sum(len(data) for data in everything(tmp_path).values())
    assert parts.size() == size
    parts.keep(part)
    assert parts.last(1)[0] == part and parts.last(2)[0] is None


def test_a_damaged_one_is_named(tmp_path):
    parts = SavedParts(tmp_path)
    save(parts, (1, 2), (1, 3))
    (parts.place(1, 3) / "values.npz").unlink()
    part, problems = parts.last(1)
    assert part.batches == 2
    assert problems == [f"{parts.place(1, 3) / 'values.npz'} is missing"]


def test_what_is_not_ours_stays(tmp_path):
    parts = SavedParts(tmp_path)
    save(parts, (1, 2))
    for name in ("0001", "0001-kept", "0002-000001", ".new-0001-000004"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("mine")
    # What a killed process left is ours.
    for name in ("part.json", "values.npz", ".new-part.json"):
        (tmp_path / ".new-0001-000004" / name).write_text("half")
    parts.keep(None)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("0001", "0001-kept", "0002-000001", ".new-0001-000004")
    }
    assert set(everything(tmp_path).values()) == {b"mine"}
