"""60 preset folders whose configs mean no good, as files."""

import json
import sys
import time

import pytest

from keras_solo import SOLOv2
from tests.conftest import make_tiny_model


def node(class_name, module="keras.layers", registered=None, **config):
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered,
    }


LAMBDA = node(
    "Lambda", function=["4wEAAAAAAAAAAAAAAAEAAAABAAAAQw==", None, None]
)
HUGE = 10**7
BOTTOM = {}
for _ in range(900):
    BOTTOM = {"config": BOTTOM}

# Where in the config of the model, and what stands there.
PLACED = [
    # Code.
    ("head.config.kernel_initializer", LAMBDA),
    ("head.config.kernel_initializer", node("__lambda__", value="4wEAAAAA")),
    ("head", LAMBDA),
    ("backbone", LAMBDA),
    ("backbone", node("system", "os", command="touch witness")),
    ("backbone", node("Popen", "subprocess", args=["touch", "witness"])),
    ("backbone", node("exec", "builtins", source="open('witness', 'w')")),
    ("backbone", node("function", "builtins", "os.system")),
    ("backbone", node("load_model", "keras.saving", filepath="x.keras")),
    ("backbone", node("get_file", "keras.utils", origin="http://x")),
    ("backbone", node("run", "hostile")),
    ("backbone", node("Layer", "hostile.layers")),
    ("backbone", node("TFSMLayer", filepath="/tmp/x")),
    ("backbone", node("TorchModuleWrapper", module="x")),
    ("backbone", node("JaxLayer", call_fn="x")),
    ("backbone", node("FlaxLayer", module="x")),
    ("backbone", node("StringLookup", vocabulary="/etc/passwd")),
    ("backbone", node("TextVectorization", vocabulary="/etc/passwd")),
    ("backbone", node("Sequential", "keras", layers=[LAMBDA])),
    ("backbone", node("Functional", "keras.src.models", layers=[LAMBDA])),
    ("decoder", node("Conv2D", "keras.layers\0")),
    ("mask_head", node("relu", "keras.activations")),
    ("preprocessor", node("CocoDataset", "keras_solo.data", path="/etc")),
    ("levels", node("remove_own", "keras_solo._whole_files")),
    ("dtype", node("DTypePolicy", "torch", name="float32")),
    # Sizes.
    ("head.config.filters", HUGE),
    ("head.config.kernel_filters", HUGE),
    ("head.config.num_convs", HUGE),
    ("head.config.groups", HUGE),
    ("mask_head.config.filters", HUGE),
    ("pyramid_filters", HUGE),
    ("num_classes", HUGE),
    ("backbone.config.num_blocks", [HUGE] * 4),
    ("backbone.config.filters", [HUGE] * 4),
    ("backbone.config.stem_filters", HUGE),
    ("backbone.config.groups", HUGE),
    ("decoder.config.max_candidates", 10**12),
    ("decoder.config.max_detections", 10**12),
    ("decoder.config.nms_candidates", -(10**12)),
    ("preprocessor.image_size", [HUGE, HUGE]),
    ("preprocessor.multiple", 0),
    ("levels.grid_sizes", [HUGE, HUGE]),
    ("class_names", ["x" * 200_000] * 3),
    ("category_ids", [10**400, 1, 2]),
    ("head.config.filters", 1e308),
    ("head.config.filters", float("nan")),
    # Kinds.
    ("head.config.filters", "8"),
    ("head.config.filters", None),
    ("decoder.config.score_threshold", [0.1]),
    ("decoder.config.nms_kernel", {"a": 1}),
    ("preprocessor.pad_value", [1, 2]),
    ("backbone", None),
    ("backbone.config", 7),
    ("backbone.class_name", ["ResNet"]),
    ("head.config.nobody_knows_it", 1),
    ("nobody_knows_it", 1),
    ("pyramid_filters", BOTTOM),
    ("dtype", "float1024"),
]
# Whole files.
FILES = [b"[" * 100_000, b'{"config": 7}']


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("usual")
    make_tiny_model().save_to_preset(folder)
    (folder / "metadata.json").unlink()
    return folder


def test_there_are_60():
    assert len(PLACED) + len(FILES) == 60


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path, monkeypatch):
    (tmp_path / "hostile").mkdir()
    code = "raise SystemExit('executed')"
    for name in ("__init__", "layers"):
        (tmp_path / "hostile" / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "witness").exists()
    assert "hostile" not in sys.modules


def refused(folder, content):
    path = folder / "config.json"
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        with pytest.raises(ValueError) as error:
            SOLOv2.from_preset(folder)
    finally:
        path.write_bytes(before)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 1000


def test_the_usual_one_is_read(usual):
    SOLOv2.from_preset(usual)


@pytest.mark.parametrize(
    "number", range(len(PLACED)), ids=[place for place, _ in PLACED]
)
def test_it_is_refused_by_name(usual, number):
    place, value = PLACED[number]
    content = json.loads((usual / "config.json").read_text())
    *way, last = place.split(".")
    holder = content["config"]
    for key in way:
        holder = holder[key]
    holder[last] = value
    began = time.monotonic()
    refused(usual, json.dumps(content).encode())
    assert time.monotonic() - began < 60  # Nothing of these sizes is built.


@pytest.mark.parametrize("content", FILES, ids=["deep", "a number"])
def test_a_file_is_refused_by_name(usual, content):
    refused(usual, content)
