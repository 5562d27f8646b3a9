"""The `keel` command: where each command is, and errors turned into one sentence and an exit code."""

import logging
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from conf.secrets import scrub
from flows.commands.output import out, progress, show_json
from models.types import KeelError
from tasks.adapters.logs import log_as, log_to_console
from tasks.adapters.redaction import protect
from tasks.session.release import release_id

INTERRUPTED = 130
# Each with its module in flows.commands and its name there, in the order of the help.
COMMANDS = {
    "demo": "demo:demo",
    "check": "setup:check",
    "config": "setup:config",
    "secrets": "secrets:secrets",
    "up": "services:up",
    "down": "services:down",
    "status": "services:status",
    "deploy": "services:deploy",
    "worker": "services:worker",
    "serve": "serve:serve",
    "import": "data:import_archive",
    "ingest": "data:ingest_series",
    "data": "lake:data",
    "sql": "data:sql",
    "journal": "journal:journal",
    "backup": "backup:backup",
    "restore": "backup:restore_backup",
    "regimes": "regimes:regimes",
    "train": "training:train",
    "models": "models:models",
    "drift": "drift:drift",
    "gap": "gap:gap",
    "backtest": "research:run_backtest",
    "stress": "stress:stress",
    "validate": "validate:validate",
    "ablate": "ablate:ablate",
    "evolve": "evolution:evolve",
    "promote": "evolution:promote",
    "shadow": "shadow:shadow",
    "vault": "evolution:vault",
    "stage": "stage:stage",
    "bench": "bench:bench",
    "predict": "predict:predict",
    "trade": "trading:trade",
    "session": "session:show_session",
    "replay": "trading:replay",
    "explain": "explaining:explain",
    "router": "router:router",
    "risk": "risk:risk",
    "stop": "emergency:stop",
    "flatten": "emergency:flatten",
    "resume": "resume:resume",
    "adopt": "adopt:adopt_holding",
    "live": "live:live",
    "logs": "logs:logs",
    "report": "report:report",
    "taxes": "taxes:taxes",
    "guardian": "guardian:guardian",
    "alerts": "alerts:alerts",
    "drill": "drill:drill",
    "news": "news:news",
    "grafana": "grafana:grafana",
    "metrics": "metrics:metrics",
}


class OnDemand(TyperGroup):
    """Imports a command when it is asked for: a process wants one of them, and all together take seconds."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Names, in the order of the help."""
        return [*COMMANDS, *(name for name in super().list_commands(ctx) if name not in COMMANDS)]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # type: ignore[override]
        """The command; None where there is none, and then all are imported, for typer to propose a similar one."""
        if cmd_name not in self.commands:
            for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
                self.add_command(_imported(name), name)
        return super().get_command(ctx, cmd_name)  # type: ignore[return-value]


def _imported(name: str) -> TyperCommand | TyperGroup:
    module, _, attribute = COMMANDS[name].partition(":")
    found = getattr(import_module(f"flows.commands.{module}"), attribute)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]  # type: ignore[return-value]


app = typer.Typer(
    cls=OnDemand,
    help="Keel: research, paper and live trading on one decision path.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


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
