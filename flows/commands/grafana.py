"""keel grafana: Keel's dashboards into a Grafana, or as files."""

from pathlib import Path
from typing import Annotated

import typer

from conf.home import home
from conf.load import load
from conf.secrets import names_of
from flows.commands.output import AsJson, DryRun, show_fields, show_json, show_rows, warn, working

grafana = typer.Typer(help="Dashboards Edge Risk, Model Router, Execution and Data: into Grafana, or as files.")

Url = Annotated[str | None, typer.Option("--url", help="Grafana's address (default: monitoring.grafana_url).")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite dashboards that a person has changed as well.")]


@grafana.command("import")
def import_into(url: Url = None, force: Force = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Bring folder, data source and dashboards into Grafana. A second run changes nothing.

    The token is GRAFANA_TOKEN. A dashboard that a person has changed there is kept and named, unless --force is given.
    """
    from tasks.adapters.credentials import Passphrase, find, standard_sources
    from tasks.adapters.dashboards import Outcome, grafana_at, import_dashboards
    from tasks.monitoring.dashboards import dashboards_json, data_source_json, levels_of

    settings = load().settings
    token = find(names_of("grafana"), standard_sources(home(), Passphrase())).values.get("grafana_token")
    address = url or settings.monitoring.grafana_url
    source = data_source_json(settings.monitoring.prometheus_url)
    with working(), grafana_at(address, token) as server:
        done = list(import_dashboards(server, source, dashboards_json(levels_of(settings)), force, dry_run))
    kept = [one for one in done if one.outcome is Outcome.KEPT]
    if as_json:
        written = sum(one.outcome in (Outcome.MADE, Outcome.CHANGED) for one in done)
        listed = [
            {"of": one.of, "uid": one.uid, "title": one.title, "done": one.outcome, "why": one.why, "url": one.url}
            for one in done
        ]
        show_json({"url": address, "dry_run": dry_run, "written": written, "kept": len(kept), "done": listed})
        return
    rows = [[one.of, one.uid, one.title, one.outcome, one.url] for one in done]
    show_rows("would be done" if dry_run else "done", ["of", "uid", "title", "outcome", "url"], rows)
    for one in kept:
        warn(f"{one.of} {one.title} was kept: {one.why}")


@grafana.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made where it is missing.")],
    as_json: AsJson = False,
) -> None:
    """Write the dashboards as JSON files, for a Grafana that reads a folder, with the settings in force."""
    from tasks.monitoring.dashboards import dashboards_json, levels_of, write_dashboards

    written = write_dashboards(folder, dashboards_json(levels_of(load().settings)))
    if as_json:
        show_json({"written": [str(path) for path in written]})
    else:
        show_fields("written", {path.stem: path for path in written})
