"""Looking at the configuration."""

from typing import Annotated

import typer

from conf import load, load_secrets
from conf.genomes import load_genomes
from flows.commands.output import AsJson, out, show_json, show_rows

config = typer.Typer(help="Resolved settings and where they come from.", no_args_is_help=True)


def check(as_json: AsJson = False) -> None:
    """Validate the configuration, the genomes and the secrets file; names file and line of what is wrong."""
    loaded = load()
    load_genomes(loaded.settings.specialists)
    present = load_secrets().present()
    if as_json:
        show_json({"ok": True, "config_version": loaded.version, "stage": loaded.settings.stage, "secrets": present})
    else:
        secrets = ", ".join(present) or "none, and none are needed for paper trading"
        out.print(f"configuration is valid, version {loaded.version[:12]}, stage {loaded.settings.stage}")
        out.print(f"secrets set: {secrets}")


@config.command("show")
def show(
    profile: Annotated[str | None, typer.Option(help="As if this risk profile were chosen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every resolved value with the file and line that it comes from."""
    loaded = load({"trading.profile": profile})
    if as_json:
        show_json({"config_version": loaded.version, "settings": loaded.settings.model_dump(mode="json")})
        return
    rows = [[".".join(key), entry.value, entry.place] for key, entry in sorted(loaded.leaves.items())]
    show_rows(f"configuration {loaded.version[:12]}", ["key", "value", "from"], rows)
