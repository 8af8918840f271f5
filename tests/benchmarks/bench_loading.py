"""A file to a model with its weights.

`SOLOv2.from_preset` of MMDetection's file (theirs builds the model from its
config and loads the same file), of a preset folder, and
`keras.saving.load_model` of a `.keras` file.
"""

import pathlib
import tempfile

from tests.benchmarks.cases import Case

TITLE = "Loading"


def checkpoint(material):
    from tests.benchmarks.ours import load

    return lambda: load(material, "r50").count_params()


def theirs(material):
    from tests.benchmarks.mmdetection import load

    def call():
        tensors = load(material, "r50").state_dict().values()
        return sum(tensor.numel() for tensor in tensors if tensor.ndim)

    return call


def preset_folder(material):
    from keras_solo import SOLOv2
    from tests.benchmarks.ours import load

    kept = tempfile.TemporaryDirectory()
    load(material, "r50").save_to_preset(kept.name)

    def call():
        return SOLOv2.from_preset(kept.name).count_params()

    call.kept = kept
    return call


def keras_file(material):
    import keras

    import keras_solo  # noqa: F401  registers its classes
    from tests.benchmarks.ours import load

    kept = tempfile.TemporaryDirectory()
    path = pathlib.Path(kept.name) / "model.keras"
    load(material, "r50").save(path)

    def call():
        return keras.saving.load_model(path).count_params()

    call.kept = kept
    return call


CASES = [
    Case("R50, MMDetection's file", checkpoint, theirs),
    Case("R50, preset folder", preset_folder),
    Case("R50, .keras file", keras_file),
]
