"""EpochClock: whatever Keras asks for, batches come in their order."""

from keras_solo.data.epochs import EpochClock


def run(clock, count):
    clock.begin()
    taken = [clock.tick() for _ in range(count)]
    clock.end()
    return taken


def test_clock_counts_completed_epochs():
    clock = EpochClock(2)
    clock.end()
    assert clock.epoch == 0
    assert run(clock, 2) == [(0, 0), (0, 1)]
    assert run(clock, 2) == [(1, 0), (1, 1)]
    assert clock.epoch == 2


def test_what_was_taken_since_it_began():
    clock = EpochClock(3, epoch=1)
    run(clock, 2)
    clock.begin()
    for step in range(5):
        assert clock.tick() == clock.taken(step)
    assert clock.taken(0) == (1, 2) and clock.taken(4) == (3, 0)


def test_clock_forgets_one_look():
    clock = EpochClock(2, epoch=5)
    assert run(clock, 1) == [(5, 0)]
    assert run(clock, 2) == [(5, 0), (5, 1)]


def test_clock_goes_on_where_fit_takes_fewer():
    clock = EpochClock(5)
    taken = run(clock, 2) + run(clock, 2) + run(clock, 2)
    assert taken == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0)]


def test_clock_with_one_step_an_epoch_does_not_stand_still():
    clock = EpochClock(5)
    taken = [run(clock, 1)[0] for _ in range(4)]
    assert taken == [(0, 0), (0, 0), (0, 1), (0, 2)]


def test_clock_with_one_batch():
    clock = EpochClock(1)
    assert [run(clock, 1)[0] for _ in range(2)] == [(0, 0), (1, 0)]


def test_clock_that_begins_within_an_epoch():
    clock = EpochClock(5, epoch=2, done=3)
    assert run(clock, 1) == [(2, 3)]  # a look
    clock.begin()
    assert [clock.tick(), clock.tick()] == [(2, 3), (2, 4)]
    # Steps are counted from the beginning of the epoch.
    assert clock.taken(3) == (2, 3) and clock.taken(4) == (2, 4)
    clock.end()
    clock.begin()
    assert clock.tick() == clock.taken(0) == (3, 0)
