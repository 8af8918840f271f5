"""A search for odd files, led by what of the package they reach.

`python -m tests.fuzz.guided KIND --minutes 10 --keep FOLDER` begins with files
that nothing is wrong with and changes them again and again. A file that took a
step from one line of the package to another that none took before is kept, and
changed in its turn. What ends wrongly is kept, too, as `wrong-N.bin`.
"""

import argparse
import importlib
import json
import pathlib
import random
import sys
import time

from tests.fuzz import cases, odd_values

PACKAGE = f"{pathlib.Path(__file__).parents[2] / 'keras_solo'}/"
KINDS = ("annotations", "checkpoints", "presets")
# Looking at each line takes time, too.
SLOWER = 5


class Steps:
    """The steps from line to line that code of the package takes."""

    def __init__(self):
        self.seen = set()

    def __enter__(self):
        sys.settrace(self._call)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def _call(self, frame, event, argument):
        name = frame.f_code.co_filename
        if not name.startswith(PACKAGE):
            return None
        before = 0

        def line(frame, event, argument):
            nonlocal before
            self.seen.add((name[len(PACKAGE) :], before, frame.f_lineno))
            before = frame.f_lineno
            return line

        return line


class Search:
    """What was found so far; a folder keeps it."""

    def __init__(self, target, folder, seed):
        self.target, self.folder, self.seed = target, folder, seed
        self.known = set()
        kept = sorted(folder.glob("kept-*.bin"))
        self.files = [path.read_bytes() for path in kept]
        self.files += target.examples()
        self.good = target.examples()

    def case(self, number, folder):
        """One file in the process of its own; writes what it has to tell."""
        rng = random.Random(f"{self.seed} {number}")
        data = self.files[number] if number < len(self.files) else None
        data = self.changed(rng) if data is None else data
        wrong = self.folder / f"wrong-{number}.bin"
        wrong.write_bytes(data)
        with Steps() as steps:
            said = self.target.open_file(data, folder)
        if new := steps.seen - self.known:
            self.known |= new
            told = self.folder / f"kept-{number}.json"
            told.write_text(json.dumps([sorted(new), said is None]))
            wrong.with_name(f"kept-{number}.bin").write_bytes(data)
        return said

    def changed(self, rng):
        """One of the files, changed a few times."""
        data = rng.choice(rng.choice((self.files, self.good)))
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data = changed(data, rng.choice(self.files), rng)
        return data

    def learn(self, ends):
        """Takes in what the cases found, and forgets the files of the rest."""
        for end in ends:
            if not end.is_wrong:
                wrong = self.folder / f"wrong-{end.seed}.bin"
                wrong.unlink(missing_ok=True)
            told = self.folder / f"kept-{end.seed}.json"
            if told.exists():
                steps, read = json.loads(told.read_text())
                told.unlink()
                self._keep({tuple(step) for step in steps}, read, told)

    def _keep(self, steps, read, told):
        if steps - self.known:
            self.known |= steps
            data = told.with_suffix(".bin").read_bytes()
            self.files.append(data)
            if read:
                self.good.append(data)


def changed(data, other, rng):
    """Values where it is JSON, otherwise bytes; or the end of another file."""
    how = rng.random()
    if how < 0.1:
        return (
            data[: rng.randrange(len(data) + 1)] + other[-rng.randint(1, 99) :]
        )
    if how < 0.6:
        try:
            content = json.loads(data)
            change = rng.choice(
                (odd_values.change_value, odd_values.scale_number)
            )
            change(content, rng)
            return odd_values.as_json(content)
        except (ValueError, IndexError, RecursionError, OverflowError):
            pass
    return odd_values.change_bytes(data, rng)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    target = importlib.import_module(f"tests.fuzz.{options.kind}")
    if hasattr(target, "prepare"):
        target.prepare()
    search = Search(target, options.keep, options.seed)
    limits = cases.Limits(
        SLOWER * target.LIMITS.seconds, target.LIMITS.megabytes
    )
    ends, until = [], time.monotonic() + 60 * options.minutes
    while time.monotonic() < until:
        numbers = range(len(ends), len(ends) + cases.CHUNK)
        found = cases.run(search.case, numbers, limits)
        search.learn(found)
        ends += found
    print(f"{len(search.known)} steps, {len(search.files)} files kept.")
    return int(cases.report(ends) > 0)


if __name__ == "__main__":
    sys.exit(main())
