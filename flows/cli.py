"""The `keel` command: registers the commands, and turns errors into one sentence and an exit code."""

import logging
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from conf.secrets import scrub
from flows.commands import (
    ablate,
    adopt,
    alerts,
    backup,
    bench,
    data,
    demo,
    drift,
    drill,
    emergency,
    evolution,
    explaining,
    gap,
    grafana,
    guardian,
    journal,
    lake,
    live,
    logs,
    metrics,
    models,
    news,
    predict,
    regimes,
    report,
    research,
    resume,
    risk,
    router,
    secrets,
    serve,
    services,
    session,
    setup,
    shadow,
    stage,
    stress,
    taxes,
    trading,
    training,
    validate,
)
from flows.commands.output import out, progress, show_json
from models.types import KeelError
from tasks.adapters.logs import log_as, log_to_console
from tasks.adapters.redaction import protect
from tasks.session.release import release_id

INTERRUPTED = 130

app = typer.Typer(
    help="Keel: research, paper and live trading on one decision path.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("demo")(demo.demo)
app.command("check")(setup.check)
app.add_typer(setup.config, name="config")
app.add_typer(secrets.secrets, name="secrets")
app.command("up")(services.up)
app.command("down")(services.down)
app.command("status")(services.status)
app.command("deploy")(services.deploy)
app.command("worker")(services.worker)
app.command("serve")(serve.serve)
app.command("import")(data.import_archive)
app.command("ingest")(data.ingest_series)
app.add_typer(lake.data, name="data")
app.command("sql")(data.sql)
app.add_typer(journal.journal, name="journal")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore_backup)
app.command("regimes")(regimes.regimes)
app.command("train")(training.train)
app.command("models")(models.models)
app.command("drift")(drift.drift)
app.command("gap")(gap.gap)
app.command("backtest")(research.run_backtest)
app.command("stress")(stress.stress)
app.command("validate")(validate.validate)
app.command("ablate")(ablate.ablate)
app.command("evolve")(evolution.evolve)
app.command("promote")(evolution.promote)
app.command("shadow")(shadow.shadow)
app.add_typer(evolution.vault, name="vault")
app.add_typer(stage.stage, name="stage")
app.command("bench")(bench.bench)
app.command("predict")(predict.predict)
app.command("trade")(trading.trade)
app.command("session")(session.show_session)
app.command("replay")(trading.replay)
app.command("explain")(explaining.explain)
app.command("router")(router.router)
app.add_typer(risk.risk, name="risk")
app.command("stop")(emergency.stop)
app.command("flatten")(emergency.flatten)
app.command("resume")(resume.resume)
app.command("adopt")(adopt.adopt_holding)
app.add_typer(live.live, name="live")
app.command("logs")(logs.logs)
app.command("report")(report.report)
app.command("taxes")(taxes.taxes)
app.command("guardian")(guardian.guardian)
app.add_typer(alerts.alerts, name="alerts")
app.command("drill")(drill.drill)
app.add_typer(news.news, name="news")
app.add_typer(grafana.grafana, name="grafana")
app.add_typer(metrics.metrics, name="metrics")


def _show_version(asked: bool) -> None:
    if asked:
        out.print(release_id(), highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR, to standard error.")] = "WARNING",
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show which release this is.")
    ] = False,
) -> None:
    if log_level.upper() not in logging.getLevelNamesMapping():
        raise typer.BadParameter("use DEBUG, INFO, WARNING or ERROR")
    log_to_console(log_level.upper())
    protect()  # here, because typer has set its own hook for errors by now


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # As Ctrl-C: whatever was started is stopped on the way out.
    raise KeyboardInterrupt


def _show_usage(ended: SystemExit) -> None:
    """For scripts what typer has told people: which option or argument is wrong."""
    told = getattr(ended.__context__, "format_message", None)
    if told is not None and "--json" in sys.argv:
        show_json({"error": scrub(told()), "exit_code": ended.code})


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 bad input, 3 refused, 130 interrupted."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    log_as("cli")
    try:
        app()
    except KeelError as error:
        if "--json" in sys.argv:
            show_json({"error": scrub(str(error)), "exit_code": error.exit_code})
        progress.print(scrub(f"keel: {error}"), style="red", highlight=False, markup=False)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        _show_usage(ended)
        raise
    except KeyboardInterrupt:
        progress.print("keel: interrupted", style="red")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
