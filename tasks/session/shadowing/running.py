"""Leading every challenger beside the champion, without orders."""

from collections.abc import Callable

from data.genome_shelf import GenomeShelf, Shelved
from models.specialists.genome_text import genome_from_json
from models.types import BadInput, Damaged, Regime
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.shadowing.comparing import duel_of
from tasks.session.shadowing.placing import book_with
from tasks.session.shadowing.report import Duel, Shadow, ShadowReport
from tasks.session.shadowing.watching import Scene, scene_of


def shadow(desk: Desk, report: Callable[[str], None]) -> ShadowReport:
    """Every challenger on the shelf in the place of its champion, and the configured book as it is: both folded from
    the first bar that closed after it was shelved to the newest one that had closed by the desk's clock.

    Decisions are those of the paper cycle, by the same step; what a person or the feeds forbade paper is not in them.
    Nothing is ordered, and no journal is read or written. `report` hears of what is amiss.

    Raises:
        BadInput: there is a challenger, and the lake lacks a series of the book.
        Damaged: stored data does not match its checksum.
    """
    shelved, unusable = _on_shelf(desk, report)
    if not shelved:
        return ShadowReport(None, None, desk.loaded.version, {}, (), unusable)
    book = configured_book(desk)
    scene = scene_of(desk, book, report)
    return ShadowReport(
        book=book.name,
        as_of=scene.newest(),
        config_version=desk.loaded.version,
        models=scene.models,
        shadows=tuple(_shadow(scene, book, *one) for one in shelved.items()),
        unusable=unusable,
    )


def _on_shelf(desk: Desk, report: Callable[[str], None]) -> tuple[dict[Regime, Shelved], dict[str, str]]:
    """The challengers, and by name what is wrong with those that cannot be used."""
    shelf = GenomeShelf(desk.home / "state" / "genomes")
    found: dict[Regime, Shelved] = {}
    unusable: dict[str, str] = {}
    for one in Regime:
        name = one.name.lower()
        try:
            shelved = shelf.challenger(name)
            if shelved is not None:
                genome_from_json(shelved.genome)  # the genes that are allowed may have changed since
                found[one] = shelved
        except (BadInput, Damaged) as error:
            unusable[name] = str(error)
            report(f"{name}: {error}")
    return found, unusable


def _shadow(scene: Scene, champion: Book, specialist: Regime, shelved: Shelved) -> Shadow:
    return Shadow(
        specialist=specialist,
        champion=getattr(scene.desk.loaded.settings.specialists, specialist.name.lower()),
        run=shelved.run,
        since=shelved.since,
        model=shelved.model,
        version=shelved.version,
        passed=shelved.passed,
        genome=genome_from_json(shelved.genome).sha256,
        duel=_duel(scene, champion, book_with(scene.desk, specialist, shelved.genome), shelved.since),
    )


def _duel(scene: Scene, champion: Book, challenger: Book, since: int) -> Duel | None:
    """None while fewer than two bars have closed since then."""
    first, newest = scene.first_after(since), scene.newest()
    if first is None or newest == first:
        return None
    series = champion.series[0]
    return duel_of(
        scene.led_by(champion, first),
        scene.led_by(challenger, first),
        scene.models,
        scene.desk.calendar(series),
        series.timeframe,
    )
