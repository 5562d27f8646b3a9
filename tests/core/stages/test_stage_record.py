"""Records of steps, good and forged, one row each."""

from dataclasses import replace

import pytest
from plain_stages import MICRO_DAY, plain_fall
from stage_rules import LADDER, LINE, RULES, enough

from models.stages import Demoted, Demotion, Promoted, Standing, demoted, may_return, replayed, standing_under
from models.types import Damaged
from models.types.stages import Stage

BEGIN = 1_700_000_000_000_000


def up(k: int, place: int) -> Promoted:
    """The step from LADDER[place], k * 60 days after the beginning."""
    before, after = LADDER[place], LADDER[place + 1]
    return Promoted(LINE, BEGIN + 60 * k * MICRO_DAY, "ana", "earned", before, after, enough(before.stage), RULES)


def down(k: int, place: int, cause: Demotion, who: str = "keel") -> Demoted:
    before = LADDER[place]
    return Demoted(LINE, BEGIN + 60 * k * MICRO_DAY, who, "lost", before, demoted(before, cause), cause)


def back(k: int, place: int, **other: object) -> Promoted:
    """What a release took is given back."""
    evidence = enough(Stage.PAPER, days=3.0, trades=0, **other)
    return replace(up(k, 1), after=LADDER[place], evidence=evidence)


CLIMB = [up(k, k) for k in range(6)]
TO_MONEY = CLIMB[:4]


def test_an_empty_record_is_exploration():
    assert replayed([], LINE) == LADDER[0]


@pytest.mark.parametrize("n", range(7))
def test_each_step_counts_once(n: int):
    assert replayed(CLIMB[:n], LINE) == standing_under(CLIMB[:n], LINE, RULES) == LADDER[n]


@pytest.mark.parametrize("cause", list(Demotion))
@pytest.mark.parametrize("place", range(7))
def test_where_a_demotion_ends(place: int, cause: Demotion):
    found = demoted(LADDER[place], cause)
    assert found == plain_fall(LADDER[place], cause)
    assert replayed([*CLIMB[:place], down(place, place, cause, "ana")], LINE) == found


@pytest.mark.parametrize(
    ("name", "record", "said"),
    [
        ("a stage is skipped", [up(0, 0), replace(up(1, 1), after=LADDER[3])], "not allow"),
        ("a rung is skipped", [*TO_MONEY, replace(up(4, 4), after=LADDER[6])], "not allow"),
        ("it begins higher up", CLIMB[1:], "it begins at paper, and the line was at exploration"),
        ("it begins with money", [up(0, 3)], "begins at live rung 1"),
        ("a step is gone", [*CLIMB[:1], *CLIMB[2:]], "begins at micro"),
        ("a step twice", [*CLIMB[:2], *CLIMB[1:]], "begins at paper"),
        ("exchanged", [CLIMB[1], CLIMB[0]], "begins at paper"),
        ("older than the one before", [CLIMB[0], replace(CLIMB[1], at=BEGIN - 1)], "older"),
        ("nobody", [replace(CLIMB[0], who="")], "person"),
        ("the machine", [replace(CLIMB[0], who="Keel ")], "person"),
        ("the guardian", [replace(CLIMB[0], who="guardian")], "person"),
        ("a machine demotes as a person", [CLIMB[0], down(1, 1, Demotion.PERSON)], "person"),
        ("another line's step", [CLIMB[0], replace(CLIMB[1], line="kraken|1h|BTC/USD")], "belongs to kraken"),
        ("a poor one", [CLIMB[0], replace(CLIMB[1], evidence=enough(Stage.PAPER, sharpe=1.2))], "sharpe 1.2, wanted"),
        ("exploration's evidence", [CLIMB[0], replace(CLIMB[1], evidence=enough(Stage.EXPLORATION))], "wanted of"),
        ("60 days in 10", [CLIMB[0], replace(CLIMB[1], at=BEGIN + 10 * MICRO_DAY)], "claims 60 days"),
        ("a fall too short", [*TO_MONEY, replace(down(4, 4, Demotion.GAP), after=LADDER[3])], "gap costs it to paper"),
        ("a fall upwards", [*TO_MONEY, replace(down(4, 4, Demotion.DRAWDOWN), after=LADDER[6])], "falls from"),
        ("a return without a release", [*TO_MONEY, down(4, 4, Demotion.GAP), back(5, 4)], "not allow"),
        ("a return too high", [*TO_MONEY, down(4, 4, Demotion.RELEASE), back(5, 5)], "not allow"),
        ("a return too early", [*TO_MONEY, down(4, 4, Demotion.RELEASE), back(5, 4, release_hours=47.0)], "not allow"),
        ("a return after a crash", [*TO_MONEY, down(4, 4, Demotion.RELEASE), back(5, 4, crashes=1)], "not allow"),
        ("a return of a return", [*TO_MONEY, down(4, 4, Demotion.RELEASE), back(5, 4), back(6, 4)], "begins at paper"),
    ],
)
def test_a_record_that_cannot_be_is_refused(name: str, record: list[Promoted | Demoted], said: str):
    with pytest.raises(Damaged, match="cannot be") as found:
        replayed(record, LINE)
    assert said in str(found.value), name


