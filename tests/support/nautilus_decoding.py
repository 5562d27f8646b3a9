"""Run by an interpreter that has nautilus_trader: decodes each `[name, text]` of standard input, and says what failed.

Its decoders refuse a missing field and a wrong type; orders and trades are then turned into its reports as well.
"""

import json
import sys
from typing import Any

import msgspec  # type: ignore[import-not-found]
from nautilus_trader.adapters.binance.common.schemas import account, market  # type: ignore[import-not-found]
from nautilus_trader.adapters.binance.spot.enums import BinanceSpotEnumParser  # type: ignore[import-not-found]
from nautilus_trader.adapters.binance.spot.schemas import account as spot_account  # type: ignore[import-not-found]
from nautilus_trader.adapters.binance.spot.schemas import market as spot_market
from nautilus_trader.adapters.binance.spot.schemas import user
from nautilus_trader.core.uuid import UUID4  # type: ignore[import-not-found]
from nautilus_trader.model.identifiers import AccountId, InstrumentId  # type: ignore[import-not-found]

SCHEMAS: dict[str, Any] = {
    "time": market.BinanceTime,
    "exchangeInfo": spot_market.BinanceSpotExchangeInfo,
    "depth": market.BinanceDepth,
    "klines": list[market.BinanceKline],
    "ticker/24hr": market.BinanceTicker24hr,
    "ticker/price": market.BinanceTickerPrice,
    "ticker/bookTicker": market.BinanceTickerBook,
    "account": spot_account.BinanceSpotAccountInfo,
    "order": account.BinanceOrder,
    "newOrder": account.BinanceOrder,
    "canceled": account.BinanceOrder,
    "canceledAll": list[account.BinanceOrder],
    "orders": list[account.BinanceOrder],
    "myTrades": list[account.BinanceUserTrade],
    "rateLimit/order": list[market.BinanceRateLimit],
    "executionReport": user.BinanceSpotOrderUpdateData,
    "outboundAccountPosition": user.BinanceSpotAccountUpdateMsg,
    "kline": market.BinanceCandlestickMsg,
    "trade": spot_market.BinanceSpotTradeMsg,
    "depthUpdate": market.BinanceOrderBookMsg,
    "bookTicker": market.BinanceQuoteMsg,
    "24hrTicker": market.BinanceTickerMsg,
}
OWNER, BITCOIN = AccountId("BINANCE-001"), InstrumentId.from_str("BTCUSDT.BINANCE")


def check(name: str, text: str) -> None:
    """Nothing, when nautilus_trader understands it; whatever it raises otherwise."""
    read = msgspec.json.decode(text, type=SCHEMAS[name])
    for one in read if isinstance(read, list) else [read]:
        if isinstance(one, account.BinanceOrder) and one.time is not None:
            one.parse_to_order_status_report(OWNER, BITCOIN, UUID4(), BinanceSpotEnumParser(), False, 0)
        elif isinstance(one, account.BinanceUserTrade):
            one.parse_to_fill_report(OWNER, BITCOIN, UUID4(), 0)


def main() -> None:
    """Writes `{"read": count, "failed": [[name, why, text], ..]}`."""
    failed = []
    texts = json.load(sys.stdin)
    for name, text in texts:
        try:
            check(name, text)
        except Exception as error:  # noqa: BLE001 every failure is an answer here
            failed.append([name, f"{type(error).__name__}: {error}", text])
    json.dump({"read": len(texts), "failed": failed}, sys.stdout)


if __name__ == "__main__":
    main()
