"""Thirty attacks in titles, on every way out: none is more than text there. Held against an independent renderer."""

import io
import json
import unicodedata
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from news_attacks import ATTACKS
from rich.console import Console
from rich.table import Table

from models.types.news import Evidence, Opportunity, Side
from tasks.session.news.showing import (
    LONGEST,
    escaped,
    opportunity_json,
    opportunity_rows,
    readable,
    safe_rows,
)

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
titles = pytest.mark.parametrize("title", ATTACKS.values(), ids=ATTACKS.keys())


class Tags(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    found.close()
    return found


@titles
def test_markdown_and_html_take_no_part_of_it_for_more_than_text(title: str) -> None:
    cell = escaped(title)
    shown = read(RENDERER.render(f"| title |\n| --- |\n| {cell} |\n"))
    assert set(shown.found) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert readable(title).split() == shown.text.split()[1:], "every character is still there"
    assert read(RENDERER.render(cell)).found == ["p"], "alone in its cell, as Prefect's first page renders it"
    plain = read(f"<td>{cell}</td>")
    assert plain.found == ["td"]


def test_without_the_escaping_the_table_would_notice() -> None:
    """The renderer is no fool: of the thirty some are more than text to it."""
    loud = {name for name, one in ATTACKS.items() if set(read_tags(RENDERER.render(readable(one)))) - {"p"}}
    assert {"script", "image handler", "markdown image", "frame"} <= loud


def read_tags(page: str) -> list[str]:
    class Loose(Tags):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.append(tag)

    found = Loose()
    found.feed(page)
    return found.found


@titles
def test_on_a_terminal_every_character_is_seen_and_stays_where_it_stands(title: str) -> None:
    line = readable(title)
    assert len(line) <= LONGEST
    assert all(unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for one in line)
    stream = io.StringIO()
    console = Console(file=stream, markup=False, force_terminal=True, width=300, color_system=None)
    table = Table("title")
    table.add_row(line)
    console.print(table)
    assert "\x1b]" not in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
    assert line in stream.getvalue() or ":bomb:" in line


@titles
def test_json_is_one_line_that_says_the_title(title: str) -> None:
    one = Opportunity("BTC", Side.LONG, 0.5, None, 60, 0, (Evidence("a", title[:40], title, 0.1),))
    text = json.dumps(opportunity_json(one))
    assert text.isascii()
    assert json.loads(text)["evidence"][0]["title"] == readable(title)


@titles
def test_rows_pass_every_text_through(title: str) -> None:
    one = Opportunity("BTC", Side.LONG, 0.5, None, 60, 0, (Evidence("a", title, title, 0.1),))
    (row,) = safe_rows(opportunity_rows([one]), escaped)
    assert row["weightiest headline"] == escaped(title)
    assert "<" not in "".join(row.values())


@pytest.mark.parametrize(
    "title",
    [
        "# Heading",
        "#",
        "1.",
        "- one",
        "+ one",
        "1. one",
        "12) one",
        "---",
        "- - -",
        "===",
        "> quoted",
        "![a](b)",
        "a ~~b~~",
        "&lt;b&gt; &#60; &amp;lt;",
        "<a@b.example>",
        "https://evil.example www.evil.example",
        "\\<b>\\",
    ],
)
def test_what_begins_a_block_or_a_link_is_a_line_of_text(title: str) -> None:
    shown = read(RENDERER.render(escaped(title)))
    assert (shown.found, shown.text.strip()) == (["p"], readable(title))


@pytest.mark.parametrize(
    "title",
    [
        "Bitcoin falls 5.2 % to $19,000: what's next? Größe, 比特币, “quoted” - “and” so on",
        'Fed\'s Powell says "no" (again) to S&P 500 & AT&T #stocks up 3 - .5!',
        "2022 was bad; 3.5 million left",
        "5-year yields at 4.1 %",
        "1.5 million left",
        "-5 % for #Bitcoin",
        "#Bitcoin falls",
    ],
)
def test_a_plain_title_stays_as_it_is(title: str) -> None:
    """Prefect's second page shows every escape."""
    assert readable(title) == title
    assert escaped(title) == title