def test_a_whole_record_of_another_line_is_refused():
    with pytest.raises(Damaged, match="belongs to"):
        replayed(CLIMB, "binance|1h|ETH/USDT")


def test_what_was_lost_has_to_be_earned_again():
    record = [*TO_MONEY, down(4, 4, Demotion.DRAWDOWN), up(5, 3), down(6, 4, Demotion.BREACH), up(7, 1)]
    assert replayed(record, LINE) == Standing(Stage.MICRO)


def test_a_release_costs_its_hours_on_paper_and_no_more():
    record = [*TO_MONEY, down(4, 4, Demotion.RELEASE)]
    assert replayed(record, LINE) == Standing(Stage.PAPER)
    hours = enough(Stage.PAPER, days=3.0, trades=0, sharpe=-1.0)
    assert may_return(record, hours, RULES) == LADDER[4]
    for missing in (
        replace(hours, release_hours=47.9),
        replace(hours, crashes=1),
        replace(hours, breaches=1),
        replace(hours, gap_beyond=True),
        replace(hours, stage=Stage.LIVE),
    ):
        assert may_return(record, missing, RULES) is None
    assert replayed([*record, back(5, 4)], LINE) == LADDER[4]


@pytest.mark.parametrize("cause", [one for one in Demotion if one is not Demotion.RELEASE])
def test_nothing_else_is_given_back(cause: Demotion):
    record = [*TO_MONEY, down(4, 4, cause, "ana")]
    assert may_return(record, enough(Stage.PAPER), RULES) is None


def test_a_fall_after_a_release_ends_the_return():
    record = [*TO_MONEY, down(4, 4, Demotion.RELEASE), down(5, 1, Demotion.GAP)]
    assert may_return(record, enough(Stage.PAPER), RULES) is None
    assert may_return([], enough(Stage.PAPER), RULES) is None


def test_a_release_on_paper_takes_nothing_and_gives_nothing():
    record = [*CLIMB[:1], down(1, 1, Demotion.RELEASE)]
    assert replayed(record, LINE) == LADDER[1]
    assert may_return(record, enough(Stage.PAPER), RULES) is None


def stricter(**other: float):
    return replace(RULES, paper=replace(RULES.paper, **other))


def test_lax_rules_in_a_step_do_not_outlive_stricter_ones():
    lax = stricter(sharpe=0.0)
    bought = replace(up(1, 1), evidence=enough(Stage.PAPER, sharpe=0.3), rules=lax)
    record = [up(0, 0), bought, up(2, 2), up(3, 3)]
    assert replayed(record, LINE) == LADDER[4]
    assert standing_under(record, LINE, RULES) == LADDER[1]
    assert standing_under(record, LINE, lax) == LADDER[4]


def test_a_step_that_was_lost_and_earned_again_counts_as_the_later_one():
    bought = replace(up(1, 1), evidence=enough(Stage.PAPER, sharpe=0.3), rules=stricter(sharpe=0.0))
    record = [up(0, 0), bought, down(2, 2, Demotion.BREACH), up(3, 1), up(4, 2)]
    assert standing_under(record, LINE, RULES) == LADDER[3]


def test_what_is_given_back_rests_on_what_was_earned_before():
    bought = replace(up(1, 1), evidence=enough(Stage.PAPER, sharpe=0.3), rules=stricter(sharpe=0.0))
    record = [up(0, 0), bought, up(2, 2), up(3, 3), down(4, 4, Demotion.RELEASE), back(5, 4)]
    assert replayed(record, LINE) == LADDER[4]
    assert standing_under(record, LINE, RULES) == LADDER[1]
    assert standing_under([up(0, 0), up(1, 1), *record[2:]], LINE, RULES) == LADDER[4]


def test_a_ladder_that_became_shorter_takes_its_rungs_with_it():
    assert standing_under(CLIMB, LINE, replace(RULES, rungs=(1000.0, 2500.0))) == LADDER[4]
    assert standing_under(CLIMB, LINE, replace(RULES, rungs=())) == LADDER[2]
