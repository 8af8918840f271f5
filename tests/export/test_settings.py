import pytest

from keras_solo.export.formats import FORMATS
from tests.export.test_card import settings


def test_as_options():
    words = settings(mask_dtype="uint8", weights_dtype="int8").as_options()
    assert words == [
        "--format", "onnx", "--image-size", "64", "96",
        "--mask-dtype", "uint8", "--weights-dtype", "int8",
    ]  # fmt: skip
    assert settings(batch_size=3).as_options()[5:7] == ["--batch-size", "3"]


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"batch_size": 0}, "at least 1.*batch_size=0"),
        ({"batch_size": "many"}, "at least 1.*batch_size='many'"),
        ({"mask_dtype": "bool"}, "mask_dtype='bool'"),
        ({"weights_dtype": "int4"}, "'int8' for the format onnx.*'int4'"),
        (
            {"format": FORMATS["saved_model"], "weights_dtype": "float16"},
            "'float32' for the format saved_model.*'float16'",
        ),
    ],
)
def test_what_cannot_be(wrong, words):
    with pytest.raises(ValueError, match=words):
        settings(**wrong)
