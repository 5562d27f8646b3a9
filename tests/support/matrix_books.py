"""What the tests of the fault matrix ask of a simulated book."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from exchange import LogEntry, Rule
from order_sims import Process, Simulation
from sim_oracle import problems
from sim_world import HEAD, ORDER

from data.journal import Journal, open_journal

# The first intent of the first decision, and its orders.
PARENT = f"{HEAD}-20240801T0001-0"
ENTRY, STOP = f"{PARENT}-1", f"{PARENT}-s1"


def at(place: str, hook: Callable[[Process], object]) -> Callable[[Process], None]:
    """A plan: something happens where the first process gets to a step for the first time, and never again."""
    seen: list[Process] = []

    def plan(process: Process) -> None:
        if not seen:
            seen.append(process)
            process.hooks[place] = lambda: hook(process)

    return plan


@contextmanager
def reopened(book: Simulation) -> Iterator[Journal]:
    """All there is of the journal is its file, as after a restart: it is opened anew for whatever is done here."""
    before = book.journals
    for one in before:
        one.engine.dispose()
    path = book.folder / "journal.sqlite"
    book.journals = open_journal(path), open_journal(book.folder / "b" / ".." / path.name)
    try:
        yield book.journals[0]
    finally:
        for one in book.journals:
            one.engine.dispose()
        book.journals = before


def fault(book: Simulation, name: str, method: str = "POST", path: str = ORDER, times: int | None = 1) -> None:
    """The next such requests meet it."""
    book.world.exchange.faults.add(Rule(name, method, path, times=times))


def sent(book: Simulation, cid: str | None = None, methods: Iterable[str] = ("POST",)) -> list[LogEntry]:
    """Orders that came to the exchange, accepted or not."""
    log = [one for one in book.world.exchange.log if one.path == ORDER and one.method in methods]
    return [one for one in log if cid in (None, one.client_order_id)]


def state(book: Simulation, cid: str) -> str:
    """Of an order by the journal."""
    order = book.log.order(cid)
    assert order is not None, f"the journal has no {cid}"
    return order.state.value


def told(book: Simulation, start: str) -> list[str]:
    """Alerts whose key begins so."""
    return [one.text for one in book.alerts if one.key.startswith(start)]


def assert_one_truth(book: Simulation) -> None:
    """The exchange answers again, and journal, book and exchange agree; everything is protected or told."""
    book.come_to_rest()
    assert problems(book) == []
