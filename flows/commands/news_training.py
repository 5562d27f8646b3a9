"""keel news train, keel news compare."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.output import AsJson, out, show_json, show_rows, working
from tasks.bootstrap import build_desk, build_tracker

File = Annotated[Path, typer.Argument(metavar="FILE", help="Parquet or CSV file of labelled texts.")]
Text = Annotated[str, typer.Option("--text", help="Column of the texts.")]
Label = Annotated[
    str, typer.Option("--label", help="Column of the labels: bad, neutral, good and their like, or a score of -1..1.")
]


def train(file: File, text: Text = "text", label: Label = "label", as_json: AsJson = False) -> None:
    """Train a scorer on your own labels, and hold it against the lexicons on the same folds.

    It is kept as a version; it speaks when news.scorer names it.
    """
    from tasks.session.news import training
    from tasks.session.news.labelled import read_labelled
    from tasks.session.news.scorers import kept_in

    desk = build_desk({})
    with working() as say:
        kept = kept_in(desk.home)
        trained = training.train(read_labelled(file, text, label), kept, desk.clock.now(), say)
        training.log(build_tracker(desk), trained, say)
    if as_json:
        show_json(trained.as_json())
        return
    _show([one.as_json() for one in trained.scored])
    out.print(f"kept as {trained.card.version}; it speaks when news.scorer is {trained.card.version}", highlight=False)


def compare(file: File, text: Text = "text", label: Label = "label", as_json: AsJson = False) -> None:
    """Hold the lexicons, and a classifier trained in each fold, against labels; keep nothing."""
    from tasks.session.news import comparing
    from tasks.session.news.labelled import read_labelled

    with working() as say:
        labelled = read_labelled(file, text, label)
        scored = comparing.compare(labelled, comparing.lexicons(), say)
    rows = [one.as_json() for one in scored]
    if as_json:
        show_json({"rows": labelled.rows, "left_out": labelled.left_out, "scorers": rows})
    else:
        _show(rows)


def _show(rows: list[dict[str, Any]]) -> None:
    figures = [name for name in rows[0] if name != "confusion"]
    show_rows("macro-F1 by cross-validation", figures, [[row[name] for name in figures] for row in rows])
    for row in rows:
        said = ["labelled", "said bad", "neutral", "good"]
        named = [[name, *counts] for name, counts in zip(("bad", "neutral", "good"), row["confusion"], strict=True)]
        show_rows(f"{row['scorer']}: mean counts", said, named)
