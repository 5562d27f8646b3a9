"""The main job on embedded defaults, from ingest to paper trading and evolution, through real deployment runs."""

from typing import Annotated, Any

import typer

from conf import PROJECT, home
from flows.commands.output import AsJson, out, readable, say, show_json, show_rows, steps_bar, working
from flows.commands.research import show_figures
from tasks.adapters.servers import Plan, down, free_port, up
from tasks.bootstrap import build_desk, build_feed, build_journal, build_tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.demo import CRYPTO, demo_home, evolved, main_job, steps, try_crypto
from tasks.session.parity import Parity, hold_against_backtest
from tasks.session.publishing import with_sheet
from tasks.session.stressing.report import StressReport
from tasks.session.stressing.running import Request, stress
from tasks.session.stressing.showing import summary

# MLflow opens on a page about language models; the trainings are here.
TRAININGS = "/#/experiments/1/runs?workflowType=machine_learning"


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the servers running.")] = False, as_json: AsJson = False
) -> None:
    """Run the main job on data that is on this machine, in a home of its own; no keys and no network needed."""
    where = home() / "state" / "demo"
    with demo_home(where):
        plan = Plan(PROJECT, where, free_port(), free_port())
        left_running = False
        try:
            tested, parity, stressed, searched = _run(plan)
            left_running = keep
        finally:
            if not left_running:
                say("stopping the servers")
                down(where)
    if as_json:
        show_json(
            tested.as_json()
            | {"parity": parity.as_json(), "stress": stressed.as_json(), "evolution": searched}
            | {"prefect": plan.prefect_url, "mlflow": plan.mlflow_url}
        )
    else:
        _show(plan, tested, parity, stressed, searched, keep)
    if not parity.equal:
        say(f"paper and backtest differ: {parity.first_difference}")
        raise typer.Exit(1)


def _run(plan: Plan) -> tuple[BacktestReport, Parity, StressReport, dict[str, Any]]:
    desk = build_desk()
    with working():
        say(try_crypto(desk, build_feed(desk, CRYPTO, quick=True)))
    up(plan, say)
    with steps_bar() as bar:
        task = bar.add_task("starting", total=steps())
        main_job(plan, desk, say, lambda done, title: bar.update(task, description=title, completed=done))
    say("holding paper against the backtest")
    with working():
        tested = with_sheet(desk, backtest(desk, build_tracker(desk), None, None, say))
        journal = build_journal(desk)
        stressed = stress(desk, journal, Request(), lambda *_: None)
        return tested, hold_against_backtest(desk, journal), stressed, evolved(desk)


def _show(
    plan: Plan,
    tested: BacktestReport,
    parity: Parity,
    stressed: StressReport,
    searched: dict[str, Any],
    keep: bool,
) -> None:
    first, last = (moment[:10] for moment in tested.window)
    rows = [
        ["bars", f"{tested.run.panel.ts.size} daily, {first} to {last}"],
        ["regimes seen, bars of both", readable(tested.regimes)],
        ["volatility index", readable(tested.provenance.index_source)],
        [
            "paper bars, orders, fills, switches",
            f"{parity.bars}, {parity.orders}, {parity.fills}, {parity.switches}",
        ],
        ["paper equals backtest", "yes, to the bit" if parity.equal else str(parity.first_difference)],
        ["stress tests", summary(stressed)],
        ["evolution, a few generations", f"{searched['trials']:,} trials. {searched['verdict']}"],
    ]
    show_figures("Keel demo: S&P 500 and Nasdaq, real daily bars", tested)
    show_rows("How it came about", ["", ""], rows)
    out.print(f"tear sheet {tested.tear_sheet}", highlight=False)
    if tested.plausible:
        out.print(
            "In-sample figures are what an optimiser would have shown; the out-of-sample column is the honest one."
        )
    gone = "" if keep else " (stopped now; keel demo --keep leaves it running)"
    out.print(f"Prefect UI  {plan.prefect_url}{gone}\nMLflow UI   {plan.mlflow_url}{TRAININGS}{gone}", highlight=False)
    if keep:
        out.print(f"stop them with: KEEL_HOME={plan.home} keel down", highlight=False)
