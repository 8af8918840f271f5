"""RunFolderError: the problem, and the advice where there is one."""

from keras_solo.training import RunFolderError


def test_advice():
    error = RunFolderError("It is full.")
    assert str(error) == error.problem == "It is full."
    error = RunFolderError("It is done.", can_restart=True)
    assert error.problem == "It is done."
    assert "restart=True" in str(error) and error.can_restart
