"""Trains a tiny model on several devices: `python -m tests.several_devices`.

    python -m tests.several_devices OUTPUT one
    python -m tests.several_devices OUTPUT devices COUNT
    python -m tests.several_devices OUTPUT process COUNT INDEX PORT

`devices` are virtual ones of the CPU, of JAX or TensorFlow; `process` is one
of COUNT processes that meet at a port of this machine, on any backend. Each
trains an epoch of a batch of eight images and one of four: devices hold unequal
numbers of objects, one of them none, and the last batch is incomplete. SGD, no
clipping, frozen batch normalisation; with RECIPE=from_scratch, a function of
`keras_solo.recipes`, instead, or RECIPE=clipped, with a clipped norm. OUTPUT
gets the losses and the weights.
"""

import contextlib
import json
import os
import sys

import numpy as np

BATCH = 8
OBJECTS = (3, 2, 0, 0, 1, 0, 2, 3, 0, 1, 3, 0)
IMAGES = len(OBJECTS)


def main(output, kind, count="1", index="0", port="0"):
    count, index = int(count), int(index)
    prepare = {"one": alone, "devices": devices, "process": process}[kind]
    scope, run = prepare(count, index, port)
    part = (index, count) if kind == "process" else (0, 1)
    with scope:
        model, finder = made(), preset()
    history = run(model, part)
    # Every process looks at all images.
    history["scores"] = [found(model)]
    history["mask_ap"] = [measured(finder, part)]
    if index == 0:
        names = sorted(history)
        np.savez(
            output,
            *(np.asarray(w, "float64") for w in model.get_weights()),
            losses=[history[name][-1] for name in names],
            names=names,
        )


# === Where ===


def alone(count, index, port):
    return contextlib.nullcontext(), fitted


def devices(count, index, port):
    if os.environ["KERAS_BACKEND"] == "jax":
        os.environ["XLA_FLAGS"] = (
            f"{os.environ.get('XLA_FLAGS', '')} "
            f"--xla_force_host_platform_device_count={count}"
        )
        import keras

        every = keras.distribution.DataParallel()
        keras.distribution.set_distribution(every)
        assert every.num_model_replicas == count
        return contextlib.nullcontext(), fitted
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    some = [tf.config.LogicalDeviceConfiguration()] * count
    tf.config.set_logical_device_configuration(cpu, some)
    names = [f"CPU:{number}" for number in range(count)]
    return tf.distribute.MirroredStrategy(names).scope(), fitted


def process(count, index, port):
    return {
        "jax": process_of_jax,
        "tensorflow": process_of_tensorflow,
        "torch": process_of_torch,
    }[os.environ["KERAS_BACKEND"]](count, index, port)


def process_of_jax(count, index, port):
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    import keras

    keras.distribution.initialize(f"127.0.0.1:{port}", count, index)
    every = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(every)
    assert every.num_model_replicas == count
    return contextlib.nullcontext(), fitted


def process_of_tensorflow(count, index, port):
    addresses = [f"127.0.0.1:{int(port) + n}" for n in range(count)]
    os.environ["TF_CONFIG"] = json.dumps(
        {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
    )
    from examples.train_on_several_workers import STRATEGY

    return STRATEGY.scope(), fitted_tf_data


def process_of_torch(count, index, port):
    import torch.distributed

    torch.distributed.init_process_group(
        "gloo", f"tcp://127.0.0.1:{port}", world_size=count, rank=index
    )
    return contextlib.nullcontext(), fitted_by_hand


# === How ===


def fitted(model, part):
    import keras

    every = list(batches(part))

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return len(every)

        def __getitem__(self, index):
            return every[index]

    return model.fit(Batches(), verbose=0, shuffle=False).history


def fitted_tf_data(model, part):
    import tensorflow as tf

    every = list(batches(part))
    shapes = tf.nest.map_structure(
        lambda x: tf.TensorSpec((None, *x.shape[1:]), x.dtype), every[0]
    )
    data = tf.data.Dataset.from_generator(
        lambda: iter(every), output_signature=shapes
    )
    from examples.train_on_several_workers import trained

    return trained(model, data, epochs=1, steps=len(every))


def fitted_by_hand(model, part):
    from examples.train_on_several_processes import trained

    return trained(model, batches(part), epochs=1)


# === The same for all ===


def made():
    import keras

    from tests.conftest import make_tiny_model

    keras.utils.set_random_seed(1)
    model = make_tiny_model()
    for layer in model.backbone._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    recipe = os.environ.get("RECIPE")
    if recipe == "clipped":
        model.compile(keras.optimizers.SGD(0.05, global_clipnorm=0.1))
    elif recipe:
        from keras_solo import recipes

        first = [model] if recipe == "fine_tune" else []
        model.compile(**getattr(recipes, recipe)(*first, BATCH, 2, 1))
    else:
        model.compile(keras.optimizers.SGD(0.05))
    return model


def found(model):
    """The sum of the scores of what the trained model finds."""
    images, _ = next(batches())
    model.decoder = {**model.decoder.get_config(), "score_threshold": 0.05}
    instances = model.segment(list(images.astype("uint8")), batch_size=2)
    total = sum(float(one.scores.sum()) for one in instances)
    assert total > 0
    return total


def preset():
    from keras_solo import SOLOv2

    return SOLOv2.from_preset("solov2_tiny_shapes")


def measured(model, part):
    """Mask AP on seven images, of which each process has its part."""
    from keras_solo.data import ShapesDataset
    from keras_solo.evaluation import evaluate_coco

    shapes = ShapesDataset(7, seed=2)
    figures = evaluate_coco(model, shapes, 2, verbose=0, shard=part)
    assert figures["mask_ap"] > 0.5
    if part[0] == 0:  # alone: the others make no such call
        whole = evaluate_coco(model, shapes, 2, verbose=0)
        np.testing.assert_equal(figures, whole)
    return figures["mask_ap"]


def batches(part=(0, 1)):
    """Images and targets of every step, or of a process's share of it."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (IMAGES, 64, 64, 3)).astype("float32")
    masks = np.zeros((IMAGES, 3, 16, 16), "uint8")
    labels = np.full((IMAGES, 3), -1, "int32")
    for image, count in enumerate(OBJECTS):
        for slot in range(count):
            top, left = rng.integers(0, 8, 2)
            masks[image, slot, top : top + 8, left : left + 7] = 1
            labels[image, slot] = rng.integers(3)
    index, count = part
    for start in range(0, IMAGES, BATCH):
        rows = np.arange(start, min(start + BATCH, IMAGES))
        rows = np.array_split(rows, count)[index]
        yield images[rows], {"masks": masks[rows], "labels": labels[rows]}


if __name__ == "__main__":
    main(*sys.argv[1:])
