"""Makes the files of docs/demo/index.md: models, their runtime, example images.

    pip install -e ".[onnx,docs]"
    python examples/make_browser_demo.py [docs/demo/assets]
    mkdocs serve

Needs npm, of Node.js, for ONNX Runtime Web; its package is checked against the
digest below. The models are exported from the presets of the package, so this
takes a minute or two; TensorFlow writes them.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import cv2

import keras_solo
from keras_solo.data import ShapesDataset, sample_images

ASSETS = pathlib.Path(__file__).parents[1] / "docs" / "demo" / "assets"
RUNTIME = "onnxruntime-web"
VERSION = "1.30.0"
SHA512 = (
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1Sig"
    "qR4CXAfKYQ=="
)
SCRIPT = "ort.wasm.bundle.min.mjs"
WASM = "ort-wasm-simd-threaded.wasm"
# The scale is canvas pixels an image pixel; None shows the model whole images.
PRESETS = {
    "solov2_lite0_nuclei": ("Cell nuclei", 3.0),
    "solov2_tiny_shapes": ("Synthetic shapes", None),
}


def main(folder=ASSETS):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    fetch_runtime(folder)
    examples = {
        "solov2_lite0_nuclei": sample_images()[1],
        "solov2_tiny_shapes": ShapesDataset(4, min_objects=3, seed=7),
    }
    models = [
        make_model(preset, title, scale, examples[preset], folder)
        for preset, (title, scale) in PRESETS.items()
    ]
    runtime = {"script": SCRIPT, "wasm": WASM, "bytes": size(folder / WASM)}
    facts = {"runtime": runtime, "models": models}
    (folder / "demo.json").write_text(json.dumps(facts, indent=2) + "\n")
    for path in sorted(folder.iterdir()):
        print(f"{size(path) / 1e6:8.3f} MB  {path.name}")


def fetch_runtime(folder):
    """Takes the two files of ONNX Runtime Web that the page loads."""
    with tempfile.TemporaryDirectory() as place:
        command = ["npm", "pack", "--silent", f"{RUNTIME}@{VERSION}"]
        subprocess.run(
            [*command, "--pack-destination", place],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        package = pathlib.Path(place, f"{RUNTIME}-{VERSION}.tgz")
        check_digest(package)
        with tarfile.open(package) as archive:
            for name in (SCRIPT, WASM):
                content = archive.extractfile(f"package/dist/{name}").read()
                (folder / name).write_bytes(content)


def check_digest(package):
    digest = hashlib.sha512(package.read_bytes()).digest()
    if base64.b64encode(digest).decode() != SHA512:
        raise SystemExit(
            f"{package.name} is not the package that was expected: the sha512 "
            f"of {RUNTIME} {VERSION} is {SHA512}."
        )


def make_model(preset, title, scale, examples, folder):
    """Exports a preset, and writes the images that go with it."""
    path = folder / f"{preset}.onnx"
    model = keras_solo.SOLOv2.from_preset(preset)
    keras_solo.export.export(model, path, batch_size=1)
    return {
        "title": title,
        "graph": path.name,
        "card": f"{path.name}.json",
        "bytes": size(path),
        "scale": scale,
        "examples": write_examples(examples, preset, folder),
    }


def write_examples(dataset, preset, folder):
    names = []
    for number, record in enumerate(dataset, start=1):
        names.append(f"{preset}_{number}.png")
        image = record.load_image()[..., ::-1]
        cv2.imwrite(str(folder / names[-1]), image)
    return names


def size(path):
    return path.stat().st_size


if __name__ == "__main__":
    main(*sys.argv[1:])
