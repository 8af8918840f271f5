"""docs/benchmarks.md: a head, and one section a stage.

Stages that were not measured again keep their sections.
"""

import datetime
import os
import platform
import re

from tests.benchmarks.table import as_markdown

HEAD = """# Benchmarks

What a user calls, timed beside MMDetection 3.3 with the same weights and the
same inputs. This page is written by

```console
python -m tests.benchmarks --python-jax PYTHON --python-tensorflow PYTHON \\
    --python-torch PYTHON --mmdet PYTHON --coco FOLDER
```

from the clone's folder. Each `PYTHON` is an interpreter that has this backend,
or MMDetection (`mmdet`, `mmcv-lite`; its compiled operators are not needed);
without them ours is measured alone, on the backends of the Python that runs.
`FOLDER` has `annotations/instances_val2017.json` and `val2017/`; without it
photos are drawn. `--only forward nms` measures some stages, `--turns 15` more
often. `tests/benchmarks/gpu.py` is for GPUs.

**How.** Each side is a process of its own with the same number of threads, two
unless a stage says otherwise, and no GPU. Ours and its rival load, compile and
make two calls first; then they take turns, and the one whose turn it is not
waits without using a core. One backend is measured after the other: with all
of them loaded at once, the training step on JAX took up to a fifth longer than
with MMDetection alone, and no other did. Weights are random, seeded, and
calibrated so that about 90 instances are found.

**What the columns say.** *ms* is the median over the turns, *least* the
shortest call; *ratio* is that of the medians, ours to theirs: below 1 ours is
faster. *core ms* is what all cores spent on a call. *memory* is the peak of
the whole process, weights and libraries included, after the first two calls;
*with start* that of loading and compiling, too. *first* is the first call,
which compiles. *answer* is what the first call gave (instances found, a loss):
both sides agree.

**Not timed:** starting Python, loading weights and images (but in the stages
that are about them), compilation (but in *first*).
"""


def write(path, stages):
    """Writes the page.

    Args:
        path: Where; sections that are there already may stay.
        stages: For each stage that was measured its module and a list of
            `(case, cells, results)`, or its own report: the text, and the
            versions of packages.
    """
    old = sections(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = {
        module.TITLE: section(module, parts)
        for module, parts in stages
        if parts
    }
    versions = {}
    for _, parts in stages:
        if isinstance(parts, tuple):
            versions.update(parts[1])
            continue
        for *_, results in parts:
            for result in results:
                versions.update(result.end["versions"])
    parts = [HEAD, machine(versions), *{**old, **new}.values()]
    path.write_text("\n".join(parts), encoding="utf-8")


def sections(text):
    """The sections of a page by their titles, the machine's left out."""
    found = re.split(r"^(?=## )", text, flags=re.M)[1:]
    titles = [part.partition("\n")[0].removeprefix("## ") for part in found]
    return {
        title: part.strip() + "\n"
        for title, part in zip(titles, found, strict=True)
        if title != "Machine"
    }


def section(module, parts):
    lines = [f"## {module.TITLE}", "", module.__doc__.strip(), ""]
    if isinstance(parts, tuple):
        today = datetime.date.today().isoformat()
        return "\n".join([*lines, parts[0], "", f"{today}, {processor()}", ""])
    for case, cells, results in parts:
        cores = "one core" if case.threads == 1 else f"{case.threads} cores"
        lines += [f"**{case.title}**, {cores}:", "", as_markdown(cells), ""]
        lines += [noise(results), ""]
    return "\n".join(lines)


def noise(results):
    turns = min(len(result.turns) for result in results)
    others = max(result.others for result in results)
    today = datetime.date.today().isoformat()
    return (
        f"{today}, {processor()}, {turns} turns; meanwhile other processes "
        f"used {100 * others:.0f} % of the machine, and those that waited for "
        f"their turn {max(result.waited for result in results):.1g} s at most."
    )


def machine(versions):
    rows = [
        ("processor", processor()),
        ("cores", str(os.cpu_count())),
        ("Python", platform.python_version()),
        *sorted(versions.items()),
    ]
    lines = ["## Machine", "", "| | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {k} | {v} |" for k, v in rows), ""])


def processor():
    """The model of the CPU, as Linux names it."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
