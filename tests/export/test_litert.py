import pytest

from keras_solo.export.graph import instance_graph
from tests.export.check_file import check_file
from tests.export.marks import needs

pytestmark = needs("litert")


@pytest.mark.parametrize("batch_size", [None, 2])
def test_file(talkative, noise, tmp_path, batch_size):
    graph = instance_graph(talkative, (64, 64), batch_size)
    check_file("litert", graph, tmp_path / "a.tflite", noise)


@pytest.mark.parametrize("weights_dtype", ["float16", "int8"])
def test_smaller_weights(graph, noise, tmp_path, weights_dtype):
    path = tmp_path / "a.tflite"
    found, want = check_file("litert", graph, path, noise, None, weights_dtype)
    assert abs(found[:, 0] - want[:, 0]).max() < 0.05
