"""Runs the code of the page about other tools."""

import keras

from keras_solo.data import open_dataset
from tests.backend_use import once
from tests.docs.pages import ROOT, run


@once
def test_it_runs(tmp_path, monkeypatch, make_model, tiny_batch):
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "tools.md", {})
    found = open_dataset("to-correct", verbose=False)
    assert found.class_names == ("nucleus",)
    wanted = names["images"]
    assert [one.original_size for one in found] == [
        one.original_size for one in wanted
    ]
    images = [one.load_image() for one in wanted]
    seen = [one.scores > 0.3 for one in names["model"].segment(images)]
    assert [len(one.instances) for one in found] == [n.sum() for n in seen]

    logged = []
    callback = names["logged_to"](
        lambda logs, step: logged.append((step, logs))
    )
    assert isinstance(callback, keras.callbacks.Callback)
    make_model().fit(
        *tiny_batch, epochs=2, batch_size=2, verbose=0, callbacks=[callback]
    )
    assert [step for step, _ in logged] == [0, 1]
    assert all(logs["loss"] > 0 for _, logs in logged)
