import keras
import pytest

if keras.backend.backend() != "jax":
    pytest.skip("JAX alone", allow_module_level=True)

from tests.benchmarks import gpu


@pytest.fixture
def run(tiny_model, tmp_path, capsys):
    """Measures the tiny model, on any device; returns what is printed."""

    def run(*arguments):
        tiny_model.save_to_preset(tmp_path / "tiny")
        gpu.main(
            ["--preset", str(tmp_path / "tiny"), "--image-size", "64", "64"]
            + ["--dtypes", "mixed_bfloat16", "--steps", "1"]
            + ["--profile", str(tmp_path), *arguments]
        )
        return capsys.readouterr().out

    return run


def test_predict(run, tmp_path):
    printed = run("--batch-sizes", "2", "--training-batch", "0")
    assert "predict 2: " in printed and "train" not in printed
    assert "images/s on the device, " in printed
    assert "images/s as called, " in printed and " GFLOP an image" in printed
    # The two largest costs.
    assert printed.count(" % in ") == 2
    assert len(list(tmp_path.rglob("*.xplane.pb"))) == 1


def test_train(run):
    printed = run("--batch-sizes", "--training-batch", "2", "--on-device-alone")
    assert "train 2: " in printed and "predict" not in printed
    assert "as called" not in printed
    assert printed.count(" % in ") == 2


def test_share_of_the_peak():
    kind = "NVIDIA H100 80GB HBM3"
    half = gpu.share_of_peak(989e11, "mixed_bfloat16", kind)
    assert half == "10.0 % of the peak"
    single = gpu.share_of_peak(494e11, "float32", kind)
    assert single == "10.0 % of the peak"
    pcie = gpu.share_of_peak(756e11, "mixed_bfloat16", "NVIDIA H100 PCIe")
    assert pcie == "10.0 % of the peak"
    unknown = gpu.share_of_peak(2e12, "float32", "an abacus")
    assert unknown == "2.00 TFLOP/s, part of the peak unknown"


def test_operations_of_a_trace():
    events = [
        {"name": "python", "dur": 1000.0},
        {"name": "metadata", "args": {"hlo_op": "dot.1"}},
        {"name": "x", "dur": 2.0, "args": {"hlo_op": "dot.1"}},
        {"name": "y", "dur": 3.0, "args": {"hlo_op": "dot.12.3"}},
        {"name": "z", "dur": 4.0, "args": {"hlo_op": "add_fusion"}},
        # What contains others.
        {"name": "w", "dur": 9.0, "args": {"hlo_op": "while.7"}},
    ]
    assert gpu.operations(events) == {"dot": 5.0, "add_fusion": 4.0}
