import pytest

from keras_solo.export.graph import instance_graph
from tests.export.check_file import check_file
from tests.export.marks import needs

pytestmark = needs("openvino")


@pytest.mark.parametrize("batch_size", [None, 2])
def test_file(talkative, noise, tmp_path, batch_size):
    graph = instance_graph(talkative, (64, 64), batch_size)
    check_file("openvino", graph, tmp_path / "a.xml", noise)
    assert (tmp_path / "a.bin").is_file()


def test_smaller_weights(graph, noise, tmp_path):
    whole, half = tmp_path / "a.xml", tmp_path / "b.xml"
    check_file("openvino", graph, whole, noise)
    found, want = check_file("openvino", graph, half, noise, None, "float16")
    assert abs(found[:, 0] - want[:, 0]).max() < 0.05
    sizes = [p.with_suffix(".bin").stat().st_size for p in (half, whole)]
    assert sizes[0] < 0.8 * sizes[1]
