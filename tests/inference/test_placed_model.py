"""Another letterbox, and all else the model's own."""

from keras_solo import Intensity, Letterbox
from keras_solo.inference.placed_model import placed_model


def test_all_else_is_shared(tiny_model):
    before = tiny_model.preprocessor
    letterbox = Letterbox((96, 64), intensity=Intensity("percentiles"))
    placed = placed_model(tiny_model, letterbox)
    assert placed.preprocessor == Letterbox((96, 64))
    assert placed.decoder is tiny_model.decoder
    assert placed.compiled_predictions is tiny_model.compiled_predictions
    assert placed.class_names == tiny_model.class_names
    assert placed.category_ids == tiny_model.category_ids
    assert tiny_model.preprocessor == before
