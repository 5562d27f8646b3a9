"""Real orders ask for several separate acts of a person; each one that is missing is refused with its reason."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from binance_accounts import KEYS, new_exchange
from earned_stages import earned_journal
from exchange import Exchange, WallClock
from exchange_process import exchange_thread
from sqlalchemy import update

from conf import load
from conf.schema import Settings
from data.journal import Journal, LiveLog, open_journal
from data.journal.order_tables import live_acts
from models.stages import Standing
from models.types import BadInput, Damaged, Refused, Stage, Unavailable
from models.types.wire import KeyRights
from tasks.adapters.brokers.opening import KEY_FINGERPRINT
from tasks.session.living import (
    Act,
    configured_caps,
    confirm_live,
    missing_acts,
    phrase_for,
    require_live,
    revoke_live,
    standing,
    terms_of,
)

VENUE = "binance"
KEY = "0123456789abcdef"
SOUND = KeyRights(VENUE, True, False, False, True, True, {KEY_FINGERPRINT: KEY})
NO_KEYS = BadInput("no keys of binance are there")


class Account:
    """What of an account the acts ask."""

    def __init__(self, rights: KeyRights | Exception) -> None:
        self.said = rights

    def rights(self) -> KeyRights:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


RUNGS = (20_000.0,)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Of a book that has earned the first rung, which is high enough here."""
    return earned_journal(tmp_path / "state", Standing(Stage.LIVE, 1), RUNGS)


def settings_of(**changed: object) -> Settings:
    """Of a live book of one symbol at Binance, capital 10,000."""
    flags = {
        "stage": "live",
        "trading.venue": VENUE,
        "trading.symbols": ["BTC/USDT"],
        "trading.timeframe": "1h",
        "trading.haven": None,
        "trading.capital": 10_000.0,
        "risk.ladder.rungs": list(RUNGS),
    }
    return load(flags | {name.replace("__", "."): value for name, value in changed.items()}).settings


def confirmed(journal: Journal, settings: Settings) -> None:
    terms = terms_of(settings, VENUE, configured_caps(settings), KEY)
    confirm_live(journal, VENUE, terms, phrase_for(VENUE, terms), "anna", 1)


def required(journal: Journal, settings: Settings, key: object = SOUND, flag: bool = True):
    account = key if isinstance(key, BadInput) else Account(key)
    accounts: Mapping[str, object] = {VENUE: account}
    return require_live(settings, accounts, LiveLog(journal.engine), configured_caps(settings), flag)


