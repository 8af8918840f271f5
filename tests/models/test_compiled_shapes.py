from keras_solo.models import compiled_shapes
from keras_solo.models.compiled_shapes import CompiledShapes

CANVAS = (64, 96, 3)


def test_nothing_is_compiled_at_first():
    assert CompiledShapes().batch_size(3, CANVAS, default=8) == 8


def test_the_smallest_batch_that_is_compiled_and_holds_them():
    shapes = CompiledShapes()
    for count in (4, 2, 8):
        assert not shapes.remember((count, *CANVAS))
    found = [shapes.batch_size(n, CANVAS, default=16) for n in (1, 2, 3, 5, 9)]
    assert found == [2, 2, 4, 8, 16]
    assert shapes.batch_size(1, (96, 64, 3), default=16) == 16


def test_they_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(compiled_shapes, "MAX_SHAPES", 2)
    shapes = CompiledShapes()
    answers = [shapes.remember((n, *CANVAS)) for n in (1, 2, 2, 3, 3)]
    assert answers == [False, False, False, True, False]
    assert shapes.shapes == {(3, *CANVAS)}
