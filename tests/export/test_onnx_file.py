import json

import pytest

from keras_solo.export.graph import instance_graph
from keras_solo.export.onnx_file import METADATA
from tests.export.check_file import check_file
from tests.export.marks import needs

pytestmark = needs("onnx")


@pytest.mark.parametrize("nms", ["matrix", "hard"])
def test_file(talkative, noise, tmp_path, nms):
    import onnx

    talkative.decoder = {**talkative.decoder.get_config(), "nms": nms}
    graph = instance_graph(talkative, (64, 64))
    check_file("onnx", graph, tmp_path / "a.onnx", noise)
    model = onnx.load(tmp_path / "a.onnx")
    (image,) = model.graph.input
    assert image.name == "images"
    dimensions = image.type.tensor_type.shape.dim
    assert dimensions[0].dim_param == "batch"
    assert [d.dim_value for d in dimensions[1:]] == [64, 64, 3]
    props = {one.key: one.value for one in model.metadata_props}
    assert json.loads(props[METADATA]) == {"for": "a test"}


def test_one_batch_size(talkative, noise, tmp_path):
    graph = instance_graph(talkative, (64, 64), 2, "uint8")
    check_file("onnx", graph, tmp_path / "a.onnx", noise, atol=1.01)
