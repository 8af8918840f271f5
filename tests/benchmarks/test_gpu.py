import keras
import pytest

if keras.backend.backend() != "jax":
    pytest.skip("JAX alone", allow_module_level=True)

from tests.benchmarks import gpu


def test_a_small_one_on_any_device(tiny_model, capsys, tmp_path):
    preset = tmp_path / "tiny"
    tiny_model.save_to_preset(preset)
    gpu.main(
        ["--preset", str(preset), "--image-size", "64", "64"]
        + ["--batch-sizes", "2", "--training-batch", "2", "--steps", "1"]
        + ["--dtypes", "mixed_bfloat16", "--profile", str(tmp_path)]
    )
    printed = capsys.readouterr().out
    assert "predict 2: " in printed and "train 2: " in printed
    assert printed.count("GFLOP an image") == 2
    # The two largest costs of each.
    assert printed.count(" % in ") == 4
    assert len(list(tmp_path.rglob("*.xplane.pb"))) == 2


def test_share_of_the_peak():
    kind = "NVIDIA H100 80GB HBM3"
    half = gpu.share_of_peak(989e11, "mixed_bfloat16", kind)
    assert half == "10.0 % of the peak"
    single = gpu.share_of_peak(494e11, "float32", kind)
    assert single == "10.0 % of the peak"
    pcie = gpu.share_of_peak(756e11, "mixed_bfloat16", "NVIDIA H100 PCIe")
    assert pcie == "10.0 % of the peak"
    unknown = gpu.share_of_peak(2e12, "float32", "an abacus")
    assert unknown == "2.00 TFLOP/s, share of the peak unknown"


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
