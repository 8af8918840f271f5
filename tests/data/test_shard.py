import numpy as np
import pytest

from keras_solo.data.shard import checked_shard


def test_plain_integers():
    assert checked_shard((0, 1)) == (0, 1)
    found = checked_shard((np.int64(1), np.int32(3)))
    assert found == (1, 3)
    assert all(type(number) is int for number in found)


@pytest.mark.parametrize(
    "shard", [(), (1,), (2, 2), (-1, 2), (0, 0), (0.5, 2), 3, None, "ab"]
)
def test_no_part(shard):
    with pytest.raises(ValueError, match="shard to be .index, count.*Received"):
        checked_shard(shard)
