"""Which images make which batch: tables worked by hand."""

import pickle

import numpy as np
import pytest

from keras_solo.data.batch_order import BatchOrder, epoch_batches


def lists(batches):
    return [batch.tolist() for batch in batches]


def batches(order, *args, **options):
    return lists(epoch_batches(np.array(order, int), *args, **options))


def of_all_hosts(count, *args, **options):
    """The batches of each host."""
    return [
        batches(*args, shard=(index, count), **options)
        for index in range(count)
    ]


def test_no_images():
    assert batches([], 2) == []
    assert batches([], 2, drop_last=False, groups=np.array([], int)) == []


def test_one_host_takes_the_images_in_their_order():
    assert batches([4, 0, 3, 1, 2], 2) == [[4, 0], [3, 1]]
    assert batches([4, 0, 3, 1, 2], 2, drop_last=False)[2:] == [[2]]


# === Hosts ===


def test_what_hosts_take_in_a_step_is_one_large_batch():
    order = [7, 2, 9, 4, 0, 5, 8, 1, 6, 3]
    first, second = of_all_hosts(2, order, 2)
    assert first == [[7, 2], [0, 5]]
    assert second == [[9, 4], [8, 1]]
    large = batches(order, 4)
    assert [a + b for a, b in zip(first, second, strict=True)] == large


def test_hosts_share_what_is_left():
    order = [7, 2, 9, 4, 0, 5, 8, 1, 6, 3]
    hosts = of_all_hosts(3, order, 3, drop_last=False)
    assert hosts == [[[7, 2, 9]], [[4, 0, 5]], [[8, 1, 6], [3]]]
    # Four images are left for three hosts.
    hosts = of_all_hosts(3, order, 2, drop_last=False)
    assert [host[1:] for host in hosts] == [[[8]], [[1]], [[6, 3]]]


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_hosts_cover_an_epoch(count, grouped):
    groups = np.arange(53) % 5 // 4 if grouped else None
    for epoch in range(3):
        every, whole = [], []
        for index in range(count):
            shard = (index, count)
            orders = [
                BatchOrder(53, 2, True, 1, drop_last, shard, groups)
                for drop_last in (False, True)
            ]
            every += sum(lists(orders[0].batches(epoch)), [])
            whole.append(lists(orders[1].batches(epoch)))
            left = orders[1].left_out(epoch).tolist()
            assert orders[0].left_out(epoch).size == 0
        assert sorted(every) == list(range(53))
        assert len({len(host) for host in whole}) == 1
        taken = sum(sum(whole, []), [])
        assert sorted(taken + left) == list(range(53))
        assert len(left) < 2 * count * (2 if grouped else 1)


def test_hosts_have_the_same_number_of_batches_in_every_epoch():
    order = BatchOrder(53, 2, True, 1, False, (1, 7), np.arange(53) % 3 // 2)
    counts = {len(order.batches(epoch)) for epoch in range(5)}
    assert counts == {order.num_batches}


# === Groups ===

PORTRAIT = np.array([0, 1, 0, 0, 1, 0, 1, 0])


def test_a_batch_comes_when_it_is_full():
    found = batches(range(8), 2, groups=PORTRAIT)
    assert found == [[0, 2], [1, 4], [3, 5]]
    found = batches(range(8), 2, drop_last=False, groups=PORTRAIT)
    # Of the batches that are not full, image 6 comes before 7.
    assert found == [[0, 2], [1, 4], [3, 5], [6], [7]]


def test_the_second_batch_is_of_the_other_group():
    found = batches([0, 2, 3, 5, 7, 1, 4, 6], 2, groups=PORTRAIT)
    assert found == [[0, 2], [1, 4], [3, 5]]
    few = batches([0, 2, 3, 5, 7, 1], 2, drop_last=False, groups=PORTRAIT)
    assert few == [[0, 2], [1], [3, 5], [7]]


def test_a_single_group_changes_nothing():
    order = [4, 0, 3, 1, 2]
    ones = np.ones(5, int)
    assert batches(order, 2, groups=ones) == batches(order, 2)


def test_hosts_groups_and_a_shuffled_order_by_hand():
    """Two hosts, two images each; images from 9 on are portrait.

    | landscape     | 5 3 8 0 | 2 7 1 4 | 6 left   |
    | portrait      | 9 12 10 11        | 13 left  |
    """
    order = [5, 9, 3, 8, 12, 0, 2, 10, 7, 11, 1, 13, 4, 6]
    groups = np.array([0] * 9 + [1] * 5)
    first, second = of_all_hosts(2, order, 2, groups=groups)
    assert first == [[5, 3], [9, 12], [2, 7]]
    assert second == [[8, 0], [10, 11], [1, 4]]
    # Of one image that is left the second host has it.
    first, second = of_all_hosts(2, order, 2, drop_last=False, groups=groups)
    assert (first[3:], second[3:]) == ([], [[13], [6]])


# === Orders ===


def test_an_order_is_shuffled_by_seed_and_epoch():
    def of(seed, epoch):
        order = BatchOrder(20, 4, True, seed, True)
        return sum(lists(order.batches(epoch)), [])

    indices = np.arange(20)
    np.random.default_rng([3, 7]).shuffle(indices)
    assert of(3, 7) == indices.tolist()
    assert of(3, 7) != of(3, 8) and of(3, 7) != of(4, 7)


def test_what_is_left_out():
    order = BatchOrder(8, 2, False, 0, True, groups=PORTRAIT)
    assert order.left_out(0).tolist() == [6, 7]
    assert BatchOrder(8, 2, False, 0, False).left_out(0).tolist() == []


def test_groups_of_images():
    order = BatchOrder(8, 2, False, 0, True, groups=PORTRAIT)
    assert [order.group_of(image) for image in (0, 1)] == [0, 1]
    assert order.members(1).tolist() == [1, 4, 6]
    plain = BatchOrder(3, 2, False, 0, True)
    assert plain.group_of(2) == 0
    assert plain.members(0).tolist() == [0, 1, 2]


def test_it_travels():
    order = BatchOrder(8, 2, True, 0, True, (1, 2), PORTRAIT)
    copy = pickle.loads(pickle.dumps(order))
    assert lists(copy.batches(3)) == lists(order.batches(3))


@pytest.mark.parametrize("shard", [(1, 1), (-1, 2), (0.5, 2), 3, (0, 0), "a"])
def test_it_refuses_a_shard(shard):
    with pytest.raises(ValueError, match=r"\(index, count\).*Received: shard="):
        BatchOrder(8, 2, True, 0, True, shard)


def test_too_few_images():
    with pytest.raises(ValueError, match="3 images, batch_size=2, host 0 of 2"):
        BatchOrder(3, 2, True, 0, True, (0, 2)).check_size()
    BatchOrder(4, 2, True, 0, True, (0, 2)).check_size()
