"""The runbook: a section for each kind of alert and for nothing else, and only commands that exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from flows.cli import app
from models.types.alerts import KINDS, RUNBOOK

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / RUNBOOK).read_text(encoding="utf-8")
FIRST, *SECTIONS = re.split(r"^## ", TEXT, flags=re.MULTILINE)
PAGES = {one.partition("\n")[0].strip(): one.partition("\n")[2] for one in SECTIONS}
BEGIN = "What to do first"
PARTS = ("Meaning", "First look", "Action", "Verification")
COMMANDS = sorted({" ".join(one.split()) for one in re.findall(r"`(keel [^`]*)`", TEXT)})
ROOT = typer.main.get_command(app)


def test_each_kind_has_its_section_and_each_section_its_kind() -> None:
    assert list(PAGES) == [BEGIN, *(one.name for one in KINDS)]


@pytest.mark.parametrize("kind", [one.name for one in KINDS])
def test_a_section_says_what_to_do(kind: str) -> None:
    said = re.findall(r"^\*\*(.+?)\.\*\* (.{15,})", PAGES[kind], flags=re.MULTILINE)
    assert tuple(name for name, _ in said) == PARTS
    assert "target: 10 minutes" in PAGES[kind]


@pytest.mark.parametrize("command", ["keel stop", "keel flatten", "keel status", "keel resume", "keel alerts"])
def test_it_begins_with_what_to_do_first(command: str) -> None:
    assert command in PAGES[BEGIN]


def _parse(command: Any, words: list[str]) -> None:
    """As the command line would, without doing anything; raises where it would."""
    context = command.make_context("keel", words)
    if isinstance(command, TyperGroup) and context._protected_args:
        _, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        _parse(found, rest)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists_as_it_is_written(command: str) -> None:
    _parse(ROOT, shlex.split(command)[1:])


def test_what_does_not_exist_is_noticed() -> None:
    for wrong in ("keel halt", "keel status --loud", "keel alerts acknowledge ID", "keel adopt --venue V"):
        with pytest.raises(Exception, match=r"No such|Missing"):
            _parse(ROOT, shlex.split(wrong)[1:])


def test_every_reference_leads_somewhere() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", TEXT))
    assert named, "sections refer to one another"
    assert named <= set(PAGES), named - set(PAGES)
    for target in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (PROJECT / "docs" / target).exists(), target
