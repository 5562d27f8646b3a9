"""Looking at the configuration."""

from typing import Annotated

import typer

from conf import Loaded, load, load_secrets
from conf.explaining import Explained, explained
from conf.genomes import choose_genomes
from conf.limits import NAMES, Held, book_symbols, held_limits
from conf.scenarios import known_names, load_scenarios
from conf.schema.editors import local_schema
from flows.commands import parameters
from flows.commands.output import AsJson, Profile, out, show_json, show_rows
from models.types import BadInput
from models.types.limits import Limit

ALL_LIMITS = "limits"
config = typer.Typer(help="Resolved settings and where they come from.", no_args_is_help=True)
config.command("history")(parameters.history)
config.command("revert")(parameters.revert)
config.command("confirm")(parameters.confirm)


def check(as_json: AsJson = False) -> None:
    """Validate configuration, genomes, scenarios and the secrets file; names file and line of what is wrong, and each
    specialist that holds cash because it has no champion yet.
    """
    loaded = load()
    idle = [one.genome.specialist.name.lower() for one in choose_genomes(loaded.settings.specialists) if one.idle]
    wrong = load_scenarios(known_names(loaded.settings)).wrong
    if wrong:
        raise BadInput("; ".join(one.why for one in wrong))
    present = load_secrets().present()
    if as_json:
        fields = {"config_version": loaded.version, "stage": loaded.settings.stage, "secrets": present, "idle": idle}
        show_json({"ok": True} | fields)
    else:
        secrets = ", ".join(present) or "none, and none are needed for paper trading"
        out.print(f"configuration is valid, version {loaded.version[:12]}, stage {loaded.settings.stage}")
        out.print(f"secrets set: {secrets}")
        for name in idle:
            out.print(f"specialists.{name}: champion, but none was promoted: it holds cash; see keel evolve")


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


@config.command("schema")
def schema() -> None:
    """JSON Schema of conf/local.yaml, for editors: every key with its meaning and bounds, none of them required."""
    show_json(local_schema())


@config.command("explain")
def explain(
    key: Annotated[
        str,
        typer.Argument(help="A setting or group, such as risk.limits; a limit, such as max_position; or limits: all."),
    ],
    system: Annotated[str | None, typer.Option(help="Limits of this trading system: swing or long.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Limits in this symbol (default: all of the book).")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Where a setting comes from and what it overrode; which of several limits is the tightest, and the looser ones."""
    loaded = load({"trading.profile": profile})
    if key in NAMES or key == ALL_LIMITS:
        _show_limits(key, _chosen(loaded, key, system, symbol), as_json)
    elif system is None and symbol is None:
        _show_settings(key, explained(loaded, key), as_json)
    else:
        raise BadInput(f"{key} is no limit; leave out --system and --symbol, or name one of {', '.join(NAMES)}")


def _chosen(loaded: Loaded, name: str, system: str | None, symbol: str | None) -> list[Held]:
    """The limits of that name; of the account unless a system or a symbol was asked for that has a limit of its own."""
    shares = loaded.settings.systems
    trading = [one for one in type(shares).model_fields if getattr(shares, one).share > 0.0]
    symbols = book_symbols(loaded) if symbol is None else (symbol,)
    held = held_limits(loaded, trading if system is None else (system,), symbols)
    found = [one for one in held if name in (one.name, ALL_LIMITS)]
    own = [one for one in found if one.system] if system is not None or symbol is not None else []
    return own or found


def _show_limits(key: str, held: list[Held], as_json: bool) -> None:
    if as_json:
        show_json({"key": key, "limits": [_limit_json(one) for one in held]})
        return
    for one in held:
        out.print(f"{one.name} of {one.scope}: {one.winner.text}")
        for looser in one.candidates[1:]:
            out.print(f"    looser: {looser.text}")
    if not held:
        out.print(f"nothing limits {key}")


def _limit_json(one: Held) -> dict[str, object]:
    names = {"limit": one.name, "system": one.system, "symbol": one.symbol}
    return names | _written(one.winner) | {"looser": [_written(looser) for looser in one.candidates[1:]]}


def _written(one: Limit) -> dict[str, object]:
    return {"value": one.value, "source": one.source, "place": one.place}


def _show_settings(key: str, settings: tuple[Explained, ...], as_json: bool) -> None:
    if as_json:
        shown = [_setting_json(one) for one in settings]
        show_json(shown[0] if settings[0].key.lower() == key.lower() else {"key": key, "settings": shown})
        return
    for one in settings:
        out.print(f"{one.key}: {one.value} ({one.place})")
        out.print(f"    {one.meaning}; allowed is {one.allowed}" if one.meaning else f"    allowed is {one.allowed}")
        for below in one.overrode:
            out.print(f"    overrode: {below.value} ({below.place})")


def _setting_json(one: Explained) -> dict[str, object]:
    overrode = [{"value": below.value, "layer": below.layer, "place": below.place} for below in one.overrode]
    figures = {"key": one.key, "value": one.value, "layer": one.layer, "place": one.place}
    return figures | {"meaning": one.meaning, "allowed": one.allowed, "overrode": overrode}
