"""`keras_solo.callbacks` is a door: its names, and nothing else."""

from keras_solo import callbacks


def test_names():
    public = {name for name in vars(callbacks) if not name.startswith("_")}
    assert public == set(callbacks.__all__)
    assert public == {
        "BestWeights",
        "CocoMaskAP",
        "PlotPredictions",
        "SetBatchesEpoch",
        "StopAtInterrupt",
        "StopAtNonFinite",
        "TimeEstimate",
    }
