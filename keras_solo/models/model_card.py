"""What a hub shows of a preset: the text of its README."""

from __future__ import annotations

from collections.abc import Mapping

CARD = """---
{front}
---

# {name}

SOLOv2 instance segmentation, made with keras-solo for Keras 3. It runs on
TensorFlow, JAX and PyTorch.

```python
import keras_solo

model = keras_solo.SOLOv2.from_preset("{uri}")
instances = model.segment("photo.jpg")
instances.plot().save("instances.png")
```

{facts}

What it learned from, how good it is and what it cannot do is not said here yet.
"""
MOST_NAMES = 100


def model_card(
    uri: str,
    config: Mapping[str, object],
    metadata: Mapping[str, object],
    license: str | None = None,
) -> str:
    """The text of a README for a hub, with YAML at its head.

    Args:
        uri: `"hf://user/model"` or the like, for `from_preset`.
        config: The arguments of the model, as `config.json` has them.
        metadata: What `metadata.json` has.
        license: Of the weights, in the hub's words, such as `"apache-2.0"`.
            Without it the card names none.
    """
    front = ["library_name: keras", "pipeline_tag: image-segmentation"]
    front += ["tags:", *(f"- {tag}" for tag in TAGS)]
    if license is not None:
        front.insert(0, f"license: {license}")
    return CARD.format(
        front="\n".join(front),
        name=uri.rstrip("/").rpartition("/")[2],
        uri=uri,
        facts="\n".join(f"- {fact}" for fact in _facts(config, metadata)),
    )


TAGS = ("keras-solo", "solov2", "instance-segmentation")


def _facts(
    config: Mapping[str, object], metadata: Mapping[str, object]
) -> list[str]:
    facts = [_classes(config)]
    canvas = config.get("preprocessor")
    if isinstance(canvas, Mapping) and "image_size" in canvas:
        sides = " x ".join(str(side) for side in canvas["image_size"])
        facts.append(f"Images are made to fit {sides} pixels.")
    count = metadata.get("parameter_count")
    if isinstance(count, int):
        facts.append(f"{count:,} parameters")
    return facts


def _classes(config: Mapping[str, object]) -> str:
    names = config.get("class_names")
    if not isinstance(names, list | tuple):
        return f"{config.get('num_classes')} classes without names"
    more = len(names) - MOST_NAMES
    shown = ", ".join(str(name) for name in names[:MOST_NAMES])
    return f"Classes: {shown}" + (f" and {more} more" if more > 0 else "")
