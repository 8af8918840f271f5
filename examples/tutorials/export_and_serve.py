# %% [markdown]
# # Export a model and serve it
#
# A model becomes one ONNX file, ONNX Runtime runs it without Keras, and a
# service of the standard library answers over HTTP: an image goes in, COCO's
# JSON comes out. It takes a minute on two cores, and wants `pip install
# "keras-solo[onnx]"`. Without that the page says that ONNX is skipped, and why,
# and the service answers with the Keras model.

# %%
import http.server
import json
import pathlib
import threading
import urllib.error
import urllib.parse
import urllib.request

import cv2
import numpy as np

import keras_solo

OUTPUT = pathlib.Path("export-run")
MIN_SCORE = 0.3
MOST_BYTES = 20_000_000

OUTPUT.mkdir(exist_ok=True)
model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
shapes = keras_solo.data.ShapesDataset(16, original_size=(120, 150), seed=5)

# %% [markdown]
# ## Export
#
# The file ends in instances, Matrix NMS included. Before it has its name, ONNX
# Runtime has run it, and it gave what the model gives. TensorFlow writes it,
# whatever your backend is.

# %%
path = OUTPUT / f"{model.name}.onnx"
try:
    keras_solo.export.export(model, path)
    import onnxruntime
except ImportError as error:
    print(f"ONNX is skipped: {error}")
else:
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    session = onnxruntime.InferenceSession(path)
    about = session.get_modelmeta().custom_metadata_map["keras_solo"]
    card = json.loads(about)
    print(card["class_names"], card["image_size"], card["mask_threshold"])

# %% [markdown]
# ## Run it, without Keras
#
# What is around the network is for you to do: the image goes to the top left of
# the canvas, as large as it fits, and masks come back to its pixels. What must
# be known for it stands in the file. The function needs nothing of keras-solo
# or Keras; `examples/onnx_inference.py` is a whole program like it, and brings
# masks home in one step, as `model.segment` does.


# %%
def by_onnx(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masks, labels and scores in a uint8 RGB image."""
    height, width = card["image_size"]
    scale = min(height / image.shape[0], width / image.shape[1])
    rows, columns = (max(1, int(n * scale + 0.5)) for n in image.shape[:2])
    canvas = np.empty((1, height, width, 3), np.uint8)
    canvas[:] = np.rint(card["letterbox"]["pad_value"])
    canvas[0, :rows, :columns] = cv2.resize(image, (columns, rows))
    names = ["masks", "labels", "confidence"]
    found = session.run(names, {card["input"]: canvas})
    masks, labels, scores = (values[0] for values in found)
    kept = scores >= MIN_SCORE  # empty slots have the score -1
    home = np.zeros((int(kept.sum()), *image.shape[:2]), bool)
    for place, mask in enumerate(masks[kept]):
        large = cv2.resize(mask, (width, height))[:rows, :columns]
        large = cv2.resize(large, (image.shape[1], image.shape[0]))
        home[place] = large > card["mask_threshold"]
    return home, labels[kept], scores[kept]


def by_keras(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same, by the model itself."""
    found = model.segment(image)
    found = found[found.scores >= MIN_SCORE]
    return found.masks, found.labels, found.scores


segment = by_onnx if path.is_file() else by_keras
photo = shapes[0].load_image()
for mine, theirs in zip(segment(photo)[0], by_keras(photo)[0], strict=True):
    print(f"IoU {(mine & theirs).sum() / (mine | theirs).sum():.3f}")

# %% [markdown]
# ## COCO's JSON
#
# Masks as run lengths down the columns, the first of which is one of
# background:


# %%
def coco_results(image: np.ndarray, image_id: int) -> list[dict[str, object]]:
    """What is found in an image, as COCO's results."""
    results: list[dict[str, object]] = []
    for mask, label, score in zip(*segment(image), strict=True):
        flat = np.concatenate([[False], mask.T.ravel(), [False]])
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        counts = np.diff(np.concatenate([[0], edges, [mask.size]]))
        rle = {"size": list(mask.shape), "counts": counts.tolist()}
        results.append(
            {
                "image_id": image_id,
                "category_id": shapes.category_ids[label],
                "score": float(score),
                "segmentation": rle,
            }
        )
    return results


# %% [markdown]
# ## Serve
#
# A POST with a PNG or JPEG file as its body gets a list of results. What is no
# image, or too large, gets an error that says so.


# %%
class Service(http.server.BaseHTTPRequestHandler):
    """POST /?image_id=7 with an image file."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= MOST_BYTES:
            return self.answer(413, f"Expected up to {MOST_BYTES} bytes.")
        data = np.frombuffer(self.rfile.read(length), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if image is None:
            return self.answer(400, "Expected a PNG or JPEG file.")
        query = urllib.parse.urlparse(self.path).query
        image_id = urllib.parse.parse_qs(query).get("image_id", ["0"])[0]
        self.answer(200, coco_results(image[..., ::-1], int(image_id)))

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
print("serving at", address)

# %% [markdown]
# ## Ask it
#
# What comes back are results that `evaluate_results` measures, like those of
# any program:


# %%
def post(body: bytes, image_id: int | str) -> list[dict[str, object]]:
    url = f"{address}/?image_id={image_id}"
    with urllib.request.urlopen(url, data=body, timeout=60) as reply:
        results: list[dict[str, object]] = json.load(reply)
    return results


results = []
for record in shapes:
    _, file = cv2.imencode(".png", record.load_image()[..., ::-1])
    results += post(file.tobytes(), record.image_id)
report = keras_solo.evaluation.evaluate_results(results, shapes)
print(f"{len(results)} results, AP50 {report.figures['mask_ap50']:.3f}")

try:
    post(b"no image", 1)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
server.shutdown()
server.server_close()

# %% [markdown]
# With ONNX Runtime, the file from TensorFlow:
#
# ```text
# export-run/solov2.onnx: 3.0 MB
# ['circle', 'rectangle', 'triangle'] [128, 128] 0.5
# IoU 0.997
# IoU 0.999
# IoU 0.995
# IoU 0.997
# IoU 0.999
# 67 results, AP50 0.837
# 400 "Expected a PNG or JPEG file."
# ```
#
# The Keras model gives as many results and the same AP50.
#
# ## For more than a trial
#
# This service answers one request after the other, on your own machine alone,
# and knows no passwords. On a network put a web server in front of it that
# does, and bounds the size and number of requests. For many requests take a
# server of models; the ONNX file is what they load.
#
# ## What next
#
# - [Export](../export.md): other formats, smaller files, how exact, how fast.
# - [What comes back](../results.md): COCO, YOLO, LabelMe and others, without a
#   line of your own, where keras-solo is installed.
# - [Evaluate, and read the figures](evaluate.md).
