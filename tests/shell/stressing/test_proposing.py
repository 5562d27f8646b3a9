"""What it takes to break a limit, and what to sell so that nothing does: held against searches of their own."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from risk_sessions import NOW, calm_desk
from stress_runs import FALL, GAP, MOST, PROFILES, RISE, TWO, one_row, request, run, silent
from stressed_lakes import seen

from conf.scenarios import load_scenarios
from data.journal import Journal
from models.engine import Parameters, State
from models.risk import Ladder, climbed
from models.risk.ladder import REDUCE, STRESS
from models.stress import run_stress, trimmed
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.riskdesk.holding import hold
from tasks.session.stressing.panels import stress_market, stressed_parameters
from tasks.session.stressing.proposing import ROOM
from tasks.session.stressing.report import FULL, HELD, Proposal
from tasks.session.stressing.running import chosen, names_of, scaled_by, stress

pytestmark = [pytest.mark.risk, pytest.mark.usefixtures("keel_home")]


@pytest.fixture(autouse=True)
def few_paths(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recovery times are not what most of this is about."""
    monkeypatch.setenv("KEEL_STRESS__RECOVERY_PATHS", "100")


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return calm_desk(tmp_path_factory, tmp_path, monkeypatch)


@pytest.fixture
def journal(desk: Desk) -> Journal:
    return build_journal(desk)


