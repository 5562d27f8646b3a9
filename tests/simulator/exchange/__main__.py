"""`python -m exchange`: an account with money at BTC/USDT and ETH/USDT, until SIGTERM; prints its ports in a line."""

import argparse
import asyncio
import signal
from decimal import Decimal

from exchange.clocks import WallClock
from exchange.exchange import Exchange
from exchange.server import described, start
from exchange.symbols import Symbol


def main() -> None:
    """Serves."""
    parser = argparse.ArgumentParser(prog="exchange", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--api-key", default="key")
    parser.add_argument("--api-secret", default="secret")
    parser.add_argument("--fee-asset", choices=("quote", "received", "BNB"), default="received")
    parser.add_argument(
        "--balance", action="append", default=[], metavar="ASSET=AMOUNT", help="10000 USDT if none is given"
    )
    parser.add_argument("--price", action="append", default=[], metavar="SYMBOL=PRICE")
    asked = parser.parse_args()
    balances = dict(pair.split("=") for pair in asked.balance or ["USDT=10000"])
    exchange = Exchange(
        [Symbol(), Symbol("ETHUSDT", "ETH", lot=Decimal("0.0001"), min_qty=Decimal("0.0001"))],
        WallClock(),
        balances={asset: Decimal(amount) for asset, amount in balances.items()},
        api_key=asked.api_key,
        api_secret=asked.api_secret,
        fee_asset=asked.fee_asset,
        seed=asked.seed,
    )
    for symbol, price in {"BTCUSDT": "60000", "ETHUSDT": "3000", **dict(p.split("=") for p in asked.price)}.items():
        exchange.set_price(symbol, Decimal(price))
    asyncio.run(_serve(exchange, asked.port))


async def _serve(exchange: Exchange, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    doors = await start(exchange, port)
    print(described(doors), flush=True)
    await stopped.wait()
    await doors.close()


if __name__ == "__main__":
    main()