def test_with_every_act_the_caps_are_those_that_were_confirmed(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    assert required(journal, settings) == configured_caps(settings)


ACTS = (Act.STAGE, Act.FLAG, Act.KEYS, Act.RIGHTS, Act.CONFIRMATION)


@pytest.mark.parametrize("there", list(itertools.product([False, True], repeat=len(ACTS))))
def test_every_act_that_is_missing_is_named_and_no_other(journal: Journal, there: tuple[bool, ...]) -> None:
    has = dict(zip(ACTS, there, strict=True))
    settings = settings_of(stage="live" if has[Act.STAGE] else "paper")
    if has[Act.CONFIRMATION]:
        confirmed(journal, settings)
    key = SOUND if has[Act.RIGHTS] else replace(SOUND, can_withdraw=True)
    wanted = {act for act in ACTS if not has[act]}
    if not has[Act.KEYS]:
        wanted.discard(Act.RIGHTS)  # of a key that is not there nothing can be said
    if not wanted:
        required(journal, settings)
        return
    with pytest.raises(Refused) as refusal:
        required(journal, settings, key if has[Act.KEYS] else NO_KEYS, flag=has[Act.FLAG])
    text = str(refusal.value)
    assert text.count("(") == len(wanted)
    assert {act for act in ACTS if f") {act.value}" in text} == wanted


@pytest.mark.parametrize(
    ("right", "value", "text"),
    [
        ("can_trade", False, "may not trade spot"),
        ("can_withdraw", True, "may withdraw"),
        ("can_transfer", True, "may transfer between accounts"),
        ("address_restricted", False, "may be used from any address"),
        ("spot_only", False, "may trade more than spot"),
    ],
)
@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("sandbox", [False, True])
def test_a_key_that_may_too_much_is_refused_whatever_is_acknowledged(
    journal: Journal, right: str, value: bool, text: str, acknowledged: bool, sandbox: bool
) -> None:
    names = [VENUE] if acknowledged else []
    settings = settings_of(execution__acknowledge_rights=names, venues__binance__sandbox=sandbox)
    confirmed(journal, settings)
    with pytest.raises(Refused, match=text):
        required(journal, settings, replace(SOUND, **{right: value}))


@pytest.mark.parametrize("right", ["can_trade", "can_withdraw", "can_transfer", "address_restricted", "spot_only"])
def test_what_a_venue_does_not_say_a_person_acknowledges(journal: Journal, right: str) -> None:
    key = replace(SOUND, **{right: None})
    plain, acknowledged, sandbox = (
        settings_of(),
        settings_of(execution__acknowledge_rights=[VENUE]),
        settings_of(venues__binance__sandbox=True),
    )
    confirmed(journal, plain)
    with pytest.raises(Refused, match="into execution"):
        required(journal, plain, key)
    required(journal, acknowledged, key)
    confirmed(journal, sandbox)
    required(journal, sandbox, key)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"trading__capital": 10_000.01}, "capital 10000.01 is above 10000"),
        ({"trading__symbols": ["BTC/USDT", "ETH/USDT"]}, "ETH/USDT was not among the symbols"),
        ({"trading__haven": "PAXG/USDT"}, "PAXG/USDT was not among the symbols"),
        ({"execution__gate__order_share": 1.1}, "order_value"),
        ({"execution__gate__day_turnover": 21.0}, "day_value"),
        ({"execution__gate__orders_per_minute": 61}, "orders_per_minute 61 is above 60"),
        ({"execution__gate__collar": 0.06}, "collar 0.06 is above 0.05"),
        ({"execution__gate__stale_seconds": 901.0}, "stale"),
        ({"execution__collar": 0.45}, "order_collar 0.45 is above"),
        ({"execution__disaster_stop": 0.99}, "disaster_stop 0.99 is above"),
        ({"execution__slice_notional": 1e9}, "slice_notional 1000000000.0 is above"),
        ({"trading__profile": "aggressive"}, "profile aggressive is not the confirmed"),
        ({"venues__binance__url": "http://127.0.0.1:9"}, "for the venue itself, not for http://127.0.0.1:9"),
        ({"venues__binance__sandbox": True}, "it was confirmed for real money"),
    ],
)
def test_more_than_was_confirmed_is_not(journal: Journal, changed: dict[str, object], text: str) -> None:
    confirmed(journal, settings_of())
    with pytest.raises(Refused, match=text):
        required(journal, settings_of(**changed))


