"""What is at a venue and is not the book's: a person takes it in, or leaves it outside."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from flows.commands.output import AsJson, DryRun, Who, Why, name_of, show_fields, show_json, warn, working
from models.types import BadInput
from tasks.bootstrap import build_accounts, build_trading_desk, build_writing
from tasks.session.book import LONG, configured_book
from tasks.session.desk import Desk
from tasks.session.ordering.adopting import Wish, adopt, leave
from tasks.session.ordering.rows import base_of


def adopt_holding(
    venue: Annotated[str, typer.Option("--venue", help="Where it is.")],
    why: Why,
    symbol: Annotated[str | None, typer.Option("--symbol", help="Of the book, such as BTC/USDT.")] = None,
    asset: Annotated[str | None, typer.Option("--asset", help="With --leave: such as BTC.")] = None,
    quantity: Annotated[str | None, typer.Option("--quantity", help="Base units, a multiple of the lot.")] = None,
    price: Annotated[str | None, typer.Option("--price", help="What it counts for (default: the market's).")] = None,
    system: Annotated[str, typer.Option("--system", help="Which system gets it: long or swing.")] = LONG,
    stays: Annotated[bool, typer.Option("--leave", help="It is known and stays outside of the book.")] = False,
    who: Who = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take holdings that were there before, or came from elsewhere, into the allocated capital; or leave them outside.

    Until one or the other is said of what came from elsewhere its symbol is only reduced.
    """
    name = name_of(who)
    for option, text in (("who", name), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{option}; the journal keeps who did this, and why")
    desk, journal = build_trading_desk({}, warn)
    writing = build_writing(desk.loaded.settings.execution, journal)
    with working():
        if stays:
            which = _asset(symbol, asset)
            fields = leave(journal, writing, venue, which, name, why, dry_run).as_json()
        else:
            wanted, units = _required(symbol, quantity)
            account = build_accounts(desk, (venue,))[venue]
            worth = account.quote(wanted).mid if price is None else _figure("price", price)
            wish = Wish(configured_book(desk).name, system, wanted, units, worth, name, why)
            rules, lot = account.rules(wanted), _lot(desk, wanted)
            fields = adopt(journal, writing, rules, lot, wish, dry_run).as_json()
    if as_json:
        show_json(fields | {"dry_run": dry_run})
    else:
        show_fields("would be" if dry_run else "done", fields)


def _asset(symbol: str | None, asset: str | None) -> str:
    if (symbol is None) is (asset is None):
        raise BadInput("say which asset stays: --asset BTC, or --symbol BTC/USDT for its base")
    return base_of(symbol) if symbol is not None else str(asset)


def _required(symbol: str | None, quantity: str | None) -> tuple[str, Decimal]:
    if symbol is None or quantity is None:
        raise BadInput("say what is taken in: --symbol BTC/USDT --quantity 0.5; or --asset BTC --leave")
    return symbol, _figure("quantity", quantity)


def _figure(name: str, text: str) -> Decimal:
    try:
        figure = Decimal(text)
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite():
        raise BadInput(f"found --{name} {text!r}; give a figure such as 0.5")
    return figure


def _lot(desk: Desk, symbol: str) -> Decimal:
    for series in desk.book_series():
        if series.symbol == symbol:
            return Decimal(repr(desk.instrument(series).lot))
    known = ", ".join(one.symbol for one in desk.book_series())
    raise BadInput(f"the book does not trade {symbol}, only {known}; name one of those")
