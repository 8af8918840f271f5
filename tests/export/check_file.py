"""What holds for a written file of any format."""

import numpy as np

from keras_solo.export.frozen import Frozen
from keras_solo.export.runtimes import OPENERS, WRITERS


def check_file(name, graph, path, noise, atol=1e-4, weights_dtype="float32"):
    """Writes a graph, runs the file, and compares it with the graph.

    Returns:
        The file's scores, and those of the graph.
    """
    WRITERS[name](Frozen(graph), path, weights_dtype, {"for": "a test"})
    found = OPENERS[name](path)(noise)
    want = {k: np.array(v) for k, v in graph(noise).items()}
    assert want["num_detections"].min() > 0
    assert set(found) == set(want)
    for key, value in found.items():
        assert value.dtype == want[key].dtype, key
        if atol is not None:
            np.testing.assert_allclose(value, want[key], atol=atol, err_msg=key)
    return found["confidence"], want["confidence"]
