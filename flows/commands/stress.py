"""Stress tests: what the book would lose, and what to sell where that is too much."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    show_json,
    show_rows,
    steps_bar,
    warn,
    working,
)
from models.types import BadInput, iso
from tasks.bootstrap import build_tracker, stress_desk
from tasks.session.stressing.acting import command_that_acts
from tasks.session.stressing.running import Request
from tasks.session.stressing.session import StressRun, run_stress_test
from tasks.session.stressing.showing import (
    TITLES,
    acted_matrix,
    books_of,
    contribution_rows,
    cut_rows,
    held_sentence,
    holding_rows,
    loss_matrix,
    mapped_sentence,
    proposal_sentence,
    reverse_rows,
    unplayed_sentence,
)


def stress(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="One of conf/stress.yaml; repeatable (default: all).")
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="All that are named at once.")] = False,
    file: Annotated[Path | None, typer.Option(help="Scenarios to use instead of conf/stress.yaml.")] = None,
    act: Annotated[
        bool, typer.Option("--act", help="Raise the alert of a breach, and sell or propose to, by stress.on_breach.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put the book, and the fullest that each profile allows, through every scenario: losses, what acts, what to sell.

    Nothing is changed without --act. Exit code 2 when a scenario could not be used, after all others ran.
    """
    request = Request(tuple(scenario or ()), together, file)
    desk, journal = stress_desk(book_flags(venue, symbol, timeframe), act, warn)
    with working() as say, steps_bar(quiet=True) as bar:
        task = bar.add_task("reading the book", total=None)

        def advance(done: int, of: int, following: str) -> None:
            bar.update(task, completed=done, total=of, description=following)

        tested = run_stress_test(desk, journal, build_tracker(desk), request, act, advance, say)
    if as_json:
        show_json(tested.as_json())
    else:
        _show(tested)
    if tested.report.wrong:
        for one in tested.report.wrong:
            warn(f"scenario {one.name} could not be used: {one.why}")
        raise typer.Exit(BadInput.exit_code)


def _show(tested: StressRun) -> None:
    report, worst = tested.report, tested.report.worst
    out.print(f"newest bar {iso(report.as_of)}; {held_sentence(report)}", highlight=False)
    _show_rows("what is held", holding_rows(report))
    for book in books_of(report):
        _show_rows(f"losses of {TITLES[book]}, and the drawdown", loss_matrix(report, book))
        _show_rows("what acted first and when; days until the loss is earned back", acted_matrix(report, book))
    _show_rows("smallest shocks that break the limit", reverse_rows(report))
    if worst is not None:
        title = f"what each position made of {worst.scenario}, money: {TITLES[worst.book]}, {worst.profile}"
        _show_rows(title, contribution_rows(worst))
    for sentence in (mapped_sentence(report), unplayed_sentence(report)):
        if sentence:
            out.print(sentence, highlight=False)
    out.print(proposal_sentence(report), highlight=False)
    if report.proposal is not None:
        _show_rows("to be sold", cut_rows(report.proposal))
    if tested.response is not None:
        out.print(f"{tested.response.deed.value}: {tested.response.why}", highlight=False)
    elif report.proposal is not None:
        out.print(f"nothing was done; to act on it: {command_that_acts(report)}", highlight=False)
    out.print(f"page {tested.files.page}\nfigures {tested.files.figures}", highlight=False)


def _show_rows(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
