"""What each model is worth: alone after costs, and in what it is a part of."""

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    share_bar,
    show_by,
    show_json,
    working,
)
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.ablating import AblationReport
from tasks.session.ablating import ablate as ablate_models
from tasks.session.ablating.proving import sentence_of
from tasks.session.ablating.publishing import publish
from tasks.session.ablating.showing import costs_sentence, intervals_sentence, tables_of


def ablate(venue: Venue = None, symbol: Symbol = None, timeframe: Timeframe = None, as_json: AsJson = False) -> None:
    """Measure what each model, alpha and feature group is worth out of sample, after costs, and write a report."""
    desk = build_desk(book_flags(venue, symbol, timeframe))
    with working() as say, share_bar() as bar:
        task = bar.add_task("starting", total=1.0)

        def advance(text: str, share: float) -> None:
            bar.update(task, description=text, completed=share)
            if not progress.is_terminal:
                say(f"{share:4.0%} {text}")

        report = publish(desk, build_tracker(desk), ablate_models(desk, advance), say)
    if as_json:
        show_json(report.as_json())
    else:
        show(report)


def show(report: AblationReport) -> None:
    """For people: tables, what to know of them, what is proposed, and where the page is."""
    for one in tables_of(report):
        show_by("series", one.title, one.rows)
        out.print(one.note, highlight=False)
    out.print(f"{costs_sentence(report)} {intervals_sentence(report)}", highlight=False)
    for proof in report.proofs:
        out.print(sentence_of(proof), highlight=False)
    for proposal in report.proposals:
        out.print(proposal.sentence, highlight=False)
        if proposal.rule is not None:
            out.print(f"    {proposal.rule}", highlight=False)
    out.print(f"report {report.page}", highlight=False)
