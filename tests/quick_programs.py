"""Compilers in a hurry.

Programs of tests are small and run a few times: making them takes longest.
`AS_USERS=1 pytest` has them made as users' programs are.
"""

import os
import tempfile

AS_USERS = "AS_USERS" in os.environ
QUICK_XLA = (
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
)


def before_keras():
    """What compilers read when they load; for other processes, too."""
    # What one process compiled with XLA, the other (and the next run) loads.
    os.environ.setdefault(
        "JAX_COMPILATION_CACHE_DIR",
        os.path.join(tempfile.gettempdir(), "keras-solo-tests-compiled"),
    )
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    if not AS_USERS:
        os.environ.setdefault("XLA_FLAGS", QUICK_XLA)
    # Each core has a worker; more threads of PyTorch would only wait.
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def on_tensorflow():
    """Graphs as they are traced, and datasets that end when they are let go."""
    import tensorflow as tf

    if AS_USERS:
        return
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": True}
    )
    # Its thread tunes after 10, 20, 40, ... ms, and what reads the dataset
    # often waits for the next time: a test would take up to twice as long.
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    begin = tf.data.Dataset.__iter__
    tf.data.Dataset.__iter__ = lambda self: begin(self.with_options(untuned))


class Forgotten:
    """A plugin of pytest: what JAX compiled for a file goes with its tests.

    The more programs are alive, the slower JAX becomes at everything: the tests
    of the target encoder took 25 s after a thousand others, and 17 s so.
    """

    def pytest_runtest_teardown(self, item, nextitem):
        if nextitem is None or nextitem.path != item.path:
            import jax

            jax.clear_caches()
