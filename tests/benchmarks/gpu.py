"""A GPU at work: predicting and training with JAX.

    KERAS_BACKEND=jax python -m tests.benchmarks.gpu --profile FOLDER

For each precision: images a second, milliseconds a call, the share of the
chip's peak, and the two largest costs of the profile. "On the device" is the
compiled function alone, its images and results staying there; "as called" is
`predict_on_batch` and `train_on_batch`, which fetch their results. The share
counts the multiplications and additions of XLA's cost analysis before any
fusion, loops once: it is at least that. Weights are random.

`--preset solov2_tiny_shapes --image-size 64 64 --batch-sizes 1
--training-batch 2 --steps 2` runs on a CPU.
"""

import argparse
import collections
import gzip
import json
import pathlib
import re
import tempfile
import time

import jax
import numpy as np

import keras_solo  # before keras: it chooses an installed backend

import keras  # isort: skip

from tests.benchmarks.material import ellipses, on_mask_grid, truth

# (what a device calls itself, dense bfloat16, dense TensorFloat-32), both in
# floating-point operations a second. JAX multiplies float32 as TensorFloat-32.
# Source: NVIDIA's data sheets, without sparsity.
PEAKS = (
    ("H200", 989e12, 494e12),
    ("H100 PCIe", 756e12, 378e12),
    ("H100", 989e12, 494e12),
    ("A100", 312e12, 156e12),
    ("A10", 125e12, 62.5e12),
    ("L4", 121e12, 60e12),
)
PRECISIONS = "mixed_bfloat16", "float32"
WARM_UP = 2
OBJECTS = 8


def main(arguments=None):
    options = parse(arguments)
    device = jax.devices()[0]
    print(f"{device.device_kind}, JAX {jax.__version__}")
    for precision in options.dtypes:
        print(f"\n{precision}, {options.preset}, {options.image_size}")
        model = build(options, precision)
        for batch in options.batch_sizes:
            images = example_images(batch, options.image_size)
            work = predict_work(model, images)
            report(f"predict {batch}", work, batch, precision, options)
        batch = options.training_batch
        if batch:
            images, targets = example(batch, options.image_size, model)
            work = training_work(model, images, targets)
            report(f"train {batch}", work, batch, precision, options)


# === What is measured ===


def build(options, precision):
    keras.utils.set_random_seed(0)
    model = keras_solo.SOLOv2.from_preset(
        options.preset,
        load_weights=False,
        preprocessor=keras_solo.Letterbox(options.image_size),
        dtype=precision,
    )
    model.compile(
        optimizer=keras_solo.recipes.CoupledSGD(
            1e-5, momentum=0.9, global_clipnorm=35.0
        )
    )
    return model


def example_images(batch, size):
    """Noise, uint8 `(batch, height, width, 3)`."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (batch, *size, 3)).astype("uint8")


def example(batch, size, model):
    """Images and targets of as many objects each."""
    masks, boxes, labels = truth(*size, count=OBJECTS)
    targets = [
        on_mask_grid(
            ellipses(OBJECTS, *size, seed=index),
            boxes,
            labels % model.num_classes,
        )
        for index in range(batch)
    ]
    return example_images(batch, size), {
        name: np.concatenate([target[name] for target in targets])
        for name in targets[0]
    }


class Work:
    """A compiled function, and what a user calls instead.

    Args:
        step: A jitted function of a state and data; its first result is the
            next state.
        state: What it changes.
        data: What it is given beside it, on the device.
        as_called: A function without arguments.
    """

    def __init__(self, step, state, data, as_called):
        self.step, self.state, self.data = step, state, data
        self.as_called = as_called
        self.flops = step.lower(state, data).cost_analysis()["flops"]

    def __call__(self):
        self.state, result = self.step(self.state, self.data)
        return jax.block_until_ready(result)


def predict_work(model, images):
    """The network and the decoder."""

    def step(state, images):
        outputs, _ = model.stateless_call(*state, images, training=False)
        return state, model.decoder(outputs)

    state = [
        [jax.numpy.array(v.value) for v in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
        )
    ]
    return Work(
        jax.jit(step, donate_argnums=0),
        state,
        jax.device_put(images),
        lambda: model.predict_on_batch(images),
    )


def training_work(model, images, targets):
    """Losses, gradients and the update, as Keras's guides write it."""
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)

    def loss_of(trainable, others, metrics, images, targets):
        outputs, others = model.stateless_call(
            trainable, others, images, training=True
        )
        loss, (_, others, metrics) = model.stateless_compute_loss(
            trainable, others, metrics, x=images, y=targets, y_pred=outputs
        )
        return loss, (others, metrics)

    def step(state, data):
        trainable, others, metrics, moments = state
        gradient = jax.value_and_grad(loss_of, has_aux=True)
        (loss, (others, metrics)), gradients = gradient(
            trainable, others, metrics, *data
        )
        trainable, moments = optimizer.stateless_apply(
            moments, gradients, trainable
        )
        return (trainable, others, metrics, moments), loss

    # Copies: what a step is given away is gone.
    state = tuple(
        [jax.numpy.array(v.value) for v in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            model.metrics_variables,
            optimizer.variables,
        )
    )
    return Work(
        jax.jit(step, donate_argnums=0),
        state,
        jax.device_put((images, targets)),
        lambda: model.train_on_batch(images, targets),
    )


