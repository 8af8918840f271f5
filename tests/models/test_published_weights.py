from keras_solo.models.architectures import ARCHITECTURES
from keras_solo.models.published_weights import BACKBONES, PUBLISHED


def test_addresses():
    published = PUBLISHED
    assert len(published) == 8
    assert set(published) < set(ARCHITECTURES)
    addresses = [p.address for p in published.values()]
    assert len(set(addresses)) == 8
    for entry in (
        *published.values(),
        *(p for _, p in BACKBONES.values()),
    ):
        assert entry.address.startswith("https://")
        assert len(entry.sha256) == 8
        int(entry.sha256, 16)
    assert published["solov2_r50_fpn_3x_coco"].address == (
        "https://download.openmmlab.com/mmdetection/v2.0/solov2/"
        "solov2_r50_fpn_3x_coco/"
        "solov2_r50_fpn_3x_coco_20220512_125856-fed092d4.pth"
    )
