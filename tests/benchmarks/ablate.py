"""What each choice of a training brings: equal steps, several seeds.

    python -m tests.benchmarks.ablate pennfudan FOLDER [--results FILE] \
        [--levers NAME ...] [--seeds 3] [--first 0] [--steps N] \
        [--minutes N] [--list]
    python -m tests.benchmarks.ablate pennfudan FOLDER --table
    python -m tests.benchmarks.ablate pennfudan FOLDER --held-out \
        --levers baseline "chosen for nuclei" [--steps N] [--save FOLDER]

FOLDER holds a dataset as `open_dataset` takes it, with the splits `train` and
`val`. Each lever (`levers.py`) is one change to the baseline: EfficientNet-Lite
0 with ImageNet weights, recipe `from_scratch`, batches of 4.

A fixed fifth of the training images is measured, and the rest trained on, so
that choices are made without a look at `val`; `--held-out` trains on all
training images and measures `val`, once, for what was chosen. With `--save`
each model is kept as FOLDER/SET-LEVER-SEED, which `from_preset` takes, and
levers that are another prediction of the same models take them from there.

Without `--levers`, all that are one change are compared. `distilled` is one of
them where `--save` says where its teacher is, which comes first:

    python -m tests.benchmarks.ablate pennfudan FOLDER --save FOLDER \
        --levers teacher --seeds 1

Every run is a process of its own. Finished ones are lines of FILE, and are not
run again: interrupted, the command goes on where it stopped. With `--minutes`
no run begins after so many; `--first` is the first seed, where several commands
share them. Printed is a table: mean and spread of mask AP over
the seeds, and what a lever brings on the baseline's same seeds. Of the pairs of
objects at most one pixel apart, a line says how many come out as two at a score
of at least 0.3.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

from tests.benchmarks.levers import LEVERS, SETS, SINGLE, Lever, Set

FIGURES = ("mask_ap", "mask_ap50", "mask_ap75")
# That of `evaluate`.
SCORE_THRESHOLD = 0.3


def main(arguments=None):
    options = parse(arguments)
    if options.list:
        for name, lever in LEVERS.items():
            print(f"{name}: {lever.why}")
        return 0
    if options.run:
        print(json.dumps(finished_run(options, *options.run)))
        return 0
    done = read(options.results)
    if not options.table:
        done = run_all(options, done)
    print(table(options, done))
    return 0


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("set", choices=SETS)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--levers", nargs="+", choices=LEVERS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="seed")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--save", type=pathlib.Path)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument(
        "--results",
        type=pathlib.Path,
        default=pathlib.Path(__file__).parents[2] / "docs/ablation.jsonl",
    )
    options = parser.parse_args(arguments)
    options.levers = options.levers or [
        name
        for name, lever in SINGLE.items()
        if options.table or options.save or not lever.teacher
    ]
    options.steps = options.steps or SETS[options.set].steps
    return options


# === Which runs, and which of them are done ===


def key(options, lever, seed):
    """What a run is: it is run again when any of this is another."""
    # What is None is as it was before there was a choice of it.
    lever_settings = dataclasses.asdict(LEVERS[lever])
    settings = {
        "set": dataclasses.asdict(SETS[options.set]),
        "lever": {k: v for k, v in lever_settings.items() if v is not None},
    }
    text = json.dumps(settings, sort_keys=True, default=str)
    return {
        "set": options.set,
        "held_out": options.held_out,
        "lever": lever,
        "seed": int(seed),
        "steps": options.steps,
        "settings": hashlib.sha256(text.encode()).hexdigest()[:12],
    }


def read(path):
    """The lines of finished runs; a line that was cut off is none."""
    done = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            done.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return done


def found(done, wanted):
    """The line of a run, or None."""
    for line in done:
        if all(line.get(name) == value for name, value in wanted.items()):
            return line
    return None


def run_all(options, done):
    began = time.monotonic()
    # Seed by seed, so that a stopped command has all levers as often.
    for seed in range(options.first, options.seeds):
        for lever in options.levers:
            wanted = key(options, lever, seed)
            if found(done, wanted):
                continue
            if time.monotonic() - began > 60 * options.minutes:
                return done
            line = {**wanted, **in_a_process(options, lever, seed)}
            with open(options.results, "a") as file:
                file.write(json.dumps(line) + "\n")
            done.append(line)
            print(f"{lever}, seed {seed}: {line['mask_ap']:.3f}", flush=True)
    return done


def in_a_process(options, lever, seed):
    command = [sys.executable, "-m", __spec__.name, options.set]
    command += [str(options.folder), "--steps", str(options.steps)]
    command += ["--held-out"] * options.held_out
    command += ["--save", str(options.save)] if options.save else []
    command += ["--run", lever, str(seed)]
    result = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={"KERAS_BACKEND": "tensorflow", **os.environ},
    )
    return json.loads(result.stdout.splitlines()[-1])


# === One run ===


def finished_run(options, name, seed):
    """Trains a model, and measures it."""
    import keras_solo  # isort: skip (before keras: it chooses a backend)
    import keras

    lever: Lever = LEVERS[name]
    which: Set = SETS[options.set]
    keras.utils.set_random_seed(int(seed))
    train, valid = parts(options)
    began, cores = time.perf_counter(), time.process_time()
    if lever.trained_as:
        model = keras_solo.SOLOv2.from_preset(
            saved(options, lever.trained_as, seed)
        )
    else:
        model = trained(options, lever, which, train, int(seed))
    seconds = time.perf_counter() - began
    used = time.process_time() - cores
    if options.save and not lever.trained_as:
        model.save_to_preset(saved(options, name, seed))
    return {
        **measured(model, valid, which, lever),
        "seconds": round(seconds, 1),
        "core_seconds": round(used, 1),
        "backend": keras.backend.backend(),
        "version": keras_solo.__version__,
    }


def trained(options, lever, which, dataset, seed):
    """A model that has learned."""
    model = lever.model(which, dataset)
    batches = lever.batches(which, dataset, model, seed)
    steps = (lever.times or 1) * options.steps
    epochs = max(1, round(steps / len(batches)))
    pupil = with_teacher(options, lever, model)
    lever.compile(model, len(batches), epochs, pupil)
    pupil.fit(batches, epochs=epochs, verbose=0)
    return model


def with_teacher(options, lever, model):
    """What is fitted: the model, or a teacher's pupil around it."""
    from keras_solo import SOLOv2
    from keras_solo.models import Distiller

    if not lever.teacher:
        return model
    teacher = SOLOv2.from_preset(saved(options, lever.teacher, 0))
    return Distiller(model, teacher)