@pytest.fixture
def cautious(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same home under the profile that allows a tenth: the gap breaks that."""
    monkeypatch.setenv("KEEL_TRADING__PROFILE", "conservative")
    return build_desk(as_of=NOW)


def refined(
    breaks: Callable[[list[float]], list[bool]], most: float, points: int = 25, rounds: int = 3
) -> tuple[float, float]:
    """Neighbours between which the first breach lies: a grid over the part that has it, again and again."""
    low, high = 0.0, most
    for _ in range(rounds):
        grid = [low + (high - low) * k / points for k in range(1, points + 1)]
        first = breaks(grid).index(True)
        low, high = (grid[first - 1] if first else low), grid[first]
    return low, high


@pytest.mark.parametrize(("book", "profile"), [(HELD, "conservative"), (HELD, "moderate"), (FULL, "aggressive")])
def test_reverse_stress_is_where_a_search_over_files_finds_it(desk, journal, tmp_path, monkeypatch, book, profile):
    """Each multiple is a scenario of its own, written into a file, and run as any other."""
    limits = {one: f"KEEL_RISK__PROFILES__{one.upper()}__MAX_DRAWDOWN" for one in PROFILES}
    monkeypatch.setenv(limits["aggressive"], "0.14")
    monkeypatch.setenv(limits["moderate"], "0.12")
    monkeypatch.setenv("KEEL_STRESS__RECOVERY_PATHS", "10")
    desk = build_desk(as_of=NOW)
    report = stress(desk, journal, request(tmp_path, {"gap": GAP}, reverse="[gap]"), silent)
    found = next(one for one in report.reverse if (one.book, one.profile) == (book, profile))
    assert found.multiple is not None

    def breaks(grid: list[float]) -> list[bool]:
        made = {f"s{k}": GAP.replace("-0.8", f"{-0.8 * one:.12f}") for k, one in enumerate(grid)}
        rows = run(desk, journal if book == HELD else None, tmp_path, made)
        return [one_row(rows, book, profile, name).breached for name in made]

    low, high = refined(breaks, MOST)
    near = MOST / 25**3
    assert high - low == pytest.approx(near)
    assert low - 1e-4 <= found.multiple <= high + 1e-4
    assert found.moves == {"all": pytest.approx(-0.8 * found.multiple)}
    assert found.drawdown is not None
    assert found.limit <= found.drawdown < found.limit + 0.002


def test_a_limit_that_no_fall_breaks_has_no_multiple(desk, journal, tmp_path):
    """Less than a quarter is held, and no fall takes more than all of it."""
    report = stress(desk, journal, request(tmp_path, TWO | {"rise": RISE}, reverse="[fall, gap]"), silent)
    assert [one.scenario for one in report.reverse] == ["fall"] * 6 + ["gap"] * 6
    found = [one for one in report.reverse if one.profile == "aggressive"]
    assert {(one.multiple, one.drawdown, one.limit) for one in found} == {(None, None, 0.25)}
    assert all(not one.moves for one in found)


def test_scaling_moves_changes_nothing_but_moves(desk, tmp_path):
    asked = request(tmp_path, {"one": "{text: a, moves: {all: -0.2, AAA/USDT: 0.1}, spread: 3, liquidity: 0.5}"})
    file = load_scenarios(names_of(desk, configured_book(desk)), asked.file)
    (kind,) = chosen(file, asked)
    twice = scaled_by(kind, 2.0)
    assert dict(twice.shock.moves) == {"all": -0.4, "AAA/USDT": 0.2}
    assert (twice.shock.spread, twice.shock.liquidity, twice.name) == (3.0, 0.5, "one")
    assert scaled_by(kind, 1.0) == kind


# What is to be cut


def drawdowns(
    desk: Desk,
    journal: Journal,
    folder: Path,
    parts: Mapping[str, float],
    scenarios: Mapping[str, str] = TWO,
    stopped: bool = True,
) -> list[float]:
    """Of the held book without these parts, through these scenarios, under the stop that goes with a cut."""
    book = configured_book(desk, timed=True)
    views = seen(desk, book)
    file = load_scenarios(names_of(desk, book), request(folder, scenarios).file)
    market = stress_market(desk, book, views, {})
    state = sold(hold(desk, journal).state, book.parameters, parts)
    if stopped:
        house = book.parameters.house._replace(reduce_days=0.0)
        ladder = climbed(Ladder(*state.ladder.tolist()), REDUCE, STRESS, house)
        state = State(np.array(ladder), state.accounts, state.book, state.records)
    found = []
    for scenario in file.scenarios:
        stressed = market.stressed(scenario)
        panel = stressed.panel._replace(tails=stressed.tails[desk.loaded.settings.trading.profile])
        parameters = stressed_parameters(book.parameters, stressed)
        found.append(run_stress(panel, parameters, state, stressed.worth).drawdown)
    return found


def sold(state: State, parameters: Parameters, parts: Mapping[str, float]) -> State:
    names = [f"{system.name} {slot.symbol}" for system, slot in parameters.rows]
    return trimmed(state, parameters, np.array([parts.get(name, 0.0) for name in names]))


def parts_of(proposal: Proposal, less: float = 0.0) -> dict[str, float]:
    return {f"{one.system} {one.symbol}": one.part - less for one in proposal.cuts}


def test_with_the_cuts_no_scenario_comes_near_the_limit_and_with_a_percent_less_one_does(cautious, journal, tmp_path):
    near = 0.10 * (1.0 - ROOM)
    report = run(cautious, journal, tmp_path)
    proposal = report.proposal
    assert proposal is not None
    assert (proposal.scenarios, proposal.limit, proposal.enough) == (("gap",), 0.10, True)
    assert proposal.drawdown == one_row(report, HELD, "conservative", "gap").drawdown > 0.10
    after = drawdowns(cautious, journal, tmp_path, parts_of(proposal))
    assert max(after) == pytest.approx(proposal.after)
    assert max(after) < near
    assert max(drawdowns(cautious, journal, tmp_path, parts_of(proposal, 0.01))) >= near
    parts = {one.part for one in proposal.cuts}
    assert len(parts) == 1
    assert 0.2 < parts.pop() < 0.5
    money = [one.money for one in proposal.cuts]
    assert money == sorted(money, reverse=True)
    held = {(one.system, one.symbol): (one.quantity, one.value) for one in report.holdings}
    assert {(one.system, one.symbol): (one.quantity, one.value) for one in proposal.cuts} == held


def test_the_rest_is_run_under_the_stop_that_goes_with_a_cut(desk, journal, tmp_path, monkeypatch):
    """Without it the long system would buy again what was sold, and the haven."""
    monkeypatch.setenv("KEEL_RISK__PROFILES__AGGRESSIVE__MAX_DRAWDOWN", "0.05")
    desk, slow = build_desk(as_of=NOW), {"fall": FALL}
    proposal = run(desk, journal, tmp_path, slow).proposal
    assert proposal is not None
    parts = parts_of(proposal)
    assert drawdowns(desk, journal, tmp_path, parts, slow) == [pytest.approx(proposal.after)]
    assert drawdowns(desk, journal, tmp_path, parts, slow, stopped=False)[0] > proposal.after + 0.001


def test_only_what_loses_is_cut(desk, journal, tmp_path, monkeypatch):
    """Of the symbol that gains nothing is sold, of the other one the same part in both systems."""
    monkeypatch.setenv("KEEL_RISK__PROFILES__AGGRESSIVE__MAX_DRAWDOWN", "0.06")
    odd = {"odd": "{text: a, moves: {AAA/USDT: -0.95, BBB/USDT: 0.01}, gap: true, calm_days: 2}"}
    proposal = run(build_desk(as_of=NOW), journal, tmp_path, odd).proposal
    assert proposal is not None
    assert {one.symbol for one in proposal.cuts} == {"AAA/USDT"}
    assert {one.system for one in proposal.cuts} == {"swing", "long"}
    assert len({one.part for one in proposal.cuts}) == 1


def test_within_the_limit_nothing_is_proposed(desk, journal, tmp_path):
    assert run(desk, journal, tmp_path).proposal is None
    assert run(desk, journal, tmp_path, {"rise": RISE}).proposal is None


def test_what_was_lost_before_stays_lost_and_asks_for_no_sale(desk, journal, tmp_path, monkeypatch):
    """An account in cash would be as far below its highest mark."""
    monkeypatch.setenv("KEEL_RISK__PROFILES__AGGRESSIVE__MAX_DRAWDOWN", "0.001")
    proposal = run(build_desk(as_of=NOW), journal, tmp_path).proposal
    assert proposal is not None
    assert proposal.beyond_selling == proposal.scenarios
    assert (proposal.cuts, proposal.after) == ((), 0.0)


def test_a_coin_that_fails_asks_for_no_sale_into_it(desk, journal, tmp_path, monkeypatch):
    """What is held gains against the coin; to sell it would make the loss larger. Other scenarios are still helped."""
    monkeypatch.setenv("KEEL_RISK__PROFILES__AGGRESSIVE__MAX_DRAWDOWN", "0.09")
    desk = build_desk(as_of=NOW)
    depeg = "{text: a, depeg: {USDT: 0.15}, calm_days: 0}"
    alone = run(desk, journal, tmp_path, {"depeg": depeg}).proposal
    assert alone is not None
    assert (alone.scenarios, alone.beyond_selling, alone.cuts) == (("depeg",), ("depeg",), ())
    beside = run(desk, journal, tmp_path, {"depeg": depeg, "gap": GAP}).proposal
    assert beside is not None
    assert set(beside.scenarios) == {"depeg", "gap"}
    assert beside.beyond_selling == ("depeg",)
    assert beside.enough
    assert {one.part for one in beside.cuts} == {
        one.part for one in run(desk, journal, tmp_path, {"gap": GAP}).proposal.cuts
    }
