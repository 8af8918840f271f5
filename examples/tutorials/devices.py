# %% [markdown]
# # Several devices
#
# A training on several GPUs takes a few lines more, other ones on each backend.
# On JAX they can be tried without a GPU, on two devices that JAX makes of the
# processor; this page does so. On the other backends it shows the lines.

# %%
import os

# Before JAX is imported: two devices of the processor. Leave it out on GPUs.
os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")

import keras_solo  # noqa: E402  # isort: skip (before keras)
import keras  # noqa: E402

EPOCHS = int(os.environ.get("EPOCHS", 4))
BATCH_SIZE = 8
BACKEND = keras.backend.backend()

train = keras_solo.data.ShapesDataset(32, seed=0)

# %% [markdown]
# ## What must be the same
#
# Some images have many objects, others none, and so have the devices' shares of
# a batch. keras-solo divides the losses by the positive cells of the *whole*
# batch. So an image counts as much as it does on one device, and a training on
# two devices is that on one.
#
# `batch_size` of recipes is that of all devices together, too.


# %%
def losses_of_a_training() -> list[float]:
    """Trains the same model on the same batches, from the same seed."""
    keras.utils.set_random_seed(0)
    model = keras_solo.SOLOv2.from_preset(
        "solov2_tiny_shapes", load_weights=False
    )
    batches = train.batches(model.preprocessor, BATCH_SIZE, augment=True)
    recipe = keras_solo.recipes.from_scratch(BATCH_SIZE, len(batches), EPOCHS)
    model.compile(**recipe)
    history = model.fit(batches, epochs=EPOCHS, verbose=0)
    return [round(loss, 2) for loss in history.history["loss"]]


print("one device:", losses_of_a_training())

# %% [markdown]
# ## JAX
#
# One line before the model is built. Each batch is then one array whose images
# lie on the devices, so `BATCH_SIZE` must be a multiple of their number.

# %%
if BACKEND == "jax":
    every = keras.distribution.DataParallel()
    keras.distribution.set_distribution(every)
    print(every.num_model_replicas, "devices:", losses_of_a_training())
else:
    print(f"Not on {BACKEND}: see below.")

# %% [markdown]
# ```text
# one device: [3.24, 2.62, 2.42, 2.4]
# 2 devices: [3.24, 2.62, 2.42, 2.4]
# ```
#
# The losses are the same but for rounding. Two devices of one processor are no
# faster, of course. On GPUs nothing changes but that `XLA_FLAGS` is not set:
# JAX sees them by itself.
#
# ## TensorFlow
#
# The model is built and compiled in the scope of a strategy:
#
# <!-- not run: needs TensorFlow and several devices -->
# ```python
# import tensorflow as tf
#
# with tf.distribute.MirroredStrategy().scope():
#     model = keras_solo.SOLOv2.from_preset("solov2_tiny_shapes")
#     batches = train.batches(model.preprocessor, BATCH_SIZE, augment=True)
#     model.compile(
#         **keras_solo.recipes.from_scratch(BATCH_SIZE, len(batches), EPOCHS)
#     )
# model.fit(batches, epochs=EPOCHS)
# ```
#
# Each device clips the gradients of its own share, before they are summed:
# where clipping sets in, steps are longer than on one device. On several
# machines `fit` does not work, with any Keras model;
# `examples/train_on_several_workers.py` takes the steps itself.
#
# ## PyTorch
#
# A process for each GPU, started by `torchrun`:
#
# ```sh
# torchrun --nproc-per-node 2 examples/train_on_several_processes.py photos
# ```
#
# The script is short, and made to be copied: it wraps the loss of the model
# into `DistributedDataParallel`, and each process reads its own part of every
# batch, `train.batches(..., shard=(rank, count))`.
#
# ## What to mind everywhere
#
# - **Batch normalisation** counts in each device's share on TensorFlow and
#   PyTorch, in the whole batch on JAX. With few images a device keep its
#   statistics as they are: `norm_frozen=True`, as ImageNet backbones have it
#   here by default.
# - **Evaluation** uses one device of each process. With `shard=` several
#   processes share the images.
# - **Save** in one process only; what was saved loads on any number of devices,
#   and on any backend.
#
# ## What next
#
# - [Several devices](../devices.md): several machines, clusters, evaluation,
#   and how it was checked.
# - [Fine-tune on real images](fine-tune.md): the recipe, on one device.
