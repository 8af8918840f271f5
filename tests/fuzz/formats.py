"""Folders of every format: a file of them changed."""

import contextlib
import json
import random
import warnings

from keras_solo import Letterbox
from keras_solo.data import AnnotationError, ImageError, open_dataset
from tests.data.formats.tiny import WRITERS
from tests.fuzz import odd_values
from tests.fuzz.annotations import DRAWN
from tests.fuzz.cases import Limits

LIMITS = Limits(seconds=2.0, megabytes=300.0)
WORDS = (
    *("0", "-1", "17", "18", "0.5", "1e9", "nan", "inf", "x", "", " ", "[]"),
    *("9" * 400, "\n", "\0", "../../x", "/", "a" * 5000, "a.png", "\u202e"),
)


def case(seed, folder):
    rng = random.Random(seed)
    name = rng.choice(list(WRITERS))
    root = WRITERS[name](folder / "data")
    files = sorted(path for path in root.rglob("*") if path.is_file())
    for _ in range(rng.choice((1, 1, 1, 2))):
        change(rng.choice(files), rng)
    try:
        use(open_dataset(root, verbose=0), root)
    except (AnnotationError, ImageError) as error:
        refused = str(error)
    else:
        return None
    assert str(root) in refused, f"It does not name the file: {refused}"
    with contextlib.suppress(AnnotationError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        use(open_dataset(root, on_error="skip", verbose=0), root)
    return refused


def change(path, rng):
    """One file: values of JSON, words of text, bytes, or gone altogether."""
    how = rng.random()
    if how < 0.05:
        path.unlink(missing_ok=True)
        return
    if not path.exists():
        return
    data = path.read_bytes()
    if path.suffix == ".json" and how < 0.7:
        path.write_bytes(changed_json(data, rng))
    elif path.suffix in (".txt", ".yaml", ".xml") and how < 0.7:
        path.write_bytes(changed_text(data, rng))
    else:
        path.write_bytes(odd_values.change_bytes(data, rng))


def changed_json(data, rng):
    try:
        content = json.loads(data)
        for _ in range(rng.choice((1, 1, 2, 5))):
            odd_values.change_value(content, rng)
        return odd_values.as_json(content)
    except (ValueError, IndexError, RecursionError):
        return odd_values.change_bytes(data, rng)


def changed_text(data, rng):
    words = data.decode("utf-8", "replace").split(" ")
    for _ in range(rng.choice((1, 1, 3))):
        words[rng.randrange(len(words))] = rng.choice(WORDS)
    return " ".join(words).encode("utf-8", "surrogatepass")


def use(opened, root):
    """The masks and batches of all splits."""
    datasets = opened.values() if isinstance(opened, dict) else [opened]
    for dataset in datasets:
        for record in dataset:
            height, width = record.original_size
            assert record.image_path.is_relative_to(root)
            if height * width > DRAWN:
                return
            masks = record.full_masks()
            assert masks.shape[1:] == (height, width)
        if len(dataset):
            dataset.batches(Letterbox((32, 32)), 1)[0]
