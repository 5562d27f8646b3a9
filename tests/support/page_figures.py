"""Every figure of the dashboard as a person reads it, held against the value that it says it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from browser import Page

# All elements with a data-field, and what has a digit and stands in none.
WALK = """(() => {
  const all = [...document.querySelectorAll('[data-field]')];
  const fields = all.map(e => [e.dataset.field, e.dataset.kind, e.textContent]);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const others = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const shown = node.parentElement.closest('[data-field], script, svg, #chart, #lost');
    if (/\\d/.test(node.data) && !shown) others.push(node.data);
  }
  return { revision: document.getElementById('board').dataset.revision, fields, others };
})()"""
SCALES = {"share": 100.0}
NUMBERS = frozenset({"money", "gain", "price", "quantity", "decimal", "share", "basis", "number", "times", "days"})
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
# The stage is looked at once a minute, by whoever looks at a moment of their own; this criterion grows with the clock.
HOURS, A_LOOK = re.compile(r"(?<=release_hours )[\d.]+"), 60.0 / 3600.0
NOT_KNOWN = "not known\u2013"


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure of the page."""

    path: str
    kind: str
    text: str


def walked(page: Page) -> tuple[str, list[Shown], list[str]]:
    """(revision of the journal, figures, texts with digits that are no figure)."""
    found = page.value(WALK)
    return found["revision"], [Shown(*one) for one in found["fields"]], found["others"]


def differs(one: Shown, root: object, patience: float = 0.0) -> str | None:
    """How the figure differs from what stands at its path, None where it does not. `patience`: seconds that an age may
    have grown.
    """
    try:
        value = at_path(root, one.path)
    except (LookupError, AttributeError, TypeError, ValueError, StopIteration) as error:
        return f"{one.path}: nobody knows it ({error!r})"
    text = one.text
    if patience and one.path.startswith("parts|"):
        # A part is heard of every second, and says when.
        text, value = (TIMES.sub("then", str(each)) for each in (text, value))
    if patience and one.path.startswith("standing|"):
        text, value = _without_hours(text, value, patience)
    is_same = text == NOT_KNOWN if value is None else _same(one.kind, text, value, patience)
    return None if is_same else f"{one.path}: the page says {one.text!r}, it is {value!r}"


def at_path(root: object, path: str) -> object:
    """Keys, places and fields, apart by `|`; `#` at the end is their number. A key may hold a `|` itself."""
    if path == "#":
        assert isinstance(root, Sequence | Mapping)
        return len(root)
    if isinstance(root, Mapping):
        key = next(key for key in sorted(root, key=len, reverse=True) if path == key or path.startswith(f"{key}|"))
        rest = path.removeprefix(key).removeprefix("|")
        return at_path(root[key], rest) if rest else root[key]
    step, _, rest = path.partition("|")
    below = root[int(step)] if isinstance(root, Sequence) else getattr(root, step)
    return at_path(below, rest) if rest else below


def _without_hours(text: str, value: object, patience: float) -> tuple[str, object]:
    """Both without the hours of a release, where these are no further apart than two looks at the stage."""
    shown, known = HOURS.search(text), HOURS.search(str(value))
    if shown is None or known is None:
        return text, value
    if abs(float(shown[0]) - float(known[0])) > A_LOOK + patience / 3600.0:
        return text, value
    return HOURS.sub("some", text), HOURS.sub("some", str(value))


def _same(kind: str, text: str, value: object, patience: float) -> bool:
    if kind in NUMBERS:
        return _same_number(text, SCALES.get(kind, 1.0) * float(value))  # type: ignore[arg-type]
    if kind == "count":
        return text == str(value)
    if kind == "moment":
        return abs((_moment(f"{text}+00:00") - _moment(str(value))).total_seconds()) < 1.0
    if kind == "age":
        number, unit = text.split()
        low = float(number.replace(",", "")) * UNITS[unit]
        return low - 1.0 <= float(value) + patience and float(value) - patience < low + UNITS[unit]  # type: ignore[arg-type]
    plain = [re.sub(r"[\W_]+", " ", one).casefold().strip() for one in (text, str(value))]
    return text == value if kind == "text" else plain[0] == plain[1]


def _same_number(text: str, value: float) -> bool:
    """Whether the text is the value to half of its last digit."""
    digits = text.split()[0].replace(",", "")
    mantissa, _, exponent = digits.partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return abs(float(digits) - value) <= 0.5000001 * 10.0**-decimals or (
        # Six significant digits of a round figure lose their zeros.
        abs(float(digits) - value) <= 5e-6 * abs(value)
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
