"""Real orders ask for the stage and the money that were earned; what is held is looked after whatever was earned."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from binance_accounts import KEYS
from earned_stages import EARNED_AT, earn, earned_journal, settings_with, show_one_position
from exchange import Exchange, Symbol, WallClock
from exchange_process import exchange_thread
from live_homes import CAPITAL, VENUE, live_home

from data.journal import Journal, LiveLog, open_journal
from models.stages import BOTTOM, Standing
from models.types import BadInput, Level, Refused, Stage
from models.types.wire import KeyRights
from tasks.adapters.brokers.opening import KEY_FINGERPRINT
from tasks.session.living import (
    Act,
    configured_caps,
    confirm_live,
    missing_acts,
    phrase_for,
    require_live,
    standing,
    terms_of,
)

KEY = "0123456789abcdef"
SOUND = KeyRights(VENUE, True, False, False, True, True, {KEY_FINGERPRINT: KEY})
MICRO, RUNG_1, RUNG_2 = Standing(Stage.MICRO), Standing(Stage.LIVE, 1), Standing(Stage.LIVE, 2)


class Account:
    """What of an account the acts ask."""

    def rights(self) -> KeyRights:
        return SOUND


CASES: list[tuple[Standing, dict[str, Any], list[Act]]] = [
    (BOTTOM, {"stage": "micro", "trading__capital": 100.0}, [Act.EARNED]),
    (BOTTOM, {"stage": "live"}, [Act.EARNED]),
    (MICRO, {"stage": "live", "trading__capital": 100.0}, [Act.EARNED]),
    (MICRO, {"stage": "micro", "trading__capital": 99.0}, [Act.CAPITAL]),
    (MICRO, {"stage": "micro", "trading__capital": 100.0}, []),
    (MICRO, {"stage": "micro", "trading__capital": 500.0}, []),
    (MICRO, {"stage": "micro", "trading__capital": 500.1}, [Act.CAPITAL]),
    (RUNG_1, {"stage": "live", "trading__capital": 1000.0}, []),
    (RUNG_1, {"stage": "live", "trading__capital": 1000.1}, [Act.CAPITAL]),
    (RUNG_1, {"stage": "live", "risk__ladder__rung": 2}, [Act.CAPITAL]),
    (RUNG_1, {"stage": "live", "risk__ladder__rung": 2, "trading__capital": 2500.0}, [Act.CAPITAL, Act.CAPITAL]),
    (RUNG_1, {"stage": "micro", "trading__capital": 600.0}, [Act.CAPITAL]),
    (RUNG_2, {"stage": "live", "risk__ladder__rung": 2, "trading__capital": 2500.0}, []),
    (RUNG_2, {"stage": "live", "risk__ladder__rung": 3, "trading__capital": 2500.0}, [Act.CAPITAL]),
    # Settings alone make no step worth more than it was when it was earned.
    (RUNG_1, {"stage": "live", "trading__capital": 9000.0, "risk__ladder__rungs": [10000.0]}, [Act.CAPITAL]),
    (MICRO, {"stage": "micro", "trading__capital": 900.0, "stages__money__micro_most": 999.0}, [Act.CAPITAL]),
    # Another symbol is another line, which has earned nothing.
    (RUNG_2, {"stage": "live", "trading__symbols": ["BTC/USDT", "ETH/USDT"]}, [Act.EARNED]),
    (RUNG_2, {"stage": "live", "trading__timeframe": "4h"}, [Act.EARNED]),
    # No real money is at stake.
    (BOTTOM, {"stage": "live", "venues__binance__sandbox": True}, []),
    (BOTTOM, {"stage": "live", "venues__binance__sandbox": True, "execution__venues": ["kraken"]}, [Act.EARNED]),
]


@pytest.mark.parametrize("changed", [{}, {"trading__haven": "BTC/EUR"}])
def test_a_thousand_of_another_currency_was_not_earned(tmp_path: Path, changed: dict[str, Any]) -> None:
    """1,000 is what a rung allows in dollars; in bitcoin it is other money."""
    symbols = ["ETH/USDT"] if changed else ["ETH/BTC"]
    settings = settings_with(stage="live", trading__symbols=symbols, trading__capital=1000.0, **changed)
    journal = open_journal(tmp_path / "journal.sqlite")
    earn(journal, settings, RUNG_1, EARNED_AT)
    found = missing_acts(standing(settings, {VENUE: Account()}, journal))
    assert [one.act for one in found if not one.venue] == [Act.CAPITAL]
    assert "EUR" in found[0].found or "BTC" in found[0].found


@pytest.mark.parametrize(("earned", "changed", "missing"), CASES)
def test_what_was_not_earned_is_missing(
    tmp_path: Path, earned: Standing, changed: dict[str, Any], missing: list[Act]
) -> None:
    journal, settings = earned_journal(tmp_path / "state", earned), settings_with(**changed)
    found = [one.act for one in missing_acts(standing(settings, {VENUE: Account()}, journal)) if not one.venue]
    assert found == missing


def confirmed(journal: Journal, settings: Any) -> None:
    terms = terms_of(settings, VENUE, configured_caps(settings), KEY)
    confirm_live(journal, VENUE, terms, phrase_for(VENUE, terms), "anna", 1)


def test_what_is_held_without_a_stage_is_sold_and_nothing_is_opened(tmp_path: Path) -> None:
    """Of any two of the three conditions nothing comes but a refusal."""
    settings = settings_with(stage="live")
    caps = configured_caps(settings)
    held = earned_journal(tmp_path / "held", BOTTOM)
    confirmed(held, settings)
    show_one_position(held, settings)
    found = require_live(settings, {VENUE: Account()}, LiveLog(held.engine), caps, True)
    assert (found.order_value, found.day_value) == (Decimal(0), Decimal(0))
    with pytest.raises(Refused, match=r"flag.*earned"):
        require_live(settings, {VENUE: Account()}, LiveLog(held.engine), caps, False)
    flat = earned_journal(tmp_path / "flat", BOTTOM)
    confirmed(flat, settings)
    with pytest.raises(Refused, match="earned: the book is at exploration by its record"):
        require_live(settings, {VENUE: Account()}, LiveLog(flat.engine), caps, True)


@dataclass(frozen=True, slots=True)
class Trading:
    """A book that trades live at a simulated Binance, and its home."""

    keel: Any
    exchange: Exchange
    folder: Path

    def cycle(self) -> Any:
        done = self.keel("trade", "--once", "--live", "--json")
        assert done.code == 0, done.err
        return done.json

    @property
    def resting(self) -> list[Any]:
        return [one for one in self.exchange.orders if one.status == "NEW"]


@pytest.fixture
def trading(keel, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trading]:
    key, secret = KEYS.key.get_secret_value(), KEYS.secret.get_secret_value()
    money = {"USDT": Decimal(CAPITAL)}
    exchange = Exchange([Symbol()], WallClock(), balances=money, api_key=key, api_secret=secret)
    with exchange_thread(exchange) as server:
        home = live_home(keel_home, {"url": server.url, "feed": "none"})
        for name, value in (home.environment | {"BINANCE_API_KEY": key, "BINANCE_SECRET_KEY": secret}).items():
            monkeypatch.setenv(name, value)
        exchange.set_price("BTCUSDT", home.price)
        keel("live", "confirm", "--venue", VENUE, "--phrase", f"LIVE {VENUE} {CAPITAL}", "--who", "anna")
        yield Trading(keel, exchange, keel_home)


def test_after_a_demotion_the_stop_is_kept_and_nothing_is_bought(trading: Trading) -> None:
    trading.cycle()
    (stop,) = trading.resting
    bought = trading.exchange.balance("BTC")
    shown = trading.keel("stage", "--json")
    assert (shown.code, shown.json["standing"]) == (0, {"stage": "live", "rung": 1})
    wanted = "PROMOTE binance|1h|BTC/USDT TO live rung 2"
    refused = trading.keel("stage", "promote", "--why", "soon", "--who", "anna", "--phrase", wanted)
    assert (refused.code, "wanted at least 14; (2) profit" in refused.err) == (3, True), refused.err
    done = trading.keel("stage", "demote", "--why", "holidays", "--who", "anna", "--json")
    assert (done.code, done.json["to"]) == (0, "micro"), done.err
    status = trading.keel("live", "status", "--json")
    assert [one["act"] for one in status.json["missing"]] == ["earned"]
    # Somebody takes the stop away; the next cycle is there to put it back, and for nothing else.
    trading.exchange.manual_cancel(stop.id)
    again = trading.cycle()
    assert again["repeated"] is True
    (other,) = trading.resting
    assert (other.id != stop.id, other.side) == (True, "SELL")
    assert trading.exchange.balance("BTC") == bought > 0
    flag = Journal(earned_engine(trading.folder)).stop()
    assert (flag.level, flag.who) == (Level.REDUCE, "anna")


def earned_engine(folder: Path) -> Any:
    from data.journal import open_journal

    return open_journal(folder / "state" / "journal.sqlite").engine


def test_without_keys_the_acts_name_keys_and_stage(tmp_path: Path) -> None:
    settings = settings_with(stage="live")
    journal = earned_journal(tmp_path / "state", BOTTOM)
    with pytest.raises(Refused, match=r"earned: .*keys at binance"):
        require_live(settings, {VENUE: BadInput("none")}, LiveLog(journal.engine), configured_caps(settings), True)
