from keras_solo import SOLOv2
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


def test_sizes():
    """Of the float32 weights, and a bound for all that is in the file."""
    name = "solov2_light_r18_fpn_3x_coco"
    model = SOLOv2.from_preset(name, load_weights=False)
    published = PUBLISHED[name]
    weights = 4 * model.count_params() / 1_000_000
    assert weights < published.megabytes < 1.02 * weights, weights
    assert published.most_bytes == round(1.1e6 * published.megabytes)