# === How it is measured ===


def report(title, work, batch, precision, options):
    on_device = seconds(work, options.steps)
    words = [
        f"{title}: {batch / on_device:.1f} images/s on the device",
        f"{1e3 * on_device:.2f} ms",
    ]
    if not options.on_device_alone:
        as_called = seconds(work.as_called, options.steps)
        words.append(f"{batch / as_called:.1f} images/s as called")
    words.append(f"{work.flops / batch / 1e9:.1f} GFLOP an image")
    words.append(share_of_peak(work.flops / on_device, precision))
    print(", ".join([*words, memory()]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.profile or temporary)
        folder = folder / f"{precision} {title}".replace(" ", "_")
        for name, part in largest_costs(work, folder):
            print(f"  {100 * part:.0f} % in {name}")


def seconds(call, steps):
    """The median of a call."""
    for _ in range(WARM_UP):
        call()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def share_of_peak(speed, precision, kind=None):
    """Words for a part of what the chip can do."""
    kind = kind or jax.devices()[0].device_kind
    for name, half, single in PEAKS:
        if all(word in kind for word in name.split()):
            peak = half if precision == "mixed_bfloat16" else single
            return f"{100 * speed / peak:.1f} % of the peak"
    return f"{speed / 1e12:.2f} TFLOP/s, part of the peak unknown"


def memory():
    peak = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    return "memory unknown" if peak is None else f"{peak / 1e9:.1f} GB so far"


# === Where the time goes ===


def largest_costs(work, folder, count=2):
    """(name, part of the time) of the operations that take most of it."""
    with jax.profiler.trace(str(folder)):
        for _ in range(3):
            work()
    totals = collections.Counter()
    for path in folder.rglob("*.trace.json.gz"):
        with gzip.open(path) as file:
            totals.update(operations(json.load(file)["traceEvents"]))
    whole = sum(totals.values())
    return [(name, part / whole) for name, part in totals.most_common(count)]


def operations(events):
    """Microseconds of each kind of XLA's operations in a trace."""
    totals = collections.Counter()
    for event in events:
        operation = event.get("args", {}).get("hlo_op")
        if operation and "dur" in event:
            # Loops and calls contain what they call.
            kind = re.sub(r"[.\d]+$", "", operation)
            if not re.match(r"while|call|cond", kind):
                totals[kind] += event["dur"]
    return totals


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", default="solov2_r50_fpn_1x_coco")
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        default=(800, 1344),
        metavar=("HEIGHT", "WIDTH"),
    )
    parser.add_argument("--batch-sizes", type=int, nargs="*", default=(1, 16))
    parser.add_argument(
        "--training-batch", type=int, default=16, help="0: no training"
    )
    parser.add_argument(
        "--dtypes", nargs="+", choices=PRECISIONS, default=PRECISIONS
    )
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument(
        "--on-device-alone",
        action="store_true",
        help="leave out what is as called, and compiled once more",
    )
    parser.add_argument(
        "--profile", metavar="FOLDER", help="keep the profiles there"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
