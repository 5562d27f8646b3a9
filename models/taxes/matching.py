"""All assets at once."""

from collections.abc import Iterable
from decimal import localcontext

from models.taxes.exact import EXACT
from models.taxes.lots import in_lots
from models.taxes.movements import Matched, Method, Movement
from models.taxes.share_pool import in_share_pool


def matched(movements: Iterable[Movement], method: Method) -> Matched:
    """Match every asset for itself; the order in which movements are given decides nothing.

    Raises:
        ValueError: a key is there twice.
    """
    by_asset: dict[str, list[Movement]] = {}
    keys = set[str]()
    for one in movements:
        by_asset.setdefault(one.asset, []).append(one)
        if one.key in keys:
            raise ValueError(f"the movement {one.key} is there twice; give each a name of its own")
        keys.add(one.key)
    with localcontext(EXACT):
        found = [
            in_share_pool(some) if method is Method.SHARE_POOL else in_lots(some, method)
            for _, some in sorted(by_asset.items())
        ]
    parts = sorted((part for one in found for part in one.parts), key=lambda part: part.movement.order)
    return Matched(tuple(parts), tuple(lot for one in found for lot in one.lots))
