from keras_solo import SOLOv2
from keras_solo.models.architectures import ARCHITECTURES


def test_all_names_are_described():
    assert set(SOLOv2.presets) == set(ARCHITECTURES)
    assert "mask AP 37.5" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    assert "Apache-2.0" in SOLOv2.presets["solov2_r50_fpn_3x_coco"]
    without = [n for n, text in SOLOv2.presets.items() if "without" in text]
    assert without == ["solov2_light_r50_dcn_fpn_3x_coco"]
