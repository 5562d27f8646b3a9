"""keel metrics: what Prometheus scrapes, and the files that it and Alertmanager are started with."""

from pathlib import Path
from typing import Annotated

import typer

from conf import load, load_secrets
from flows.commands.output import AsJson, out, show_json, warn
from tasks.adapters.servers import POOLS
from tasks.adapters.servers import status as ask_servers
from tasks.bootstrap import build_journal, build_standing_desk
from tasks.bootstrap.monitoring import metrics_of
from tasks.monitoring.reading import read_samples
from tasks.monitoring.rules import rules_of
from tasks.monitoring.servers import (
    NOTIFY_TOKEN,
    WATCH_TOKEN,
    Places,
    files_of,
    places_of,
    text_of,
    write_files,
    write_text,
)
from tasks.session.overview import Lookout

metrics = typer.Typer(help="What Prometheus scrapes, and what it alerts on.", no_args_is_help=True)


@metrics.command("show")
def show(as_json: AsJson = False) -> None:
    """One exposition, as GET /metrics of `keel serve` gives it; --json: its samples by metric."""
    desk = build_standing_desk(warn)
    journal = build_journal(desk)
    pools = POOLS[desk.loaded.settings.servers.pools]
    lookout = Lookout(lambda: desk, lambda: journal, lambda: ask_servers(desk.home, pools))
    found = metrics_of(lambda: desk, lookout, lambda: journal)
    found.background.ask()
    text = found.exposition()
    if as_json:
        show_json(read_samples(text))
    else:
        typer.echo(text.decode(), nl=False)


@metrics.command("rules")
def rules(
    to: Annotated[Path | None, typer.Option("--out", help="File to write (default: standard output).")] = None,
) -> None:
    """Prometheus' rules by the settings as they are now."""
    text = text_of(rules_of(load().settings))
    if to is None:
        typer.echo(text, nl=False)
        return
    write_text(to, text)
    out.print(f"wrote {to}; check it with: promtool check rules {to}", highlight=False)


@metrics.command("files")
def files(
    folder: Annotated[Path, typer.Argument(help="Where rules.yml, prometheus.yml, alertmanager.yml and tokens go.")],
    alertmanager: Annotated[str, typer.Option(help="Host and port of Alertmanager.")] = "127.0.0.1:9093",
    beside: Annotated[
        str | None, typer.Option(help="Webhook that Alertmanager tells when Keel itself is down: it cannot.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Everything that Prometheus and Alertmanager are started with, the API's tokens included (mode 0600)."""
    settings, secrets = load().settings, load_secrets()
    known = {WATCH_TOKEN: secrets.api_watch_token, NOTIFY_TOKEN: secrets.api_notify_token}
    tokens = {name: token.get_secret_value() for name, token in known.items() if token is not None}
    made = files_of(settings, Places(places_of(settings).keel, alertmanager, beside))
    write_files(folder, made, tokens)
    lacking = sorted(known.keys() - tokens.keys())
    if as_json:
        show_json({"folder": str(folder), "files": sorted((*made, *tokens)), "lacking": lacking})
        return
    out.print(f"wrote {', '.join(sorted((*made, *tokens)))} to {folder}", highlight=False)
    if lacking:
        warn(f"without {', '.join(lacking)}: set KEEL_API__WATCH_TOKEN and KEEL_API__NOTIFY_TOKEN in .env, and again")
