"""Looks at the built documentation as readers will.

    mkdocs build --strict --site-dir SITE
    python -m tests.site.check SITE [--browser] [--pictures FOLDER] [PAGE ...]

Without `--browser`: no link leads nowhere. With it, in Chromium, of each page:
it is not wider than a phone of 390 pixels, axe-core has no serious finding in
the light and in the dark scheme, and nothing fails to load. That takes npm,
which brings playwright-core and axe-core into a folder that goes again, and
Chromium, whose path the variable CHROMIUM may name.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from tests.site.links import dead_links

PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
SCRIPT = pathlib.Path(__file__).with_name("browser.mjs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=pathlib.Path)
    parser.add_argument("pages", nargs="*", metavar="PAGE")
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--pictures", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    faults = [
        f"{page}: {link} leads nowhere"
        for page, link in dead_links(options.site)
    ]
    if options.browser or options.pictures:
        for finding in looked_at(options):
            faults += faults_of(finding)
    print("\n".join(faults) or "Nothing to mend.")
    return 1 if faults else 0


def looked_at(options):
    """What the browser says of each page, while it goes on."""
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--silent", "--no-save", *PACKAGES]
        subprocess.run(install, cwd=folder, check=True)
        pictures = options.pictures
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
        run = subprocess.Popen(
            [
                "node",
                SCRIPT,
                options.site.resolve(),
                pictures.resolve() if pictures else "",
                *options.pages,
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in run.stdout:
            finding = json.loads(line)
            print(finding["page"], file=sys.stderr)
            yield finding
        if run.wait():
            raise SystemExit("The browser failed.")


def faults_of(finding):
    """A line for each thing that is wrong with a page."""
    page, lines = finding["page"], []
    for width, over in finding["wide"].items():
        if over:
            lines.append(f"{page}: {over} px wider than a screen of {width}")
    for scheme, found in finding["axe"].items():
        lines += [f"{page}: {one} ({scheme})" for one in found]
    return lines + [f"{page}: {error}" for error in finding["errors"]]


if __name__ == "__main__":
    sys.exit(main())
