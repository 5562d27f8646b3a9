"""Stress reports by hand, for the tests of what is made of them."""

from dataclasses import replace

from conf.scenarios import WrongScenario
from models.bootstrap import Recovery
from models.types import Breaker
from tasks.session.stressing.report import (
    FULL,
    HELD,
    Acted,
    Cut,
    Holding,
    Proposal,
    ReverseRow,
    StressReport,
    StressRow,
)

AS_OF = 1_700_000_000_000_000
FOUND = Recovery(0.62, 412.0, 90.0, None, 1825, 2000, 20.0)
FELL = Acted(AS_OF + 7_200_000_000, 2.0, Breaker.DRAWDOWN.text, "flatten", "")
STOPPED = Acted(AS_OF + 108_000_000_000, 30.0, "its stop was reached", "", "swing AAA/USDT")
CUTS = (Cut("swing", "AAA/USDT", 2.0, 200.0, 0.25), Cut("long", "BBB/USDT", -4.0, -100.0, 0.25))
BREACH = Proposal(("crash_35", "covid_2020"), (), 0.31, 0.15, CUTS, 0.149, enough=True)


def row(book: str, profile: str, scenario: str, loss: float, drawdown: float) -> StressRow:
    """Moderate is in force."""
    return StressRow(
        book=book,
        profile=profile,
        in_force=profile == "moderate",
        scenario=scenario,
        text=f"what {scenario} is",
        exposure=0.9,
        loss=loss,
        drawdown=drawdown,
        limit=0.15 if profile == "moderate" else 0.25,
        money=10_000.0 * loss,
        margin_calls=1,
        stops_hit=2,
        left=0.4,
        acted=(FELL, STOPPED) if drawdown > 0.1 else (),
        contributions={"swing AAA/USDT": -8_000.0 * loss, "long BBB/USDT": -2_500.0 * loss, "carry": 500.0 * loss},
        recovery=FOUND,
        mapped={"BBB/USDT": "1.25 x binance AAA/USDT"} if scenario == "covid_2020" else {},
        first="2020-02-20" if scenario == "covid_2020" else "",
        last="2020-04-01" if scenario == "covid_2020" else "",
    )


def stress_report(book: str = "paper|binance|1h|AAA/USDT+BBB/USDT", proposal: Proposal | None = BREACH) -> StressReport:
    """Two books under two profiles through two scenarios; the held one is beyond its limit."""
    falls = {("crash_35", "moderate"): 0.31, ("crash_35", "aggressive"): 0.35, ("covid_2020", "moderate"): 0.16}
    rows = tuple(
        row(which, profile, scenario, fall - 0.01, fall)
        for which in (HELD, FULL)
        for profile in ("moderate", "aggressive")
        for scenario in ("crash_35", "covid_2020")
        for fall in (falls.get((scenario, profile), 0.05),)
    )
    return StressReport(
        book=book,
        symbols=("AAA/USDT", "BBB/USDT"),
        as_of=AS_OF,
        command="keel stress --venue binance --symbol AAA/USDT --symbol BBB/USDT --timeframe 1h",
        profile="moderate",
        config_version="c" * 64,
        scenarios_sha256="5" * 64,
        data_sha256={"AAA/USDT": "a" * 64, "BBB/USDT": "b" * 64},
        equity=10_000.0,
        currency="USDT",
        holdings=(Holding("swing", "AAA/USDT", 2.0, 200.0), Holding("long", "BBB/USDT", -4.0, -100.0)),
        why_not_held="",
        rows=rows,
        reverse=(
            ReverseRow(HELD, "moderate", "crash_35", 0.41, {"all": -0.144}, 0.1502, 0.15),
            ReverseRow(FULL, "moderate", "crash_35", None, {}, None, 0.15),
        ),
        proposal=proposal,
        wrong=(),
        unplayed=(),
        untouched=(),
    )


def calm_report() -> StressReport:
    """A book in cash: nothing of it was stressed."""
    found = stress_report(proposal=None)
    rows = tuple(one for one in found.rows if one.book == FULL)
    return replace(found, holdings=(), why_not_held="the book holds nothing but cash", rows=rows)


def with_wrong(report: StressReport) -> StressReport:
    """One of its scenarios could not be used."""
    why = "conf/stress.yaml:12: found the symbol NOPE; <b>allowed</b> | are AAA/USDT, BBB/USDT"
    return replace(report, wrong=(WrongScenario("typo", why),))
