"""A figure of the page knows where in the overview it comes from: who reads the page can hold the two together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tasks.web.dashboard.words import KINDS

# Between the steps of a path: a symbol may hold dots, slashes and colons, but not this.
BETWEEN = "|"
NOT_KNOWN = Markup('<span class="unseen">not known</span><span aria-hidden="true">&ndash;</span>')
_SIGNED, _WORDS = ("gain", "basis"), ("text", "name", "reason", "book")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a page; `roots` are what its paths begin in."""

    roots: Mapping[str, object]

    def __call__(self, kind: str, *path: str | int) -> Markup:
        """The figure at the path in an element that names the path; where it is None, that it is not known."""
        value = found(self.roots, path)
        where = BETWEEN.join(map(str, path))
        text = NOT_KNOWN if value is None else KINDS[kind](value)
        return Markup('<span class="{}" data-field="{}" data-kind="{}">{}</span>').format(
            _look(kind, value), where, kind, text
        )

    def count(self, *path: str | int) -> Markup:
        """How many there are at the path."""
        where = BETWEEN.join(map(str, (*path, "#")))
        return Markup('<span class="figure" data-field="{}" data-kind="count">{}</span>').format(
            where, _length(found(self.roots, path))
        )

    def said(self, kind: str, value: object) -> str:
        """Text of the kind, for where no element can stand."""
        return "not known" if value is None else KINDS[kind](value)


def found(root: object, path: Sequence[str | int]) -> object:
    """What stands at the path: keys of mappings, places in sequences, fields of values."""
    for step in path:
        root = _below(root, step)
    return root


def _below(value: object, step: str | int) -> object:
    match value:
        case Mapping():
            return value[step]
        case Sequence() if isinstance(step, int):
            return value[step]
        case _:
            return getattr(value, str(step))


def _length(value: object) -> int:
    if not isinstance(value, Sequence | Mapping):
        raise TypeError(f"found {type(value).__name__}, allowed is what can be counted")
    return len(value)


def _look(kind: str, value: object) -> str:
    if value is None:
        return "figure none"
    if kind in _WORDS:
        return "word"
    if kind in _SIGNED and isinstance(value, int | float) and KINDS[kind](value).strip("+-0.,"):
        return "figure gain" if value > 0 else "figure loss"
    return "figure"
