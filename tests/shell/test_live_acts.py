"""Real orders ask for several separate acts of a person; each one that is missing is refused with its reason."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from conf import load
from conf.schema import Settings
from data.journal import Journal, LiveLog, open_journal
from models.types import BadInput, Refused, Unavailable
from models.types.wire import KeyRights
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
SOUND = KeyRights(VENUE, True, False, False, True, True)
NO_KEYS = BadInput("no keys of binance are there")


class Account:
    """What of an account the acts ask."""

    def __init__(self, rights: KeyRights | Exception) -> None:
        self.said = rights

    def rights(self) -> KeyRights:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


def settings_of(**changed: object) -> Settings:
    """Of a live book of one symbol at Binance, capital 10,000."""
    flags = {
        "stage": "live",
        "trading.venue": VENUE,
        "trading.symbols": ["BTC/USDT"],
        "trading.haven": None,
        "trading.capital": 10_000.0,
    }
    return load(flags | {name.replace("__", "."): value for name, value in changed.items()}).settings


def confirmed(journal: Journal, settings: Settings) -> None:
    terms = terms_of(settings, VENUE, configured_caps(settings))
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
        ({"venues__binance__sandbox": True}, "it was confirmed for real money"),
    ],
)
def test_more_than_was_confirmed_is_not(journal: Journal, changed: dict[str, object], text: str) -> None:
    confirmed(journal, settings_of())
    with pytest.raises(Refused, match=text):
        required(journal, settings_of(**changed))


def test_less_than_was_confirmed_holds_at_once(journal: Journal) -> None:
    confirmed(journal, settings_of())
    caps = required(journal, settings_of(trading__capital=5_000.0, execution__gate__orders_per_minute=10))
    assert (caps.order_value, caps.day_value, caps.orders_per_minute) == (5_000, 100_000, 10)


def test_another_venue_wants_acts_of_its_own(journal: Journal) -> None:
    confirmed(journal, settings_of())
    with pytest.raises(Refused, match=r"keys at kraken.*confirmation at kraken"):
        required(journal, settings_of(execution__venues=["kraken"]))


def test_what_was_revoked_holds_no_longer(journal: Journal) -> None:
    settings = settings_of()
    confirmed(journal, settings)
    revoke_live(journal, VENUE, "anna", "holidays", 2)
    with pytest.raises(Refused, match="revoked"):
        required(journal, settings)
    confirmed(journal, settings)
    required(journal, settings)


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
    terms = terms_of(settings, VENUE, configured_caps(settings))
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
    }


def test_status_counts_the_flag_as_given(journal: Journal) -> None:
    settings = settings_of()
    asked = standing(settings, {VENUE: Account(SOUND)}, journal)
    assert [one.act for one in missing_acts(asked)] == [Act.CONFIRMATION]


# The commands.


def test_status_says_what_is_missing_and_ends_with_3(keel) -> None:
    found = keel("live", "status", "--json")
    assert found.code == 3, found.err
    assert {"stage", "confirmation"} <= {one["act"] for one in found.json["missing"]}
    assert found.json["ok"] is False
    shown = keel("live", "status")
    assert (shown.code, "keel live confirm --venue" in shown.out) == (3, True)


def test_a_person_confirms_and_revokes(keel) -> None:
    refused = keel("live", "confirm", "--venue", VENUE, "--phrase", "LIVE")
    assert (refused.code, "wanted exactly 'LIVE binance" in refused.err) == (3, True)
    phrase = refused.err.rpartition("wanted exactly '")[2].partition("'")[0]
    done = keel("live", "confirm", "--venue", VENUE, "--phrase", phrase, "--who", "anna", "--json")
    assert (done.code, done.json["who"], done.json["gate"]["sandbox"]) == (0, "anna", False), done.err
    assert keel("live", "revoke", "--venue", VENUE, "--why", "enough").code == 0
    assert keel("live", "confirm", "--venue", "nowhere", "--phrase", phrase).code == 2


def test_without_a_terminal_the_phrase_is_asked_for(keel) -> None:
    refused = keel("live", "confirm", "--venue", VENUE)
    assert (refused.code, "--phrase" in refused.err) == (3, True)


def test_adopting_says_what_it_wants(keel) -> None:
    common = ("adopt", "--venue", VENUE, "--why", "test")
    assert keel(*common).code == 2
    assert keel(*common, "--leave").code == 2
    assert keel(*common, "--symbol", "BTC/USDT", "--quantity", "much").code == 2
    nothing = keel(*common, "--asset", "BTC", "--leave")
    assert (nothing.code, "nothing of BTC at binance is external" in nothing.err) == (3, True)
