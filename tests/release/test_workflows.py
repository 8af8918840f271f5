"""What runs on GitHub, and the forms for issues."""

import pathlib
import re
import tomllib

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}

pytestmark = pytest.mark.skipif(
    not GITHUB.exists(), reason="An archive of sources has none of these."
)


def workflow(name):
    text = (GITHUB / "workflows" / name).read_text(encoding="utf-8")
    return yaml.safe_load(text)["jobs"]


def steps(job):
    return [step.get("uses") or step.get("run") for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_has_limits(path):
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert whole["permissions"] in ({}, {"contents": "read"})
    for name, job in whole["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        for step in job["steps"]:
            if "uses" in step:
                assert re.search(r"@(v\d+|release/v\d+)$", step["uses"])


def test_one_job_alone_may_publish():
    jobs = workflow("publish.yml")
    writers = {
        name: {key for key, may in job["permissions"].items() if may == "write"}
        for name, job in jobs.items()
        if "permissions" in job
    }
    assert {name for name, rights in writers.items() if rights} == {
        "publish",
        "release",
    }
    assert writers["publish"] == {"id-token"}
    assert writers["release"] == {"contents"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert not any("checkout" in step for step in steps(jobs["publish"]))


def test_nothing_is_published_untested():
    jobs = workflow("publish.yml")
    assert set(jobs["publish"]["needs"]) == {"test", "sbom"}
    assert jobs["test"]["needs"] == jobs["sbom"]["needs"] == "build"
    built = [
        name for name, job in jobs.items() if "python -m build" in steps(job)
    ]
    assert built == ["build"]
    assert any(
        "tests.release.check --final" in one for one in steps(jobs["build"])
    )


def test_pythons_are_those_of_the_classifiers():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {
        line.rpartition(" ")[2]
        for line in project["classifiers"]
        if re.search(r"Python :: 3\.\d+$", line)
    }
    jobs = workflow("ci.yml")
    matrices = [jobs[name]["strategy"]["matrix"] for name in ("test", "wheel")]
    matrices.append(workflow("publish.yml")["test"]["strategy"]["matrix"])
    for matrix in matrices:
        assert set(matrix["python"]) == named
    assert project["requires-python"] == f">={min(named)}"


def test_what_is_to_come_may_fail():
    job = workflow("ci.yml")["ahead"]
    assert job["continue-on-error"] is True
    tried = job["strategy"]["matrix"]["include"]
    assert any(one["python"] == "3.14" for one in tried)
    assert any(one["keras"] == "keras-nightly" for one in tried)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem == "config":
        assert set(form) == {"blank_issues_enabled"}
        return
    assert {"name", "description", "labels", "body"} == set(form)
    names = [field["id"] for field in form["body"] if "id" in field]
    assert len(set(names)) == len(names)
    for field in form["body"]:
        assert field["type"] in KINDS
        assert ("value" if field["type"] == "markdown" else "label") in field[
            "attributes"
        ]
