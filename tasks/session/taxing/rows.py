"""The rows of the export: one for each acquisition, and one for each part of a lot that was disposed of."""

from decimal import Decimal

from models.taxes import Bought, Kind, Match, Matched, Movement, Part, is_bought_again, purchases
from tasks.session.ordering.rows import base_of
from tasks.session.taxing.asking import LIVE, Asked
from tasks.session.taxing.happenings import Dividend, Happenings, Source

# Their order is stable: scripts and spreadsheets count on it. New ones come last.
COLUMNS = (
    *("book", "row", "at", "year", "venue", "symbol", "asset", "quantity", "trade", "order", "side", "price"),
    *("fee", "fee_asset", "value", "lot", "match", "acquired", "disposed", "held_days", "term"),
    *("proceeds", "cost", "gain", "currency", "method", "rate", "rate_series", "rate_at", "known", "flags"),
)
NUMBERS = frozenset(
    ("year", "quantity", "price", "fee", "value", "held_days", "proceeds", "cost", "gain", "rate", "known")
)
LONG, SHORT = "long", "short"
Row = dict[str, str | int | bool | None]


def rows_of(asked: Asked, found: Happenings, matched: Matched) -> list[Row]:
    """Those of the period, the oldest first."""
    made: list[tuple[tuple[int, int, str], Row]] = [
        (one.order, _came(asked, one, found.sources[one.key]))
        for one in found.movements
        if not one.kind.is_sale and one.kind is not Kind.LEFT
    ]
    bought, named = purchases(found.movements), {one.key: one for one in found.movements}
    made += [(part.movement.order, _went(asked, part, found, bought)) for part in matched.parts]
    for lot in matched.lots:
        if lot.is_short and lot.name in named:
            one = named[lot.name]
            made.append((one.order, _owed(asked, one, lot.quantity, lot.cost, found)))
    made += [((one.at, 0, one.symbol), _paid(asked, one)) for one in found.dividends]
    made.sort(key=lambda one: one[0])
    return [row for (at, _, _), row in made if asked.start <= at < asked.end and asked.venue in (None, row["venue"])]


def _came(asked: Asked, one: Movement, source: Source) -> Row:
    is_whole = one.value is not None or one.kind in (Kind.SPLIT, Kind.MOVED)
    row = _row(asked, one, source, str(one.kind), one.quantity, one.value, is_whole)
    if one.kind.is_gain:
        row |= {"lot": one.key, "acquired": None if one.acquired is None else _time(asked, one.acquired)}
        row |= {"cost": plain(one.value)}
    return row


def _went(asked: Asked, part: Part, found: Happenings, bought: Bought) -> Row:
    one = part.movement
    name = "cover" if part.match is Match.SHORT and one.kind.is_gain else str(one.kind)
    row = _row(asked, one, found.sources[one.key], name, part.quantity, part.proceeds, part.gain is not None)
    days = None if part.acquired is None else max(0, asked.day(part.disposed) - asked.day(part.acquired))
    term = None if days is None else LONG if days > asked.settings.long_term_days else SHORT
    row |= {
        "lot": part.lot,
        "match": str(part.match),
        "acquired": None if part.acquired is None else _time(asked, part.acquired),
        "disposed": _time(asked, part.disposed),
        "held_days": days,
        "term": term,
        "proceeds": plain(part.proceeds),
        "cost": plain(part.cost),
        "gain": plain(part.gain),
    }
    notes = [str(row["flags"])] if row["flags"] else []
    if part.cost is None and one.kind is not Kind.LEFT:
        notes.append("cost not known")
    if asked.settings.wash_days and is_bought_again(part, bought, asked.settings.wash_days):
        notes.append(f"wash: bought within {asked.settings.wash_days} days of this loss")
    return row | {"flags": "; ".join(notes)}


def _owed(asked: Asked, one: Movement, units: Decimal, brought: Decimal | None, found: Happenings) -> Row:
    """Sold, and not bought yet: no gain is made before it is."""
    row = _row(asked, one, found.sources[one.key], "short", units, brought, brought is not None)
    flags = "; ".join(filter(None, (str(row["flags"]), "sold beyond what is known to be held: open")))
    return row | {"lot": one.key, "disposed": _time(asked, one.at), "proceeds": plain(brought), "flags": flags}


def _paid(asked: Asked, one: Dividend) -> Row:
    moved = Movement(
        key=f"dividend/{one.account.name}/{one.symbol}/{one.at}",
        at=one.at,
        day=asked.day(one.at),
        kind=Kind.ARRIVED,
        asset=base_of(one.symbol),
        pool=one.account.name,
        quantity=one.units,
    )
    flags = (one.worth.trouble,) if one.worth.trouble else ()
    source = Source(one.account, None, one.worth, flags)
    row = _row(asked, moved, source, "dividend", one.units, one.money, one.money is not None)
    return row | {"symbol": one.symbol, "price": plain(one.cash)}


def _row(
    asked: Asked, one: Movement, source: Source, name: str, units: Decimal, value: Decimal | None, is_whole: bool
) -> Row:
    trade = source.trade
    row: Row = dict.fromkeys(COLUMNS)
    return row | {
        "book": "LIVE" if asked.book == LIVE else "PAPER",
        "row": name,
        "at": _time(asked, one.at),
        "year": asked.local(one.at).year,
        "venue": source.account.venue,
        "symbol": None if trade is None else trade.symbol,
        "asset": one.asset,
        "quantity": plain(units),
        "trade": None if trade is None else trade.trade_id,
        "order": None if trade is None else trade.cid,
        "side": None if trade is None else "buy" if trade.is_buy else "sell",
        "price": None if trade is None else plain(trade.price),
        "fee": None if trade is None else plain(trade.fee),
        "fee_asset": None if trade is None else trade.fee_asset,
        "value": plain(value),
        "currency": asked.settings.currency,
        "method": str(asked.method),
        "rate": plain(source.worth.rate) if source.worth.prices else None,
        "rate_series": source.worth.series or None,
        "rate_at": source.worth.times or None,
        "known": is_whole,
        "flags": "; ".join(source.flags),
    }


def _time(asked: Asked, at: int) -> str:
    return asked.local(at).isoformat().replace("+00:00", "Z")


def plain(figure: Decimal | None) -> str | None:
    """Every digit, without an exponent and without zeros that say nothing."""
    if figure is None:
        return None
    text = f"{figure:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text
