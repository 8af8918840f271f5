import typing

from keras_solo.export.runner import Runner


def test_runner():
    _, result = typing.get_args(Runner)
    assert typing.get_origin(result) is dict
