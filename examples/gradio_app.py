"""A page on which anybody segments an image of theirs, with Gradio.

    pip install "keras-solo[gradio]"
    python examples/gradio_app.py [PRESET]

PRESET is whatever `SOLOv2.from_preset` takes, the nuclei of the package by
default. The page is on this machine alone, http://127.0.0.1:7860.
"""

import argparse

import keras_solo  # isort: skip (before keras: it chooses a backend)
import gradio
import numpy as np

COLUMNS = ["class", "score", "pixels", "box (x1, y1, x2, y2)"]


def segmented(model, image, min_score):
    """What the page shows of an image: a picture, and a row an object.

    Args:
        model: A `SOLOv2`.
        image: `(height, width, 3)` uint8, RGB, or None: there is none yet.
        min_score: Objects with a lower score are left out.
    """
    if image is None:
        raise gradio.Error("Choose an image first.")
    found = model.segment(image)
    found = found[found.scores >= min_score]
    rows = [
        [name, round(float(score), 3), int(area), np.rint(box).tolist()]
        for name, score, area, box in zip(
            found.names, found.scores, found.areas, found.boxes, strict=True
        )
    ]
    return np.asarray(found.plot()), rows


def page(model, title):
    """The page: an image and a slider to the left, what was found beside."""
    return gradio.Interface(
        lambda image, min_score: segmented(model, image, min_score),
        inputs=[
            gradio.Image(label="Image"),
            gradio.Slider(0, 1, 0.3, label="Least score"),
        ],
        outputs=[
            gradio.Image(label="Found"),
            gradio.Dataframe(headers=COLUMNS, label="Objects"),
        ],
        examples=[[image, 0.3] for image in example_images()],
        cache_examples=False,
        title=title,
        flagging_mode="never",
        api_name="segment",
    )


def example_images():
    """Photographs of cell nuclei, of the package."""
    return [one.load_image() for one in keras_solo.data.sample_images()[1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", nargs="?", default="solov2_lite0_nuclei")
    preset = parser.parse_args().preset
    model = keras_solo.SOLOv2.from_preset(preset)
    model.segment(example_images()[0])  # compiled before anybody waits
    page(model, preset).launch()


if __name__ == "__main__":
    main()
