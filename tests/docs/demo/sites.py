"""The site of the demo's page alone, in the theme of all pages."""

import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[3]
PAGE = "demo/index.md"
LINKED = ("export.md", "presets.md", "large-images.md")


def demo_site(folder, assets=None):
    """Builds the page as `mkdocs build --strict` does.

    Args:
        folder: Where the site goes.
        assets: The files that examples/make_browser_demo.py made, or None.

    Returns:
        The folder.
    """
    sources = folder.with_name(folder.name + "-docs")
    others = shutil.ignore_patterns("*.md", "*.py", "*.ipynb", "assets")
    shutil.copytree(ROOT / "docs", sources, ignore=others)
    shutil.copy(ROOT / "docs" / PAGE, sources / PAGE)
    for name in ("index.md", *LINKED):
        (sources / name).write_text("# Another page\n", encoding="utf-8")
    if assets is not None:
        shutil.copytree(assets, sources / "demo" / "assets")
    settings = {
        "INHERIT": str(ROOT / "mkdocs.yml"),
        "docs_dir": str(sources),
        "site_dir": str(folder),
        "nav": ["index.md", PAGE, *LINKED],
        "plugins": ["search"],  # not those that the reference needs
    }
    config = folder.with_name(folder.name + ".yml")
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"]
    done = subprocess.run(
        [*command, "-f", str(config)], capture_output=True, text=True
    )
    assert not done.returncode, f"{done.stdout}\n{done.stderr}"
    return folder
