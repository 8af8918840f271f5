import importlib
import sys
import time

import keras
import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import (
    bench_evaluation,
    page,
    paired,
    table,
    trivial_cases,
)
from tests.benchmarks.cases import Case
from tests.benchmarks.material import Material

BACKEND = keras.backend.backend()


@pytest.fixture
def material(tmp_path):
    return Material(str(tmp_path))


def run(number, material, turns=2, mmdet=sys.executable):
    case = trivial_cases.CASES[number]
    rounds = paired.rounds_of(case, {"jax": sys.executable}, mmdet)
    module = trivial_cases.__name__
    return case, *paired.run(module, number, case, rounds, material, turns)


def labels(mmdet=None, **case):
    pythons = {"jax": "a", "torch": "b"}
    case = Case("", trivial_cases.ours, **case)
    return [
        [side.label for side in sides]
        for sides in paired.rounds_of(case, pythons, mmdet)
    ]


def test_who_takes_turns_with_whom():
    two = {"theirs": trivial_cases.theirs}
    assert labels() == labels("c") == [["JAX"], ["PyTorch"]]
    assert labels(**two) == [["JAX"], ["PyTorch"]]
    assert labels("c", **two) == [
        ["JAX", "MMDetection, beside JAX"],
        ["PyTorch", "MMDetection, beside PyTorch"],
    ]
    assert labels("c", **two, any_backend=True) == [
        ["all backends", "MMDetection, beside all backends"]
    ]
    assert labels("c", **two, rival="x") == [
        ["JAX", "JAX: x"],
        ["PyTorch", "PyTorch: x"],
    ]


def test_they_take_turns(material, tmp_path):
    case, results, failures = run(0, material, turns=2)
    assert not failures
    assert [result.side.label for result in results] == [
        "all backends",
        "MMDetection, beside all backends",
    ]
    calls = (tmp_path / "calls.txt").read_text().split()
    warm_up = ["ours"] * 2 + ["theirs"] * 2
    # Two turns, of two calls each.
    assert calls == 3 * warm_up
    for result in results:
        assert [len(turn["seconds"]) for turn in result.turns] == [2, 2]
        assert 0 < result.least <= result.seconds < 60
        assert 0 < result.end["peak"] <= result.end["whole_peak"] < 4096
        assert result.ready["answer"] == 3


def test_who_waits_uses_no_core(material):
    case = trivial_cases.CASES[0]
    ((side,),) = paired.rounds_of(case, {"jax": sys.executable})
    command = [trivial_cases.__name__, 0, "ours", 1]
    process = paired.Process(side, command, material)
    try:
        process.turn()
        time.sleep(1.0)
        process.turn()
        waited = process.result().turns[1]["waited"]
        assert 0 <= waited < 0.5
    finally:
        process.close()


def test_who_fails_leaves_the_others(material):
    case, results, failures = run(1, material)
    assert [result.side.label for result in results] == ["JAX"]
    assert list(failures) == ["JAX: a failure"]
    assert "Expected something else." in failures["JAX: a failure"]
    ((label, *cells),) = table.rows(case, results)
    assert label == "JAX"
    assert cells[2] == "" and cells[5] == "–"


def result(label, seconds, peak, rival=None):
    turns = [
        {"seconds": [s], "core_seconds": 2 * s, "others": 0.5, "waited": 0.0}
        for s in seconds
    ]
    return paired.Result(
        paired.Side(label, "ours", "python", rival=rival),
        {"first": 2.0, "answer": 90},
        turns,
        {"peak": peak, "whole_peak": peak + 1, "versions": {"keras": "3"}},
    )


def test_the_table():
    results = [
        result("JAX", [0.5, 9.0, 0.4], 1000.0, "MMDetection"),
        result("MMDetection", [1.0, 1.0, 2.0], 2000.0),
    ]
    cells = table.rows(Case("", None), results)
    assert cells == [
        # Medians, least, cores, memory, the first call, what it gave.
        ("JAX", "500", "400", "0.50", "1,000", "0.50")
        + ("1,000", "0.50", "1,001", "2.0", "90"),
        ("MMDetection", "1,000", "1,000", "", "2,000", "")
        + ("2,000", "", "2,001", "2.0", "90"),
    ]
    text = table.as_text(cells).splitlines()
    assert text[0].split()[:4] == ["ms", "least", "ratio", "core"]
    assert text[1].split()[:3] == ["JAX", "500", "400"]
    assert len({len(line) for line in text}) == 1
    markdown = table.as_markdown(cells).splitlines()
    assert len(markdown) == 4
    assert {line.count("|") for line in markdown} == {len(table.COLUMNS) + 1}


def test_small_times_keep_their_digits():
    assert table.milliseconds(0.00123456) == "1.23"
    assert table.milliseconds(0.1) == "100"
    assert table.milliseconds(12.3456) == "12,346"


def test_the_page_keeps_what_was_not_measured_again(tmp_path):
    case = Case("a case", None)
    results = [result("JAX", [0.5], 1000.0)]
    stage = trivial_cases, [(case, table.rows(case, results), results)]
    path = tmp_path / "benchmarks.md"
    page.write(path, [stage])
    first = path.read_text()
    assert "## Trivial\n" in first and "**a case**, 2 cores" in first
    assert "| keras | 3 |" in first and "50 % of the machine" in first
    path.write_text(first + "\n## Another\n\nwords\n")
    page.write(path, [stage])
    second = path.read_text()
    assert second.count("## Trivial\n") == 1
    assert second.endswith("## Another\n\nwords\n")
    page.write(path, [stage])
    assert path.read_text() == second


def test_every_stage_has_cases():
    for name in command.STAGES:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        assert module.TITLE and module.__doc__
        assert hasattr(module, "report") or module.CASES


def test_a_stage_with_a_report_of_its_own(tmp_path):
    path = tmp_path / "benchmarks.md"
    page.write(path, [(trivial_cases, ("| seconds |", {"hotcoco": "1.3"}))])
    text = path.read_text()
    assert "## Trivial\n" in text and "\n| seconds |\n" in text
    assert "| hotcoco | 1.3 |" in text


def test_evaluation_by_stage():
    options = bench_evaluation.settings(["--images", "2000"])
    results = {
        name: {
            "stages": {"encode": 0.5, "all": seconds},
            "growth": 0.75,
            "scores": {"mask_ap": 0.5, "mask_ap_large": float("nan")},
        }
        for name, seconds in (("pycocotools", 40), ("hotcoco", 15))
    }
    text = bench_evaluation.table(options, results)
    assert "**2,000 images of 240 × 320, 40,000 instances, classes: 80" in text
    assert "| core seconds | pycocotools | hotcoco |\n|---|---:|---:|" in text
    assert "| all | 40.00 | 15.00 |" in text and "0.75 | 0.75 |" in text
    assert text.endswith("Largest difference of any figure: 0.0e+00")


def test_the_command(tmp_path, monkeypatch, capsys):
    name = "tests.benchmarks.bench_trivial"
    monkeypatch.setitem(sys.modules, name, trivial_cases)
    monkeypatch.setattr(command, "STAGES", ("trivial",))
    path = tmp_path / "page.md"
    command.main(
        ["--turns", "1", "--threads", "1", "--backends", BACKEND]
        + ["--work", str(tmp_path), "--page", str(path)]
    )
    printed = capsys.readouterr().out
    assert "Trivial: a file" in printed and "a failure failed:" in printed
    assert "| all backends |" in path.read_text()
