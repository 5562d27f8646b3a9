"""Counters and histograms: what the journal's rows add up to, read from where the last scrape ended.

They begin with the whole journal, so that they go on where they were when this process is started anew, and show what
the journal shows. A part that cannot be read keeps its last figures, is told of, and catches up later.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from data.journal import Journal
from data.journal.tallies import Ends, Spread, Tallies
from models.types import KeelError
from models.types.alerts import kind_of
from tasks.monitoring.samples import Sample

Key = tuple[str, tuple[str, ...]]
Bounds = dict[str, tuple[float, ...]]

CYCLE_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
ROUTE_S = (0.00001, 0.00002, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.1, 1.0)
ORDER_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
# Alerts by the first words of their keys that are events of a book's as well.
BY_BOOK = {"large loss": "keel_large_losses_total", "manual review": "keel_execution_failures_total"}

DECISIONS, FILLS, CYCLES, ORDERS, ALERTS = (
    f"counted {one}" for one in ("decisions", "fills", "cycles", "orders", "alerts")
)
# By what has a zero, the part that counts it.
PARTS = {
    "keel_switches_total": DECISIONS,
    "keel_route_seconds": DECISIONS,
    "keel_fills_total": FILLS,
    "keel_cycle_seconds": CYCLES,
    **dict.fromkeys(BY_BOOK.values(), ALERTS),
}


def bounds_of(cycle_seconds: float, order_seconds: float) -> Bounds:
    """By histogram, seconds, ascending; the limits of the rules are among them, so that no share is guessed there."""
    return {
        "keel_cycle_seconds": tuple(sorted({*CYCLE_S, cycle_seconds})),
        "keel_route_seconds": ROUTE_S,
        "keel_order_seconds": tuple(sorted({*ORDER_S, order_seconds})),
    }


@dataclass(slots=True)
class Counts:
    """What was counted so far; one thread at a time."""

    bounds: Bounds
    _counters: Counter[Key] = field(default_factory=Counter)
    _spreads: dict[Key, Spread] = field(default_factory=dict)
    _bars: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _told: frozenset[str] = frozenset()
    _known: set[str] = field(default_factory=set)

    def catch_up(self, journal: Journal) -> dict[str, str]:
        """Count what is new; why a part was not counted, by its name."""
        tallies = Tallies(journal.engine)
        try:
            ends = tallies.ends()
        except KeelError as error:
            return {"counters": str(error)}
        parts: dict[str, Callable[[], None]] = {
            DECISIONS: lambda: self._decisions(tallies, ends),
            FILLS: lambda: self._fills(tallies, ends.fill),
            CYCLES: lambda: self._cycles(tallies, ends.cycle),
            ORDERS: lambda: self._orders(tallies, ends.event),
            ALERTS: lambda: self._alerts(tallies, ends),
        }
        troubles = _troubles(parts)
        self._known |= parts.keys() - troubles.keys()
        return troubles

    def samples(self, books: Iterable[str], symbols: Iterable[str]) -> Iterator[Sample]:
        """All of it; what never happened to a book or a symbol of it is a zero, so that the first time is a step. What
        could not be counted yet has no zero: all that happened before would look like a step.
        """
        zeros = [one for one in _zeros(sorted({*books, *self._bars}), symbols) if PARTS[one[0]] in self._known]
        counters = dict.fromkeys(zeros, 0) | dict(self._counters)
        yield from (Sample(name, labels, float(count)) for (name, labels), count in counters.items())
        empty: dict[Key, Spread] = {
            (name, (book,)): Spread((0,) * len(self.bounds[name]), 0, 0.0)
            for name in ("keel_cycle_seconds", "keel_route_seconds")
            if PARTS[name] in self._known
            for book in sorted({*books, *self._bars})
        }
        yield from (Sample(name, labels, spread) for (name, labels), spread in (empty | self._spreads).items())

    def _decisions(self, tallies: Tallies, ends: Ends) -> None:
        for book, until in ends.bars.items():
            after = self._bars.get(book)
            if after is not None and until <= after:
                # Less than before: a restored journal, which goes on from there.
                self._bars[book] = until
                continue
            new: Counter[Key] = Counter()
            for of, by_symbol in (
                ("specialist", tallies.took_over(book, after, until)),
                ("model", tallies.rerouted(book, after, until)),
            ):
                new.update({("keel_switches_total", (book, of, one)): count for one, count in by_symbol.items()})
            for listed, count in tallies.routed(book, after, until).items():
                new.update({("keel_routed_total", (book, model)): count for model in json.loads(listed)})
            refused = tallies.refused(book, after, until)
            new.update({("keel_refusals_total", (book, reason.lower())): n for reason, n in refused.items()})
            routed = tallies.route_seconds(book, after, until, self.bounds["keel_route_seconds"])
            self._counters += new
            self._spread("keel_route_seconds", {book: routed})
            self._bars[book] = until

    def _fills(self, tallies: Tallies, until: int) -> None:
        found = tallies.filled(self._places.get("fills", 0), until)
        self._counters.update({("keel_fills_total", (book,)): count for book, count in found.items()})
        self._places["fills"] = until

    def _cycles(self, tallies: Tallies, until: int) -> None:
        found = tallies.cycle_seconds(self._places.get("cycles", 0), until, self.bounds["keel_cycle_seconds"])
        self._spread("keel_cycle_seconds", found)
        self._places["cycles"] = until

    def _orders(self, tallies: Tallies, until: int) -> None:
        after = self._places.get("orders", 0)
        admitted = tallies.admitted(after, until)
        answered = tallies.answer_seconds(after, until, self.bounds["keel_order_seconds"])
        self._counters.update({("keel_orders_total", labels): count for labels, count in admitted.items()})
        self._spread("keel_order_seconds", answered)
        self._places["orders"] = until

    def _alerts(self, tallies: Tallies, ends: Ends) -> None:
        # By key, because the outbox forgets rows, and a number that became free is given again.
        found, new = tallies.alerts(), Counter[Key]()
        for key in found.keys() - self._told:
            new["keel_alerts_raised_total", (kind_of(key).name, found[key])] += 1
            for words, name in BY_BOOK.items():
                if key.startswith(f"{words} "):
                    new[name, (_book_in(key.removeprefix(f"{words} "), ends.bars),)] += 1
        self._counters += new
        self._told = frozenset(found)

    def _spread(self, name: str, found: Mapping[str, Spread]) -> None:
        for label, new in found.items():
            before = self._spreads.get((name, (label,)))
            self._spreads[name, (label,)] = new if before is None else _together(before, new)


def _zeros(books: Iterable[str], symbols: Iterable[str]) -> Iterator[Key]:
    for book in books:
        for name in ("keel_fills_total", *BY_BOOK.values()):
            yield name, (book,)
        for symbol in symbols:
            for of in ("specialist", "model"):
                yield "keel_switches_total", (book, of, symbol)


def _book_in(words: str, books: Iterable[str]) -> str:
    """The book that the words begin with, the longest of several; names of books may have spaces."""
    fits = [one for one in books if words.startswith(f"{one} ")]
    return max(fits, key=len) if fits else words.partition(" ")[0]


def _together(one: Spread, other: Spread) -> Spread:
    within = tuple(a + b for a, b in zip(one.within, other.within, strict=True))
    return Spread(within, one.count + other.count, one.total + other.total)


def _troubles(parts: Mapping[str, Callable[[], None]]) -> dict[str, str]:
    found = {}
    for name, count in parts.items():
        try:
            count()
        except KeelError as error:
            found[name] = str(error)
        except Exception as error:  # noqa: BLE001 - shown as a part that is not well; the others go on
            found[name] = f"{type(error).__name__}: {error}"
    return found
