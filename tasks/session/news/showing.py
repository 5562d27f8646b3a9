"""News for people. Titles are hostile: each way out has the form in which they are harmless.

`readable` is for terminals, alerts and JSON: one line without control, format and private characters. `escaped` is for
artifacts and pages: the same, with every character escaped that HTML or markdown would take for more than text.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from models.types import iso
from models.types.news import Opportunity
from tasks.session.news.health import SourceHealth

LONGEST = 200
# So many times as much is looked at, at most: a title may be a megabyte.
LOOKED_AT = 4
# Control, format (turned directions, nothing wide), surrogates, private, not assigned; and marks on top of another
# mark.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MARKS = frozenset({"Mn", "Me"})
# What markdown takes for more than text wherever it stands (a picture or the address of a link needs a bracket first),
# and what at a line's begin.
MARKDOWN = re.compile(r"[\\`*_\[\]|~]|:(?=//)|(?<=www)\.")
LEADING = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[#+-]+(?:\s|$)))")
ENTITY = re.compile(r"&(?=#|\w+;)")


def readable(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters, of which each is seen and stays where it stands."""
    kept: list[str] = []
    before = ""
    for one in text[: LOOKED_AT * longest]:
        kind = unicodedata.category(one)
        if kind in UNSEEN:
            kept.append(" ")
        elif not (kind in MARKS and unicodedata.category(before or "a") in MARKS):
            kept.append(one)
        before = one
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def escaped(text: str) -> str:
    """Text of which neither HTML nor markdown takes any part for more than text; between tags, not in an attribute.

    Of Prefect's two pages one renders a table's cells as markdown with HTML in it, and the other one shows them as they
    are, backslashes and entities too: what is harmless in both (apostrophes, parentheses, the & of names) stays.
    """
    marked = LEADING.sub(r"\1\\", MARKDOWN.sub(r"\\\g<0>", readable(text)))
    return ENTITY.sub("&amp;", marked).replace("<", "&lt;").replace(">", "&gt;")


def opportunity_json(one: Opportunity) -> dict[str, object]:
    """The fields that scripts rely on."""
    return {
        "asset": one.asset,
        "side": one.side.value,
        "confidence": one.confidence,
        "move_bps": one.move_bps,
        "horizon_minutes": one.horizon_minutes,
        "at": iso(one.at),
        "evidence": [
            {"headline": piece.headline, "source": readable(piece.source), "title": readable(piece.title)}
            | {"part": piece.part}
            for piece in one.evidence
        ],
    }


def opportunity_rows(found: Sequence[Opportunity]) -> list[dict[str, Any]]:
    """A row for each, the most confident first; texts as they are, for `readable` or `escaped` to pass on."""
    return [
        {
            "asset": one.asset,
            "side": one.side.value,
            "confidence": f"{one.confidence:.2f}",
            "expected move, bps": "-" if one.move_bps is None else f"{one.move_bps:+.0f}",
            "horizon, hours": f"{one.horizon_minutes / 60:g}",
            "at": iso(one.at)[:16],
            "sources": ", ".join(dict.fromkeys(piece.source for piece in one.evidence)),
            "weightiest headline": one.evidence[0].title if one.evidence else "",
        }
        for one in found
    ]


def source_rows(health: Sequence[SourceHealth]) -> list[dict[str, Any]]:
    """A row for each source, in the order of the priorities."""
    return [
        {
            "source": one.source,
            "priority": one.priority,
            "state": one.state,
            "weight": f"{one.weight.weight:.1%}",
            "last answer": "-" if one.last_success is None else iso(one.last_success)[:19],
            "asked again": "-" if one.retry_at is None else iso(one.retry_at)[:19],
            "why": one.why,
            "why this weight": one.weight.why,
        }
        for one in health
    ]


def safe_rows(rows: Sequence[dict[str, Any]], way_out: Callable[[str], str]) -> list[dict[str, Any]]:
    """The rows with every text passed through `readable` or `escaped`."""
    return [{name: way_out(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]
