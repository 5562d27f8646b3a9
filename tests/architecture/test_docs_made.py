"""What of docs/ is made from the code is as the code is now; `make docs` makes it anew."""

import re

import defusedxml.ElementTree as ElementTree
import house_picture
import pytest
import reference_pages
from processes import ROOT

DOCS = ROOT / "docs"
MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference_pages.pages()


def test_the_picture_is_current() -> None:
    assert house_picture.PICTURE.read_text(encoding="utf-8") == house_picture.picture(), "old: run `make docs`"


def test_the_picture_is_one_file_that_needs_nothing_else_and_reads_in_the_dark() -> None:
    text = house_picture.picture()
    root = ElementTree.fromstring(text)
    assert {one.tag.rpartition("}")[2] for one in root.iter()} == {"svg", "title", "style", "rect", "text", "path"}
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"href|url\(|@import", text)
    shown = " ".join(one.text or "" for one in root.iter())
    assert all(room in shown for room in house_picture.ROOMS)


def test_no_arrow_points_up() -> None:
    order = list(house_picture.ROOMS)
    for one, other in house_picture.between_rooms():
        assert order.index(one) < order.index(other), (one, other)


def test_the_reference_is_current(pages: dict[str, str]) -> None:
    there = {one.name: one.read_text(encoding="utf-8") for one in reference_pages.FOLDER.glob("*")}
    assert sorted(there) == sorted(pages), "old: run `make docs`"
    assert [name for name, text in pages.items() if there[name] != text] == [], "old: run `make docs`"


def test_the_reference_is_small_enough_to_be_read_and_every_link_of_it_leads_somewhere(pages: dict[str, str]) -> None:
    assert sum(len(text.encode()) for text in pages.values()) < MOST_BYTES
    named = {one for text in pages.values() for one in re.findall(r"\]\((\S+?\.md)\)", text)}
    assert named | {"index.md"} == set(pages)


@pytest.mark.parametrize("room", reference_pages.ROOMS)
def test_every_public_name_has_a_docstring_in_the_google_style(room: str) -> None:
    found = reference_pages.load(room)
    assert reference_pages.undocumented(found) == []
    assert reference_pages.not_google(found) == []


def test_a_docstring_of_another_style_is_noticed(tmp_path, monkeypatch) -> None:
    text = '"""Odd."""\n\n\ndef one(low: int, high: int) -> int:\n    """Add.\n\n    Args:\n        {}: one\n    """\n'
    monkeypatch.setattr(reference_pages, "ROOT", tmp_path)
    for name, wrong in (("low, high", False), ("low", False), ("width", True), ("low, width", True)):
        (tmp_path / "odd.py").write_text(text.format(name))
        assert bool(reference_pages.not_google(reference_pages.load("odd"))) == wrong, name


@pytest.mark.parametrize("page", ["architecture.md", "contributing.md", "tutorial.md"])
def test_every_link_and_every_path_of_a_page_leads_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (DOCS / target).exists(), target
    for path in re.findall(r"`((?:conf|data|models|tasks|flows|tests)/[\w/.*-]+)`", text):
        made = path.startswith(("data/lake", "data/state", "conf/local")) or "close_location" in path
        assert made or "NAME" in path or list(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("page", ["architecture.md", "contributing.md"])
def test_a_page_names_only_targets_and_commands_that_exist(page: str) -> None:
    from flows.cli import COMMANDS

    text = (DOCS / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert set(re.findall(r"[`^]make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"`keel ([a-z]+)", text)) <= set(COMMANDS)
