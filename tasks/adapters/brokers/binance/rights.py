"""What a key of Binance's may do."""

from models.types.wire import KeyRights
from tasks.adapters.brokers.dialect import Ask

# Whatever trades or borrows anything but spot.
BESIDE_SPOT = ("enableMargin", "enableFutures", "enableVanillaOptions", "enablePortfolioMarginTrading")
TRANSFERS = ("enableInternalTransfer", "permitsUniversalTransfer")


def rights(ask: Ask) -> KeyRights:
    """By apiRestrictions; a right that it does not name is unknown."""
    said = {str(name): value for name, value in ask("rights of the key", "sapi_get_account_apirestrictions").items()}
    return KeyRights(
        venue="binance",
        can_trade=_flag(said, "enableSpotAndMarginTrading"),
        can_withdraw=_flag(said, "enableWithdrawals"),
        can_transfer=_any(said, TRANSFERS),
        address_restricted=_flag(said, "ipRestrict"),
        spot_only=_not(_any(said, BESIDE_SPOT)),
        said={name: str(value) for name, value in said.items()},
    )


def _flag(said: dict[str, object], name: str) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else None


def _any(said: dict[str, object], names: tuple[str, ...]) -> bool | None:
    flags = [_flag(said, name) for name in names]
    if any(flag is True for flag in flags):
        return True
    return None if any(flag is None for flag in flags) else False


def _not(flag: bool | None) -> bool | None:
    return None if flag is None else not flag
