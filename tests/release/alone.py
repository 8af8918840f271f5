"""Uses an installed wheel as its first user would, away from the sources.

    cd /somewhere/else && VENV/bin/python CLONE/tests/release/alone.py

Runs the demo and every block of the README that runs without downloads. It is
run as a script, so that the clone is not where Python looks for packages.
"""

import pathlib
import runpy
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).parents[2]


def main():
    import keras_solo

    place = pathlib.Path(keras_solo.__file__).resolve()
    if place.is_relative_to(ROOT):
        raise SystemExit(f"Expected an installed wheel, found {place}.")
    command = pathlib.Path(sysconfig.get_path("scripts"), "keras-solo")
    demo = [command, "demo", "--steps", "20", "--output", "demo"]
    subprocess.run(demo, check=True)
    pages = runpy.run_path(str(ROOT / "tests" / "docs" / "pages.py"))
    train = keras_solo.data.ShapesDataset(num_images=8)
    pages["run"](ROOT / "README.md", {"train": train})
    print(f"Python {sys.version.split()[0]}: the demo and the README run.")


if __name__ == "__main__":
    main()
