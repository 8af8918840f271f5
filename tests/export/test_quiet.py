import os
import sys
import warnings

import pytest

from keras_solo.export.quiet import quiet


def test_nothing_is_printed(capfd):
    with quiet():
        print("out")
        print("err", file=sys.stderr)
        os.write(2, b"from C++")
        warnings.warn("old", stacklevel=1)
    print("after")
    assert capfd.readouterr() == ("after\n", "")


def test_an_error_keeps_what_was_said(capfd):
    with pytest.raises(ValueError) as caught, quiet():
        print("node 7 is odd", flush=True)
        os.write(2, b"from C++")
        raise ValueError
    assert "node 7 is odd" in caught.value.__notes__[0]
    assert "from C++" in caught.value.__notes__[0]
    assert capfd.readouterr() == ("", "")