def test_with_another_key_nothing_is_confirmed(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    for said in ({KEY_FINGERPRINT: "f" * 16}, {}):
        with pytest.raises(Refused, match="it was confirmed with another key"):
            required(journal, settings, replace(SOUND, said=said))


def test_a_key_that_is_not_known_confirms_nothing(journal: Journal) -> None:
    settings = settings_of()
    terms = replace(terms_of(settings, VENUE, configured_caps(settings), KEY), key="")
    with pytest.raises(BadInput, match="not known which key"):
        confirm_live(journal, VENUE, terms, phrase_for(VENUE, terms), "anna", 1)


def test_keys_that_the_venue_refuses_are_an_act_that_is_missing(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    accounts = {VENUE: Account(BadInput("binance refused the keys"))}
    with pytest.raises(Refused, match="keys at binance: binance refused the keys"):
        require_live(settings, accounts, LiveLog(journal.engine), configured_caps(settings), True)


def test_a_venue_out_of_reach_is_not_called_one_without_keys(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    asked = standing(settings, {VENUE: Account(Unavailable("silence"))}, journal)
    (missing,) = missing_acts(asked)
    assert (missing.act, "could not be asked" in missing.found) == (Act.RIGHTS, True)


MALFORMED = {
    "no JSON": ("gate", "{"),
    "nothing in it": ("gate", "{}"),
    "null": ("gate", "null"),
    "a list": ("gate", "[]"),
    "a figure that is none": ("gate", {"order_value": "NaN"}),
    "a number for a text": ("gate", {"day_value": 1}),
    "symbols as one text": ("gate", {"symbols": "BTC/USDT"}),
    "sandbox as a text": ("gate", {"sandbox": "false"}),
    "no key": ("gate", {"key": None}),
    "capital without end": ("capital", "Infinity"),
    "capital that is none": ("capital", "much"),
}


@pytest.mark.parametrize(("column", "value"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_row_that_cannot_be_read_confirms_nothing_and_can_be_revoked(
    journal: Journal, column: str, value: str | dict[str, object]
) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    if isinstance(value, dict):
        value = json.dumps(LiveLog(journal.engine).in_force(VENUE).gate | value)
    with journal.engine.begin() as connection:
        connection.execute(update(live_acts).values({column: value}))
    with pytest.raises(Damaged, match="confirmation of live trading at binance cannot be read"):
        required(journal, settings)
    revoke_live(journal, VENUE, (), "anna", "forged", 2)
    with pytest.raises(Refused, match="revoked"):
        required(journal, settings)


def test_less_than_was_confirmed_holds_at_once(journal: Journal) -> None:
    confirmed(journal, settings_of())
    lower = {"execution__collar": 0.001, "execution__disaster_stop": 0.01, "execution__slice_notional": 1.0}
    caps = required(journal, settings_of(trading__capital=5_000.0, execution__gate__orders_per_minute=10, **lower))
    assert (caps.order_value, caps.day_value, caps.orders_per_minute) == (5_000, 100_000, 10)


def test_another_venue_wants_acts_of_its_own(journal: Journal) -> None:
    confirmed(journal, settings_of())
    with pytest.raises(Refused, match=r"keys at kraken.*confirmation at kraken"):
        required(journal, settings_of(execution__venues=["kraken"]))


def test_what_was_revoked_holds_no_longer(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    revoke_live(journal, VENUE, (), "anna", "holidays", 2)
    with pytest.raises(Refused, match="revoked"):
        required(journal, settings)
    with pytest.raises(BadInput, match="nor anywhere else"):
        revoke_live(journal, VENUE, ("kraken",), "anna", "again", 3)
    confirmed(journal, settings)
    required(journal, settings)


def test_to_revoke_what_is_not_confirmed_names_what_is(journal: Journal) -> None:
    confirmed(journal, settings_of())
    with pytest.raises(BadInput, match="nothing is confirmed at 'binanec'; name one of binance"):
        revoke_live(journal, "binanec", ("alpaca", VENUE), "anna", "panic", 2)
    assert LiveLog(journal.engine).in_force(VENUE) is not None


def test_a_venue_that_does_not_answer_is_asked_again_later(journal: Journal) -> None:
    settings, silent = settings_of(), Unavailable("binance did not answer")
    confirmed(journal, settings)
    with pytest.raises(Unavailable, match="did not answer"):
        required(journal, settings, silent)
    with pytest.raises(Refused, match="flag"):
        required(journal, settings, silent, flag=False)


@pytest.mark.parametrize(
    "phrase", ["", "LIVE binance", "live binance 10000", "LIVE binance 10000.0", "LIVE kraken 10000"]
)
def test_nothing_but_the_phrase_confirms(journal: Journal, phrase: str) -> None:
    settings = settings_of()
    terms = terms_of(settings, VENUE, configured_caps(settings), KEY)
    with pytest.raises(Refused, match="'LIVE binance 10000'"):
        confirm_live(journal, VENUE, terms, phrase, "anna", 1)
    assert LiveLog(journal.engine).in_force(VENUE) is None


def test_the_journal_keeps_who_confirmed_what(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    act = LiveLog(journal.engine).in_force(VENUE)
    assert (act.who, act.phrase, act.capital) == ("anna", "LIVE binance 10000", Decimal(10_000))
    assert act.gate == {
        "order_value": "10000.00",
        "day_value": "200000.00",
        "orders_per_minute": "60",
        "collar": "0.05",
        "stale": "900000000",
        "symbols": ["BTC/USDT"],
        "sandbox": False,
        "order_collar": repr(settings.execution.collar),
        "disaster_stop": repr(settings.execution.disaster_stop),
        "slice_notional": repr(settings.execution.slice_notional),
        "profile": settings.trading.profile,
        "url": None,
        "key": KEY,
    }


def test_status_counts_the_flag_as_given(journal: Journal) -> None:
    settings = settings_of()
    asked = standing(settings, {VENUE: Account(SOUND)}, journal)
    assert [one.act for one in missing_acts(asked)] == [Act.CONFIRMATION]


# The commands.


@pytest.fixture
def at_venue(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """A simulated Binance that the configuration trades at, with keys that are its account's."""
    exchange = new_exchange(WallClock())
    with exchange_thread(exchange) as server:
        said = {
            "KEEL_TRADING__VENUE": VENUE,
            "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
            "KEEL_TRADING__HAVEN": "null",
            "KEEL_VENUES__BINANCE__URL": server.url,
            "BINANCE_API_KEY": KEYS.key.get_secret_value(),
            "BINANCE_SECRET_KEY": KEYS.secret.get_secret_value(),
        }
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        yield exchange


def test_status_says_what_is_missing_and_ends_with_3(keel) -> None:
    found = keel("live", "status", "--json")
    assert found.code == 3, found.err
    assert {"stage", "confirmation"} <= {one["act"] for one in found.json["missing"]}
    assert found.json["ok"] is False
    shown = keel("live", "status")
    assert (shown.code, "keel live confirm --venue" in shown.out) == (3, True)


def test_a_person_confirms_and_revokes(keel, at_venue: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE")
    assert (refused.code, "wanted exactly 'LIVE binance" in refused.err) == (3, True), refused.err
    phrase = refused.err.rpartition("wanted exactly '")[2].partition("'")[0]
    done = keel("live", "confirm", "--venue", VENUE, "--phrase", phrase, "--who", "anna", "--json")
    assert (done.code, done.json["who"], done.json["gate"]["sandbox"]) == (0, "anna", False), done.err
    assert KEYS.key.get_secret_value() not in done.out + done.err
    assert [one["act"] for one in keel("live", "status", "--json").json["missing"]] == ["stage"]
    with monkeypatch.context() as broken:
        broken.setenv("KEEL_STAGE", "papre")
        assert keel("live", "status").code == 2
        assert keel("live", "revoke", "--venue", "binanec", "--why", "enough").code == 2
        assert keel("live", "revoke", "--venue", VENUE, "--why", "enough").code == 0
    assert "confirmation" in [one["act"] for one in keel("live", "status", "--json").json["missing"]]


def test_none_of_the_acts_adopts_parameters(keel, keel_home: Path, at_venue: Exchange) -> None:
    keel("live", "status")
    keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE")
    keel("live", "revoke", "--venue", VENUE, "--why", "enough")
    assert open_journal(keel_home / "state" / "journal.sqlite").tables()["parameter_versions"] == []


@pytest.mark.parametrize("venue", ["nowhere", "sample", "kraken"])
def test_nothing_is_confirmed_where_no_orders_would_go(keel, at_venue: Exchange, venue: str) -> None:
    refused = keel("live", "confirm", "--venue", venue, "--phrase", f"LIVE {venue} 10000")
    assert (refused.code, "orders would not go to" in refused.err) == (2, True)


def test_nothing_is_confirmed_at_a_venue_that_takes_no_orders(keel) -> None:
    assert keel("live", "confirm", "--venue", "sample", "--phrase", "LIVE sample 10000").code == 2


def test_nothing_is_confirmed_without_sound_keys(keel, at_venue: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_KEY", "of-somebody-else")
    refused = keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE binance 10000")
    assert (refused.code, "refused the keys" in refused.err) == (2, True)
    monkeypatch.delenv("BINANCE_API_KEY")
    refused = keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE binance 10000")
    assert (refused.code, "BINANCE_API_KEY" in refused.err) == (2, True), refused.err


def test_a_key_that_may_withdraw_is_not_confirmed(keel, at_venue: Exchange) -> None:
    at_venue.restrictions["enableWithdrawals"] = True
    refused = keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE binance 10000")
    assert (refused.code, "the key may withdraw" in refused.err) == (3, True), refused.err
    assert "confirmation" in [one["act"] for one in keel("live", "status", "--json").json["missing"]]


def test_a_book_that_sells_short_is_not_ready_whatever_was_done(
    keel, at_venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_VENUES__BINANCE__SHORTS", "true")
    status = keel("live", "status", "--json")
    assert (status.code, status.json["ok"]) == (3, False)
    assert "long only" in status.json["obstacle"]


def test_without_a_terminal_the_phrase_is_asked_for(keel, at_venue: Exchange) -> None:
    refused = keel("live", "confirm", "--venue", VENUE)
    assert (refused.code, "--phrase" in refused.err) == (3, True)


def test_adopting_says_what_it_wants(keel) -> None:
    common = ("adopt", "--venue", VENUE, "--why", "test")
    assert keel(*common).code == 2
    assert keel(*common, "--leave").code == 2
    for quantity in ("much", "NaN", "Infinity"):
        asked = keel(*common, "--symbol", "BTC/USDT", "--quantity", quantity, "--price", "1")
        assert (asked.code, f"found --quantity '{quantity}'" in asked.err) == (2, True), asked.err
    nothing = keel(*common, "--asset", "BTC", "--leave")
    assert (nothing.code, "nothing of BTC at binance is external, nor is anything else" in nothing.err) == (3, True)
