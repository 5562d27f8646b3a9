"""The acts of a person as the command that trades asks for them: one that is missing, and nothing goes to the wire."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from binance_accounts import KEYS, ORDER_PATH
from exchange import Exchange, Symbol, WallClock
from exchange_process import exchange_thread
from live_homes import CAPITAL, VENUE, live_home

WITHDRAWS = ("enableWithdrawals", True)
ANYWHERE = ("ipRestrict", False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a home that trades at a simulated Binance."""

    keel: Callable[..., Any]
    exchange: Exchange
    patch: pytest.MonkeyPatch

    def confirms(self) -> None:
        phrase = f"LIVE {VENUE} {CAPITAL}"
        confirmed = self.keel("live", "confirm", "--venue", VENUE, "--phrase", phrase, "--who", "anna")
        assert confirmed.code == 0, confirmed.err

    def trades_without(self, *acts: str, right: tuple[str, bool] = WITHDRAWS) -> Any:
        """What the command that is scheduled comes to; `right` is what is wrong with the key where its rights are."""
        usual = dict(self.exchange.restrictions)
        with self.patch.context() as less:
            if "stage" in acts:
                less.setenv("KEEL_STAGE", "paper")
            if "keys" in acts:
                less.delenv("BINANCE_API_KEY")
            if "rights" in acts:
                self.exchange.restrictions |= dict([right])
            try:
                return self.keel("trade", "--once", "--json", *([] if "flag" in acts else ["--live"]))
            finally:
                self.exchange.restrictions |= usual

    @property
    def orders(self) -> list[str | None]:
        """The client ids of what was sent to be ordered."""
        sent = [one for one in self.exchange.log if one.method == "POST" and one.path.startswith(ORDER_PATH)]
        return [one.client_order_id for one in sent]


@pytest.fixture
def anna(keel, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    key, secret = KEYS.key.get_secret_value(), KEYS.secret.get_secret_value()
    money = {"USDT": Decimal(CAPITAL)}
    exchange = Exchange([Symbol()], WallClock(), balances=money, api_key=key, api_secret=secret)
    with exchange_thread(exchange) as server:
        # The profile is said, because another stage would bring another one, which nobody confirmed.
        home = live_home(keel_home, {"url": server.url, "feed": "none"})
        said = {"BINANCE_API_KEY": key, "BINANCE_SECRET_KEY": secret, "KEEL_TRADING__PROFILE": "conservative"}
        for name, value in (home.environment | said).items():
            monkeypatch.setenv(name, value)
        exchange.set_price("BTCUSDT", home.price)
        yield Person(keel, exchange, monkeypatch)


def test_with_every_act_an_order_goes_out(anna: Person) -> None:
    anna.confirms()
    traded = anna.trades_without()
    assert traded.code == 0, traded.err
    (wanted,) = [one["id"] for one in traded.json["intents"]]
    assert anna.orders == [f"{wanted}-1", f"{wanted}-s1"], "one order, and the stop that protects it"


@pytest.mark.parametrize(
    ("act", "right", "reason"),
    [
        ("stage", WITHDRAWS, "stage: the stage is paper; set stage: live in the configuration"),
        ("flag", WITHDRAWS, "flag: this run was not told to; say keel trade --once --live"),
        ("keys", WITHDRAWS, "keys at binance: binance is without BINANCE_API_KEY"),
        ("rights", WITHDRAWS, "rights at binance: the key may withdraw"),
        ("rights", ANYWHERE, "rights at binance: the key may be used from any address"),
        ("rights", ("enableInternalTransfer", True), "rights at binance: the key may transfer between accounts"),
        ("confirmation", WITHDRAWS, "confirmation at binance: nobody has confirmed it, or it was revoked"),
    ],
)
def test_without_one_of_the_acts_nothing_goes_out(anna: Person, act: str, right: tuple[str, bool], reason: str) -> None:
    if act != "confirmation":
        anna.confirms()
    refused = anna.trades_without(act, right=right)
    assert (refused.code, f"what is missing: (1) {reason}" in refused.err) == (3, True), refused.err
    assert "(2)" not in refused.err
    assert anna.orders == []


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_whichever_acts_are_missing_they_are_named_and_nothing_goes_out(anna: Person, is_confirmed: bool) -> None:
    if is_confirmed:
        anna.confirms()
    for count in range(1 if is_confirmed else 0, 5):
        for acts in itertools.combinations(("stage", "flag", "keys", "rights"), count):
            ended = anna.trades_without(*acts)
            assert anna.orders == [], acts
            if {"stage", "flag"} <= set(acts):
                assert ended.code == 0, (acts, ended.err)  # nobody wanted more than paper
                continue
            wanted = {*acts, *([] if is_confirmed else ["confirmation"])}
            if "keys" in acts:
                wanted.discard("rights")  # of a key that is not there nothing can be said
            named = set(re.findall(r"\(\d\) ([a-z]+)", ended.err))
            assert (ended.code, named) == (3, wanted), (acts, ended.err)
