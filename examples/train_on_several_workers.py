"""Trains on several machines with TensorFlow: a worker on each.

    TF_CONFIG='{"cluster": {"worker": ["a:12345", "b:12345"]},
                "task": {"type": "worker", "index": 0}}' \
        python examples/train_on_several_workers.py [FOLDER] [--epochs N]

Each worker runs the same command with its own index; FOLDER is a dataset in any
format that keras-solo reads, without one seeded shapes. Each reads its own part
of every batch. `Model.fit` of Keras 3.15 cannot be used with
`MultiWorkerMirroredStrategy` (it fails on any model), so the steps of an epoch
are taken here.
"""

import argparse
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf

# Before anything else uses TensorFlow.
STRATEGY = tf.distribute.MultiWorkerMirroredStrategy()

IMAGES = 4  # on each device

import keras_solo  # noqa: E402
from keras_solo.adapters import to_tf_data  # noqa: E402
from keras_solo.data import ShapesDataset, open_dataset  # noqa: E402


def trained(model, data, epochs, steps):
    """Trains a compiled model on this worker's batches of all epochs.

    Returns:
        What `fit` would have logged after each epoch.
    """
    parts = STRATEGY.distribute_datasets_from_function(lambda context: data)
    batches = iter(parts)

    @tf.function
    def step(batch):
        STRATEGY.run(model.train_step, args=(batch,))

    history = {}
    for _ in range(epochs):
        model.reset_metrics()
        for _ in range(steps):
            step(next(batches))
        for name, value in model.get_metrics_result().items():
            history.setdefault(name, []).append(float(value))
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return history


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--output")
    options = parser.parse_args()
    cluster, replicas = STRATEGY.cluster_resolver, STRATEGY.num_replicas_in_sync
    workers = cluster.cluster_spec().num_tasks("worker")
    train = (
        open_dataset(options.folder, split="train")
        if options.folder
        else ShapesDataset(32, seed=0)
    )
    with STRATEGY.scope():
        model = keras_solo.SOLOv2(
            keras_solo.ResNet(18, norm_frozen=True),
            class_names=train.class_names,
            preprocessor=keras_solo.Letterbox((128, 128)),
            head="light",
        )
        batches = train.batches(
            model.preprocessor,
            IMAGES * replicas // workers,
            augment=True,
            shard=(cluster.task_id, workers),
        )
        recipe = keras_solo.recipes.from_scratch(
            IMAGES * replicas, len(batches), options.epochs
        )
        model.compile(**recipe)
    data = to_tf_data(batches, epochs=options.epochs)
    history = trained(model, data, options.epochs, len(batches))
    if cluster.task_id == 0:
        print("losses", [round(loss, 3) for loss in history["loss"]])
        if options.output:
            model.save_to_preset(options.output)


if __name__ == "__main__":
    main()
