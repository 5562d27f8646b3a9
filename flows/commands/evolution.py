"""Evolution: searching for specialists, looking into the vault, and promoting what has passed."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from rich.progress import Progress

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    show_json,
    show_rows,
    steps_bar,
    warn,
    working,
)
from models.types import Refused
from tasks.bootstrap import build_desk, build_journal, build_runner, build_tracker, journal_place
from tasks.session.desk import Desk
from tasks.session.evolving.asking import request_of
from tasks.session.evolving.ledger import ledger_of
from tasks.session.evolving.promoting import Promotion, promote_by_policy
from tasks.session.evolving.promoting import promote as promote_challenger
from tasks.session.evolving.publishing import publish
from tasks.session.evolving.report import Brief, EvolutionReport
from tasks.session.evolving.running import evolve as evolve_specialists
from tasks.session.evolving.showing import (
    failed_sentences,
    figure_rows,
    gate_matrix,
    promoting_sentence,
    search_rows,
    sides_of,
    trials_sentence,
)
from tasks.session.evolving.showing_vault import vault_sentence, vault_sides
from tasks.session.evolving.vault import open_vault
from tasks.session.learning.promoting import ModelPromotion, promote_models, require_one_kind

# Characters of a column in which no figure is cut off.
COLUMN = 13

vault = typer.Typer(
    help="The bars that no search reads; each look at them is logged and counted.", no_args_is_help=True
)

Specialist = Annotated[
    list[str] | None,
    typer.Option("--specialist", help="volatile, trending, ranging, crisis or all; repeatable (default: all)."),
]


def evolve(
    specialist: Specialist = None,
    generations: Annotated[
        int | None, typer.Option(help="Of each search (default: evolution.generations).", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoints of the same search.")] = False,
    runner: Annotated[str, typer.Option(help="Where it is computed: threads, or dask.")] = "threads",
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    fitness: Annotated[
        str | None, typer.Option(help="robust, composite or scaled (default: evolution.fitness).")
    ] = None,
    pareto: Annotated[
        bool | None, typer.Option("--pareto/--no-pareto", help="Also a front of return and drawdown.")
    ] = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="Show everything that was ever tried, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search for genomes of the specialists, put the winners through every gate, and write a dossier of each.

    That nothing passes is a result too: exit code 0, and the advice to hold cash.
    """
    flags = book_flags(venue, symbol, timeframe) | {"evolution.fitness": fitness, "evolution.pareto": pareto}
    request, desk = request_of(specialist or (), generations, resume), build_desk(flags)
    if ledger:
        _show_ledger(desk, as_json)
        return
    tracker = build_tracker(desk)
    with working() as say, steps_bar(quiet=True) as bar, build_runner(desk, runner) as computing:
        advance = _advancing(bar, say)
        try:
            found = evolve_specialists(desk, build_journal(desk), tracker, computing, request, advance)
        except KeyboardInterrupt:
            warn("interrupted; the same command with --resume goes on from the last checkpoints")
            raise
        advance("writing the dossiers", 1.0)
        report = publish(desk, tracker, found, say)
        promotions = promote_by_policy(desk, tracker, report, say)
    if as_json:
        show_json(report.as_json() | {"promotions": [one.as_json() for one in promotions]})
    else:
        show(report, promotions)


def promote(
    specialist: Annotated[str | None, typer.Argument(help="volatile, trending, ranging or crisis.")] = None,
    run: Annotated[
        str | None, typer.Option(help="The evolution that its challenger has to be of (default: the newest).")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Instead of a specialist: a model, such as xgboost.")] = None,
    version: Annotated[str | None, typer.Option(help="Of the model (default: the one trained last).")] = None,
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    as_json: AsJson = False,
) -> None:
    """Make a specialist's challenger its champion, through all of the gates; exit code 3 where one is not passed. Or
    let a stored version of a model speak for the series of the book.
    """
    require_one_kind(specialist, run, model, version, book_flags(venue, symbol, timeframe))
    desk = build_desk(book_flags(venue, symbol, timeframe))
    made: list[Promotion] | list[ModelPromotion]
    with working():
        if model is not None:
            made = promote_models(desk, build_tracker(desk), model, version)
        else:
            made = [promote_challenger(desk, build_tracker(desk), specialist or "", run)]
    if as_json:
        told = [one.as_json() for one in made]
        show_json(told[0] if len(told) == 1 else {"models": told})
    else:
        for one in made:
            out.print(one.sentence, highlight=False)
    if not all(one.done for one in made):
        raise typer.Exit(Refused.exit_code)


@vault.command("open")
def open_held_slice(
    why: Annotated[str, typer.Option("--why", help="What for; the trial ledger keeps it.")],
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    as_json: AsJson = False,
) -> None:
    """Try the candidates of the newest evolution on the held slice. The look is logged and charged as a trial."""
    desk = build_desk(book_flags(venue, symbol, timeframe))
    with working() as say, steps_bar(quiet=True) as bar:
        found = open_vault(desk, build_journal(desk), build_tracker(desk), why, _advancing(bar, say))
    if as_json:
        show_json(found.as_json())
        return
    _show_sides("held back, out of sample and in sample", vault_sides(found))
    out.print(vault_sentence(found), highlight=False)


def show(report: EvolutionReport, promotions: tuple[Promotion, ...]) -> None:
    """For people: gates, both samples, the search, what failed and why, and the verdict."""
    _show_rows("gates", gate_matrix(report))
    _show_sides("out of sample and in sample", sides_of(report))
    _show_rows("the search", search_rows(report))
    for sentence in (*failed_sentences(report), trials_sentence(report)):
        out.print(sentence, highlight=False)
    for name, page in report.pages.items():
        out.print(f"dossier of {name} {page}", highlight=False)
    out.print(report.verdict, highlight=False)
    for sentence in [one.sentence for one in promotions] or [promoting_sentence(report)]:
        if sentence:
            out.print(sentence, highlight=False)


def _show_ledger(desk: Desk, as_json: bool) -> None:
    view = ledger_of(build_journal(desk) if journal_place(desk.home).exists() else None)
    if as_json:
        show_json(view.as_json())
        return
    _show_rows("trials, the newest first", view.table())
    _show_rows("trials on each book", view.totals_table())
    if not view.rows:
        out.print("nothing was tried yet")


def _advancing(bar: Progress, say: Callable[[str], None]) -> Callable[[str, float], None]:
    """Moves the bar, or says what is done where there is none to be seen."""
    task = bar.add_task("starting", total=100)

    def advance(text: str, share: float) -> None:
        bar.update(task, description=text, completed=round(100.0 * share))
        if not progress.is_terminal:
            say(f"{share:4.0%} {text}")

    return advance


def _show_sides(title: str, sides: Mapping[str, Mapping[str, Brief | None]]) -> None:
    """The specialists beside each other, or under each other where figures would be cut off."""
    columns = 1 + sum(len(briefs) for briefs in sides.values())
    tables = [sides] if out.width >= COLUMN * columns else [{name: briefs} for name, briefs in sides.items()]
    for one in tables:
        _show_rows(title, figure_rows(one))


def _show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
