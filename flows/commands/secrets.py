"""Venue keys: taking them in, and saying which are there. None is an argument, and none is ever shown."""

from dataclasses import asdict
from typing import Annotated

import typer

from conf import home
from conf.secrets import names_of
from flows.commands.output import AsJson, out, progress, show_json, show_rows, warn
from models.types import BadInput
from models.types.wire import KeyRights
from tasks.adapters.credentials import (
    TARGETS,
    KeyReport,
    Passphrase,
    asked_keys,
    check_secrets,
    keep,
    parsed_keys,
    person,
    read_line,
    standard_sources,
    writable,
)
from tasks.bootstrap import build_accounts, build_desk, trading_venues

RIGHTS = {
    "can_trade": "trade",
    "can_withdraw": "withdraw",
    "can_transfer": "transfer",
    "address_restricted": "only from known addresses",
    "spot_only": "only spot",
}

secrets = typer.Typer(help="Venue keys: environment, .env, OS keyring, encrypted file.", no_args_is_help=True)


@secrets.command("set")
def set_keys(
    venue: Annotated[str, typer.Argument(help="binance, alpaca, kraken, coinbase, bitget, or a source of data.")],
    to: Annotated[str, typer.Option("--to", help="keyring, file (encrypted) or env (the file .env).")] = "keyring",
    as_json: AsJson = False,
) -> None:
    """Ask for the keys of a venue and keep them; without a terminal, one JSON line on standard input has them."""
    names_of(venue)
    if to not in TARGETS:
        raise BadInput(f"found --to {to}; allowed is {', '.join(TARGETS)}")
    with person() as ask:
        sources = standard_sources(home(), Passphrase(ask))
        values = parsed_keys(venue, read_line()) if ask is None else asked_keys(venue, ask)
        kept = keep(values, writable(to, sources), sources)
    if as_json:
        show_json({"venue": venue, "to": to, "keys": kept.names, "place": kept.place, "shadowed": kept.shadowed})
        return
    out.print(f"kept in {kept.place}: {', '.join(kept.names)}", highlight=False)
    for name, above in kept.shadowed.items():
        warn(f"{name} is read from the {above}, which comes first; remove it there")


@secrets.command("check")
def check(
    venue: Annotated[list[str] | None, typer.Option("--venue", help="Only this venue; repeatable.")] = None,
    rights: Annotated[bool, typer.Option("--rights", help="Ask the venues what the keys may do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which keys are there, from which source, and what is wrong with a source; never a key."""
    with person() as ask:
        sources = standard_sources(home(), Passphrase(ask))
        report = check_secrets(venue or None, sources, _rights if rights else None)
    if as_json:
        show_json(_json(report))
    else:
        _show(report)
    if report.error is not None:
        raise typer.Exit(report.error.exit_code)


def _rights(venue: str) -> KeyRights | None:
    """What a venue that orders go to says that its key may do; nobody asks a source of data."""
    if venue not in trading_venues():
        return None
    return build_accounts(build_desk(), (venue,))[venue].rights()


def _json(report: KeyReport) -> dict[str, object]:
    sources = [{"name": one.name, "ok": one.ok, "why": one.why_not, "mode": one.mode} for one in report.sources]
    return {"ok": report.error is None, "sources": sources, "venues": [asdict(one) for one in report.venues]}


def _show(report: KeyReport) -> None:
    rows = [[one.name, one.why_not or "looked into", one.mode] for one in report.sources]
    show_rows("sources, the first that has a key is the one that counts", ["source", "", "mode"], rows)
    found = [
        [one.venue, key.name, key.source, ", ".join(key.also) or None] for one in report.venues for key in one.keys
    ]
    show_rows("keys", ["of", "name", "from", "also in"], found)
    asked = [one.rights for one in report.venues if one.rights is not None]
    if asked:
        may = [[one.venue, *(_said(getattr(one, name)) for name in RIGHTS)] for one in asked]
        show_rows("what the keys may do", ["at", *RIGHTS.values()], may)
    for one in report.venues:
        if one.mixed:
            progress.print(f"{one.venue}: its keys come from several sources; see that they are of one account")


def _said(right: bool | None) -> str:
    return {True: "yes", False: "no", None: "not said"}[right]
