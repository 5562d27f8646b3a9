"""Clients that believe to talk to Binance: by its real host names, through a proxy, over TLS of a test's authority."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest
import requests
from exchange import Exchange, Symbol, WallClock
from exchange.faults import Rule
from exchange.pipe import listening
from exchange.server import Server
from exchange.tls import HOSTS
from exchange_process import RealNames, exchange_process, exchange_thread, real_names

SPOT = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
PATIENCE_S = 120.0


@pytest.fixture
def venue() -> Iterator[Server]:
    exchange = Exchange([Symbol()], WallClock(), balances={"USDT": Decimal(100_000), "BTC": Decimal(1)})
    exchange.set_price("BTCUSDT", Decimal(50_000))
    with exchange_thread(exchange) as server:
        yield server


@pytest.fixture
def names(venue: Server, tmp_path: Path) -> Iterator[RealNames]:
    with real_names(venue.port, tmp_path) as names:
        yield names


def config(names: RealNames, **more: Any) -> dict[str, Any]:
    """What a client needs to know, and nothing about where the exchange really is."""
    return {
        "apiKey": "key",
        "secret": "secret",
        "timeout": 10_000,
        "options": dict(SPOT),
        "httpsProxy": names.url,
        **more,
    }


def test_the_plain_client_trades_under_the_real_name(venue: Server, names: RealNames) -> None:
    client = ccxt.binance(config(names))
    client.validateServerSsl = str(names.ca_file)
    placed = client.create_order("BTC/USDT", "limit", "buy", 0.01, 40_000, {"newClientOrderId": "by-proxy"})
    canceled = client.cancel_order(placed["id"], "BTC/USDT")
    assert (placed["clientOrderId"], canceled["status"]) == ("by-proxy", "canceled")
    assert set(names.asked) == {"api.binance.com:443"}
    assert [order.status for order in venue.exchange.orders_of("by-proxy")] == ["CANCELED"]


def test_the_asynchronous_client_trades_under_the_real_name(venue: Server, names: RealNames) -> None:
    async def scene() -> tuple[str, str]:
        client = ccxt.async_support.binance(config(names, cafile=str(names.ca_file)))
        try:
            placed = await client.create_order(
                "BTC/USDT", "market", "buy", 0.01, None, {"newClientOrderId": "by-async"}
            )
            return placed["clientOrderId"], placed["status"]
        finally:
            await client.close()

    assert asyncio.run(scene()) == ("by-async", "closed")
    assert set(names.asked) == {"api.binance.com:443"}


def test_an_order_and_its_reports_under_three_real_names(venue: Server, names: RealNames) -> None:
    async def scene() -> list[tuple[str, str]]:
        client = ccxt.pro.binance(config(names, cafile=str(names.ca_file), wssProxy=names.url))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await client.load_markets()
                watched = asyncio.ensure_future(client.watch_orders("BTC/USDT"))
                await client.ensure_user_data_stream_ws_subscribe_signature("spot")
                placed = await client.create_order(
                    "BTC/USDT", "limit", "buy", 0.01, 40_000, {"newClientOrderId": "told"}
                )
                seen = [(order["clientOrderId"], order["status"]) for order in await watched]
                watched = asyncio.ensure_future(client.watch_orders("BTC/USDT"))
                await asyncio.sleep(0)
                await client.cancel_order(placed["id"], "BTC/USDT")
                return [*seen, *((order["clientOrderId"], order["status"]) for order in await watched)]
        finally:
            await client.close()

    assert asyncio.run(scene()) == [("told", "open"), ("told", "canceled")]
    assert {host.split(":")[0] for host in names.asked} == {"api.binance.com", "ws-api.binance.com"}


def test_market_streams_under_the_real_name(venue: Server, names: RealNames) -> None:
    async def scene() -> float:
        client = ccxt.pro.binance(config(names, cafile=str(names.ca_file), wssProxy=names.url))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return float((await client.watch_order_book("BTC/USDT"))["bids"][0][0])
        finally:
            await client.close()

    venue_best = float(venue.exchange.markets["BTCUSDT"].book.bids.prices[-1])
    assert asyncio.run(scene()) == venue_best
    assert {host.split(":")[0] for host in names.asked} == {"api.binance.com", "stream.binance.com"}


def test_without_the_authority_nothing_is_sent(venue: Server, names: RealNames) -> None:
    client = ccxt.binance(config(names))
    with pytest.raises(ccxt.NetworkError) as raised:
        client.fetch_time()
    assert "CERTIFICATE_VERIFY_FAILED" in str(raised.value.__cause__)
    assert names.asked == ["api.binance.com:443"]
    assert venue.exchange.log == []


@pytest.mark.parametrize("module", [ccxt.async_support, ccxt.pro])
def test_asynchronous_clients_refuse_it_too(venue: Server, names: RealNames, module: Any) -> None:
    async def scene() -> None:
        client = module.binance(config(names))
        try:
            await client.fetch_time()
        finally:
            await client.close()

    with pytest.raises(ccxt.NetworkError) as raised:
        asyncio.run(scene())
    assert "CERTIFICATE_VERIFY_FAILED" in str(raised.value.__cause__)
    assert venue.exchange.log == []


def test_a_host_that_the_certificate_does_not_name_is_refused(venue: Server, names: RealNames) -> None:
    session = requests.Session()
    session.trust_env = False
    with pytest.raises(requests.exceptions.SSLError, match=r"Hostname mismatch"):
        session.get(
            "https://api.example.com/api/v3/time", proxies={"https": names.url}, verify=str(names.ca_file), timeout=10
        )
    assert names.asked == ["api.example.com:443"]


@pytest.mark.parametrize("host", HOSTS)
def test_every_exchange_of_the_desk_is_named(venue: Server, names: RealNames, host: str) -> None:
    session = requests.Session()
    session.trust_env = False
    answer = session.get(
        f"https://{host}/api/v3/time", proxies={"https": names.url}, verify=str(names.ca_file), timeout=10
    )
    assert answer.json().keys() == {"serverTime"}


def test_a_reset_stays_a_reset(venue: Server) -> None:
    venue.exchange.faults.add(Rule("reset_after", "GET", "/api/v3/time"))

    async def scene() -> None:
        async with listening(venue.port) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /api/v3/time HTTP/1.1\r\nHost: here\r\n\r\n")
            try:
                await asyncio.wait_for(reader.read(), PATIENCE_S)
            finally:
                writer.close()

    with pytest.raises(ConnectionResetError):
        asyncio.run(scene())


def test_only_connect_goes_through(names: RealNames) -> None:
    session = requests.Session()
    session.trust_env = False
    answer = session.get("http://api.binance.com/api/v3/time", proxies={"http": names.url}, timeout=10)
    assert answer.status_code == 405


def test_a_torn_connection_is_torn_through_proxy_and_tls(venue: Server, names: RealNames) -> None:
    venue.exchange.faults.add(Rule("reset_after", "POST", "/api/v3/order"))
    client = ccxt.binance(config(names))
    client.validateServerSsl = str(names.ca_file)
    client.load_markets()
    with pytest.raises(ccxt.NetworkError):
        client.create_order("BTC/USDT", "market", "buy", 0.01, None, {"newClientOrderId": "torn"})
    assert len(venue.exchange.orders_of("torn")) == 1


def test_the_process_outlives_a_client_and_is_steered_from_outside(tmp_path: Path) -> None:
    with exchange_process("--price", "BTCUSDT=50000", "--balance", "USDT=5000") as simulator:
        with real_names(simulator.port, tmp_path) as names:
            client = ccxt.binance(config(names))
            client.validateServerSsl = str(names.ca_file)
            client.create_order("BTC/USDT", "market", "buy", 0.01, None, {"newClientOrderId": "from-outside"})
        log = simulator.control("log")
    placed = [entry for entry in log if entry["client_order_id"] == "from-outside"]
    assert [(entry["method"], entry["path"], entry["accepted"]) for entry in placed] == [
        ("POST", "/api/v3/order", True)
    ]
