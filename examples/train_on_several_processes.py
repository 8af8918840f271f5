"""Trains on several GPUs with PyTorch: a process for each, gradients averaged.

    torchrun --nproc-per-node 2 examples/train_on_several_processes.py \
        [FOLDER] [--epochs N] [--output FOLDER]

FOLDER is a dataset in any format that keras-solo reads; without one, seeded
shapes. Each process reads its own part of every batch. Losses count the
positive cells of the whole batch, so that an image's loss does not depend on
the process that has it. Gradients are clipped after they were averaged.
"""

import argparse
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras_solo  # isort: skip (before keras)
import torch
import torch.distributed as processes
from torch.nn.parallel import DistributedDataParallel

from keras_solo.data import ShapesDataset, open_dataset


def trained(model, batches, epochs):
    """Trains a compiled model; `batches` are this process's, every epoch's.

    Returns:
        The mean loss of each epoch, as `fit` has it in its history.
    """
    count = processes.get_world_size()
    parallel = DistributedDataParallel(Loss(model))
    weights = model.trainable_variables
    history = {"loss": []}
    for _ in range(epochs):
        total, images = 0.0, 0
        for canvases, targets in batches:
            parallel.zero_grad()
            loss = parallel(canvases, targets)
            # The average of the processes' gradients becomes their sum.
            (count * loss).backward()
            gradients = [weight.value.grad for weight in weights]
            with torch.no_grad():
                model.optimizer.apply(gradients, weights)
            loss = loss.detach().clone()
            processes.all_reduce(loss)  # each process has its share of it
            total += float(loss) * len(canvases)
            images += len(canvases)
        history["loss"].append(total / images)
    model.optimizer.finalize_variable_values(weights)
    return history


class Loss(torch.nn.Module):
    """The loss of a batch, so that its gradients are those of a module."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, canvases, targets):
        outputs = self.model(canvases, training=True)
        return self.model.compute_loss(y=targets, y_pred=outputs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--output")
    options = parser.parse_args()
    on_gpus = torch.cuda.is_available()
    processes.init_process_group("nccl" if on_gpus else "gloo")
    rank, count = processes.get_rank(), processes.get_world_size()
    if on_gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    train = (
        open_dataset(options.folder, split="train")
        if options.folder
        else ShapesDataset(32, seed=0)
    )
    model = keras_solo.SOLOv2(
        keras_solo.ResNet(18, norm_frozen=True),
        class_names=train.class_names,
        preprocessor=keras_solo.Letterbox((128, 128)),
        head="light",
    )
    batches = train.batches(
        model.preprocessor, 4, augment=True, shard=(rank, count)
    )
    recipe = keras_solo.recipes.from_scratch(
        4 * count, len(batches), options.epochs
    )
    model.compile(**recipe)
    history = trained(model, batches, options.epochs)
    if rank == 0:
        print("losses", [round(loss, 3) for loss in history["loss"]])
        if options.output:
            model.save_to_preset(options.output)
    processes.destroy_process_group()


if __name__ == "__main__":
    main()