def saved(options, name, seed):
    """Where a lever's model of a seed is, or will be."""
    if options.save is None:
        raise SystemExit(f"{name} has been trained: where it is says --save.")
    return options.save / f"{options.set}-{name}-{seed}"


def measured(model, dataset, which, lever):
    """AP, and of touching pairs how many there are and come out as two."""
    from keras_solo.evaluation import evaluate_results
    from keras_solo.evaluation.coco import segmented
    from tests.benchmarks.touching_pairs import separated

    most = which.max_detections
    results = list(segmented(model, dataset, 8, 0, most, **prediction(lever)))
    figures = evaluate_results(results, dataset, max_detections=most).figures
    count, apart = separated(dataset, results, SCORE_THRESHOLD)
    return {
        **{figure: round(float(figures[figure]), 4) for figure in FIGURES},
        "pairs": count,
        "pairs_apart": apart,
    }


def prediction(lever):
    """Arguments of `segmented`."""
    from keras_solo.inference import TTA, Tiling

    kinds = {"tiled": Tiling, "tta": TTA}
    return {k: kinds[k](**options) for k, options in lever.prediction.items()}


def parts(options):
    """What is trained on, and what is measured."""
    from keras_solo.data import open_dataset

    train = open_dataset(options.folder, split="train")
    if options.held_out:
        return train, open_dataset(options.folder, split="val")
    order = np.random.default_rng(0).permutation(len(train))
    fifth = len(train) // 5
    return (
        train.subset(sorted(order[fifth:].tolist())),
        train.subset(sorted(order[:fifth].tolist())),
    )


# === The table ===


def table(options, done):
    """A Markdown table of what is done of what was asked for."""
    lines = [
        "| lever | runs | mask AP | spread | AP50 | AP75 | on the baseline "
        "| time |",
        "|---|---|---|---|---|---|---|---|",
    ]
    base = runs(options, done, "baseline")
    cost = np.mean([one["core_seconds"] for one in base.values()] or [np.nan])
    rows = []
    for lever in options.levers:
        mine = runs(options, done, lever)
        if mine:
            rows.append(row(lever, mine, base, cost))
    rows.sort(key=lambda one: -one[0])
    return "\n".join(lines + [text for _, text in rows])


def runs(options, done, lever):
    """The finished runs of a lever, by their seeds."""
    lines = {
        seed: found(done, key(options, lever, seed))
        for seed in range(options.seeds)
    }
    return {seed: line for seed, line in lines.items() if line}


def row(lever, mine, base, cost):
    ap = np.array([one["mask_ap"] for one in mine.values()])
    spread = f"{np.ptp(ap):.3f}" if len(ap) > 1 else ""
    both = [seed for seed in mine if seed in base]
    gains = [mine[s]["mask_ap"] - base[s]["mask_ap"] for s in both]
    gain = f"{np.mean(gains):+.3f}" if gains and lever != "baseline" else ""
    time_ = np.mean([one["core_seconds"] for one in mine.values()]) / cost
    others = [
        f"{np.mean([one[figure] for one in mine.values()]):.3f}"
        for figure in FIGURES[1:]
    ]
    cells = [lever, str(len(ap)), f"{ap.mean():.3f}", spread, *others]
    text = " | ".join([*cells, gain, f"{time_:.2f}"])
    return ap.mean(), f"| {text} |"


if __name__ == "__main__":
    sys.exit(main())
