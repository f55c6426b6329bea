"""The workflows: every action is pinned by its commit, and only the job that publishes may write anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^\s*-?\s*uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def unpinned(text: str) -> list[str]:
    """The actions that are not pinned by a commit, with the version beside it."""
    return [action for action in USES.findall(text) if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path):
    text = path.read_text(encoding="utf-8")
    assert USES.search(text)
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "action",
    [
        "actions/checkout@v4",
        "actions/checkout@main",
        "actions/checkout@11bd719",
        "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
        "actions/checkout",
        "docker://python:3.12",
    ],
)
def test_an_action_that_is_not_pinned_is_seen(action):
    assert unpinned(f"steps:\n  - uses: {action}\n") == [action]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_the_job_that_publishes_may_write(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        rights = {right for right, level in job.get("permissions", {}).items() if level == "write"}
        assert rights == ({"id-token", "attestations"} if name == "publish" else set())


def test_what_is_published_comes_from_a_tag_and_is_attested():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "wheels.yml").read_text(encoding="utf-8"))
    publish = workflow["jobs"]["publish"]
    assert set(publish["needs"]) == set(workflow["jobs"]) - {"publish"}
    assert "tag" in publish["if"]
    actions = [step["uses"].partition("@")[0].rpartition("/")[2] for step in publish["steps"]]
    assert actions == ["download-artifact", "attest-build-provenance", "gh-action-pypi-publish"]
    assert publish["steps"][-1]["with"] == {"attestations": True}


def test_the_matrix_is_that_of_the_classifiers():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r"Programming Language :: Python :: (3\.\d+)", text)
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["everything"]["strategy"]["matrix"]["python"] == promised
    wheels = re.search(r"^build = \[(.*)\]$", text, re.MULTILINE).group(1)
    assert {f"cp{version.replace('.', '')}-*" for version in promised} <= set(re.findall(r'"(.*?)"', wheels))
