"""docs/runbook.md as a page: headings with anchors, paragraphs, lists, code. What else Markdown knows stays as text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from markupsafe import Markup, escape

from models.types import Unavailable
from models.types.alerts import RUNBOOK

# Of a checkout: an installed Keel has its documents there and nowhere else.
ROOT = Path(__file__).resolve().parents[3]
HEADING = re.compile(r"(#{1,4})\s+(.+)")
ITEM = re.compile(r"(?:[-*]|(\d+)\.)\s+(.+)")
# In text that is escaped already: quotes and angle brackets are no longer there.
CODE = re.compile(r"`([^`]+)`")
STRONG, EMPHASIS = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"(?<!\w)_(.+?)_(?!\w)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level, for the list of all of them."""

    anchor: str
    title: str


def runbook_text(root: Path = ROOT) -> str:
    """The file as it is now.

    Raises:
        Unavailable: it is not beside this code, or cannot be read.
    """
    try:
        return (root / RUNBOOK).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Unavailable(f"{RUNBOOK} cannot be read ({said}); open it in the checkout that Keel runs from") from error


def sections_of(text: str) -> list[Section]:
    """Its sections in their order."""
    return [Section(anchor_of(title), title) for marks, title in _headings(text) if marks == "##"]


def anchor_of(title: str) -> str:
    """The name of a heading in an address, as code hosts make it: `feed-down` is its own."""
    return re.sub(r"[^a-z0-9_-]", "", title.strip().lower().replace(" ", "-"))


def as_html(text: str) -> Markup:
    """The whole text. Whatever it says is text: the only markup is ours."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(one for block in blocks for one in _block(block))


def _headings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = HEADING.fullmatch(line.strip())
        if found is not None:
            yield found[1], found[2]


def _block(block: str) -> Iterator[Markup]:
    """A block of lines: what begins with a mark is of its own kind, other lines go on with what is before them."""
    if all(line.startswith("    ") for line in block.splitlines()):
        yield Markup("<pre><code>{}</code></pre>").format("\n".join(line[4:] for line in block.splitlines()))
        return
    pieces: list[tuple[str, str]] = []
    for line in map(str.strip, block.splitlines()):
        heading, item = HEADING.fullmatch(line), ITEM.fullmatch(line)
        if heading is not None:
            pieces.append((f"h{len(heading[1])}", heading[2]))
        elif item is not None:
            pieces.append(("ol" if item[1] else "ul", item[2]))
        elif pieces and not pieces[-1][0].startswith("h"):
            pieces[-1] = pieces[-1][0], f"{pieces[-1][1]} {line}"
        else:
            pieces.append(("p", line))
    for tag, group in groupby(pieces, key=lambda piece: piece[0]):
        yield from _tagged(tag, [said for _, said in group])


def _tagged(tag: str, said: list[str]) -> Iterator[Markup]:
    if tag in ("ol", "ul"):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(one)) for one in said)
        yield Markup("<{}>{}</{}>").format(tag, items, tag)
        return
    for one in said:
        name = Markup(' id="{}"').format(anchor_of(one)) if tag.startswith("h") else ""
        yield Markup("<{}{}>{}</{}>").format(tag, name, _inline(one), tag)


def _inline(text: str) -> Markup:
    """Code, strong and emphasis; inside code nothing else is."""
    parts = CODE.split(str(escape(text)))
    said = [f"<code>{one}</code>" if k % 2 else _stressed(one) for k, one in enumerate(parts)]
    return Markup("".join(said))  # noqa: S704 - every part is escaped


def _stressed(text: str) -> str:
    return EMPHASIS.sub(r"<em>\1</em>", STRONG.sub(r"<strong>\1</strong>", text))
