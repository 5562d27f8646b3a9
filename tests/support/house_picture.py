"""docs/architecture.svg: rooms, layers and what imports what, as the import contracts and the code have them."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import grimp
from processes import ROOT

PICTURE = ROOT / "docs" / "architecture.svg"
ROOMS = {
    "flows": "the sentences: one flow each, and the command line",
    "tasks": "the hands: every side effect",
    "conf": "what a person may turn",
    "data": "the memory",
    "models": "the brain: pure decisions, no file, clock or network",
}
WIDTH, GUTTER, MARGIN = 1000, 130, 16
CHAR, CHIP, GAP, HEAD = 7.0, 22, 6, 30
STYLE = """
    .ground{fill:#ffffff} .room{fill:#f3f5f8;stroke:#8894a5} .layer{fill:#ffffff;stroke:#cdd4de} .chip{fill:#dfe8f5}
    text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1c2430} .name{font-weight:700;font-size:15px}
    .soft{fill:#566172} .arrow{fill:none;stroke:#3a6ea5;stroke-width:1.6} .tip{fill:#3a6ea5}
    @media (prefers-color-scheme:dark){
      .ground{fill:#12161c} .room{fill:#1b212a;stroke:#5c6878} .layer{fill:#151a21;stroke:#39424f} .chip{fill:#27364b}
      text{fill:#e6ebf2} .soft{fill:#a3afbf} .arrow{stroke:#7fb0e6} .tip{fill:#7fb0e6}
    }"""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a room stands."""

    y: float
    height: float


@cache
def graph() -> grimp.ImportGraph:
    """The imports of all rooms."""
    return grimp.build_graph(*ROOMS, cache_dir=None)


def between_rooms() -> dict[tuple[str, str], int]:
    """How many modules of one room import how many of another: imports between them."""
    found: Counter[tuple[str, str]] = Counter()
    for one in graph().modules:
        for other in graph().find_modules_directly_imported_by(one):
            rooms = one.split(".")[0], other.split(".")[0]
            if rooms[0] != rooms[1]:
                found[rooms] += 1
    return dict(sorted(found.items()))


def layers(room: str) -> list[list[str]]:
    """Its packages from the highest layer to the lowest, those of one layer beside each other."""
    contracts: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    for one in contracts:
        if one["type"] == "layers" and one.get("containers") == [room]:
            return [[name.strip() for name in layer.split("|")] for layer in one["layers"]]
    return [sorted(one.removeprefix(f"{room}.") for one in graph().find_children(room))]


def picture() -> str:
    """The whole picture as SVG; the same code gives the same text."""
    boxes: dict[str, Box] = {}
    drawn: list[str] = []
    inner = WIDTH - 2 * MARGIN - GUTTER
    y = float(MARGIN)
    for room in ROOMS:
        box, inside = _room(room, MARGIN, y, inner)
        boxes[room] = box
        frame = f'<rect class="room" x="{MARGIN}" y="{y:g}" width="{inner}" height="{box.height:g}" rx="6"/>'
        drawn += [frame, *inside]
        y += box.height + MARGIN
    drawn += _arrows(boxes)
    title = "The rooms of Keel, their layers, and how many imports point from one room to another"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:g}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n<style>{STYLE}\n</style>\n"
        f'<rect class="ground" width="{WIDTH}" height="{y:g}"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _room(room: str, x: float, y: float, width: float) -> tuple[Box, list[str]]:
    modules = len(graph().find_descendants(room)) + 1
    drawn = [
        f'<text class="name" x="{x + 10:g}" y="{y + 20:g}">{room}</text>',
        f'<text class="soft" x="{x + 78:g}" y="{y + 20:g}">{escape(ROOMS[room])}; {modules} modules</text>',
    ]
    top = y + HEAD
    for layer in layers(room):
        height, chips = _layer([_label(room, one) for one in layer], x + 8, top, width - 16)
        drawn += [
            f'<rect class="layer" x="{x + 8:g}" y="{top:g}" width="{width - 16:g}" height="{height:g}" rx="4"/>',
            *chips,
        ]
        top += height + 4
    return Box(y, max(top + 4 - y, 66)), drawn


def _label(room: str, package: str) -> str:
    below = len(graph().find_descendants(f"{room}.{package}"))
    return f"{package} {below + 1}" if below else package


def _layer(labels: list[str], x: float, y: float, width: float) -> tuple[float, list[str]]:
    drawn: list[str] = []
    left, top = x + GAP, y + GAP / 2
    for label in labels:
        wide = len(label) * CHAR + 12
        if left + wide > x + width - GAP:
            left, top = x + GAP, top + CHIP + 3
        drawn += [
            f'<rect class="chip" x="{left:g}" y="{top:g}" width="{wide:g}" height="{CHIP - 2}" rx="3"/>',
            f'<text x="{left + 6:g}" y="{top + 14:g}">{label}</text>',
        ]
        left += wide + GAP
    return top + CHIP + 1 - y, drawn


def _arrows(boxes: dict[str, Box]) -> list[str]:
    """One line for each pair of rooms at the right, the shorter ones inside; its number stands where it begins."""
    pairs = sorted(between_rooms().items(), key=lambda one: (boxes[one[0][1]].y - boxes[one[0][0]].y, one[0]))
    begun, ended = Counter[str](), Counter[str]()
    drawn: list[str] = []
    edge = WIDTH - MARGIN - GUTTER
    for k, ((one, other), count) in enumerate(pairs):
        # Lines leave a room in its lower part and arrive in its upper part, so that none meets another.
        begin = boxes[one].y + boxes[one].height - 10 - 15 * begun[one]
        end = boxes[other].y + 12 + 12 * ended[other]
        begun[one] += 1
        ended[other] += 1
        x = edge + 46 + 10 * k
        drawn += [
            f'<path class="arrow" d="M{edge:g},{begin:g} H{x:g} V{end:g} H{edge + 6:g}"/>',
            f'<path class="tip" d="M{edge:g},{end:g} l7,-4 v8 z"/>',
            f'<text class="soft" x="{edge + 8:g}" y="{begin - 3:g}">{count}</text>',
        ]
    return drawn
