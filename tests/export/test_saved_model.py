from tests.export.check_file import check_file
from tests.export.marks import needs

pytestmark = needs("saved_model")


def test_file(graph, noise, tmp_path):
    check_file("saved_model", graph, tmp_path / "saved", noise)
