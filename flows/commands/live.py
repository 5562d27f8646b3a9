"""The acts that live trading asks a person for: which are missing, confirming it, taking that back."""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from conf import home
from flows.commands.output import AsJson, Who, Why, name_of, out, progress, readable, show_json, show_rows, working
from models.types import BadInput, Refused, iso
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_accounts, build_desk, build_journal, journal_place, live_obstacle, trading_venues
from tasks.ports import VenueAccount
from tasks.session.desk import Desk
from tasks.session.living import (
    Asked,
    MissingAct,
    Terms,
    configured_caps,
    confirm_live,
    key_of,
    live_venues,
    missing_acts,
    phrase_for,
    require_sound_key,
    revoke_in,
    standing,
    terms_of,
)

live = typer.Typer(
    help="Live trading asks for an earned stage (keel stage), a sound key, keel live confirm, and --live on every run.",
    no_args_is_help=True,
)

AtVenue = Annotated[str, typer.Option("--venue", help="Where the orders would go.")]
REFUSED = 3


@live.command("status")
def status(as_json: AsJson = False) -> None:
    """Every act and what is missing; exit code 3 when one is. The flag --live is given with each run."""
    desk = build_desk()
    with working():
        asked = standing(desk.loaded.settings, _accounts(desk), build_journal(desk))
    missing, obstacle = missing_acts(asked), live_obstacle(desk)
    if as_json:
        show_json(_json(asked, missing, obstacle))
    else:
        _show(asked, missing, obstacle)
    if missing or obstacle:
        raise typer.Exit(REFUSED)


@live.command("confirm")
def confirm(
    venue: AtVenue,
    phrase: Annotated[str | None, typer.Option("--phrase", help="What a terminal would ask to be typed.")] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show what real orders at the venue would be about, and write down that a person confirmed it.

    It is void when capital, a cap or the way of a stop is raised, a symbol is added, or with another key, profile or
    address; and after keel live revoke.
    """
    desk = build_desk()
    settings = desk.loaded.settings
    with working():
        # Before a venue is asked anything: whether orders would go there.
        terms = terms_of(settings, venue, configured_caps(settings), key="")
        account = build_accounts(desk, (venue,))[venue]
        rights = account.rights()
        require_sound_key(settings, rights)
        terms = replace(terms, key=key_of(rights))
        _show_terms(venue, terms, account)
    said = _typed(phrase_for(venue, terms)) if phrase is None else phrase
    act = confirm_live(build_journal(desk), venue, terms, said, name_of(who), desk.clock.now())
    if as_json:
        show_json({"venue": venue, "who": act.who, "at": iso(act.at), "capital": str(act.capital), "gate": act.gate})
    else:
        out.print(f"confirmed by {act.who}: {act.phrase}; keel live status says what is missing", highlight=False)


@live.command("revoke")
def revoke(
    venue: AtVenue,
    why: Why,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take the confirmation back: the next live run at the venue is refused. It asks for no configuration."""
    act = revoke_in(journal_place(home()), venue, trading_venues(), name_of(who), why, SystemClock().now())
    if as_json:
        show_json({"venue": venue, "who": act.who, "at": iso(act.at), "why": act.phrase})
    else:
        out.print(f"live trading at {venue} is revoked", highlight=False)


def _accounts(desk: Desk) -> dict[str, VenueAccount | BadInput]:
    return {one: _opened(desk, one) for one in live_venues(desk.loaded.settings)}


def _opened(desk: Desk, venue: str) -> VenueAccount | BadInput:
    """The account, or why there is none: to look at it is no reason to end."""
    try:
        return build_accounts(desk, (venue,))[venue]
    except BadInput as error:
        return error


def _typed(wanted: str) -> str:
    if not sys.stdin.isatty():
        raise Refused(f"there is no terminal to type in; say --phrase '{wanted}'")
    return str(typer.prompt(f"type {wanted} to confirm", default="", show_default=False, err=True))


def _json(asked: Asked, missing: tuple[MissingAct, ...], obstacle: str) -> dict[str, object]:
    venues = [
        {
            "venue": one.name,
            "sandbox": one.terms.is_sandbox,
            "capital": str(one.terms.capital),
            "gate": one.terms.as_gate(),
            "confirmed": None if one.confirmed is None else {"who": one.confirmed.who, "at": iso(one.confirmed.at)},
        }
        for one in asked.venues
    ]
    acts = [{"act": one.act.value, "venue": one.venue, "found": one.found, "todo": one.todo} for one in missing]
    return {
        "stage": asked.stage,
        "venues": venues,
        "missing": acts,
        "obstacle": obstacle,
        "ok": not (missing or obstacle),
    }


def _show(asked: Asked, missing: tuple[MissingAct, ...], obstacle: str) -> None:
    rows = [
        [
            one.name,
            "test account" if one.terms.is_sandbox else "real money",
            readable(float(one.terms.capital)),
            None if one.confirmed is None else f"{one.confirmed.who}, {iso(one.confirmed.at)}",
        ]
        for one in asked.venues
    ]
    show_rows(f"stage {asked.stage}", ["venue", "what", "capital", "confirmed by"], rows)
    for one in missing:
        # No table: a command in a narrow cell is cut in two.
        at = f" at {one.venue}" if one.venue else ""
        out.print(f"missing: {one.act.value}{at}; {one.found}; {one.todo}", highlight=False)
    if obstacle:
        out.print(obstacle, highlight=False)
    elif not missing:
        real = any(not one.terms.is_sandbox for one in asked.venues)
        where = "real orders" if real else "orders to the test account"
        out.print(f"nothing is missing: keel trade --once --live sends {where}", highlight=False)


def _show_terms(venue: str, terms: Terms, account: VenueAccount) -> None:
    """To standard error: it is what a person reads before they type."""
    gate = terms.as_gate()
    fields: dict[str, object] = {
        "venue": f"{venue}, {'its test account' if terms.is_sandbox else 'real money'}",
        "address": terms.url or "the venue's own",
        "key": terms.key,
        "capital": terms.capital,
        "symbols": ", ".join(gate["symbols"]),
        "largest order": gate["order_value"],
        "most in a day": gate["day_value"],
        "orders a minute": gate["orders_per_minute"],
        "slices of": gate["slice_notional"],
        "farthest from the market": gate["collar"],
        "orders at market": f"up to {terms.order_collar:%} from their reference",
        "profile": terms.profile,
        "disaster stop": f"{terms.disaster_stop:.0%} below the entry where the rules have none",
        "account": _told(account),
    }
    for name, value in fields.items():
        progress.print(f"{name:>24}  {value}", highlight=False)


def _told(account: VenueAccount) -> str:
    rows = sorted(account.balances().items())
    return ", ".join(f"{one.total} {asset}" for asset, one in rows) or "empty"
