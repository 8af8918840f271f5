"""`keras_solo.recipes` is a door: its names, and nothing else."""

from keras_solo import recipes


def test_names():
    public = {name for name in vars(recipes) if not name.startswith("_")}
    assert public == set(recipes.__all__)
    assert public == {
        "CoupledSGD",
        "LayerwiseAdamW",
        "LearningRates",
        "WarmUp",
        "find_learning_rate",
        "fine_tune",
        "from_scratch",
        "layer_depths",
        "reference",
    }
