"""An overview by hand with something in each of its parts, for the pages that show it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from math import sin

from tasks.session.overview import (
    AlertNow,
    BarsNow,
    Criterion,
    Decided,
    Earned,
    Equity,
    FeedNow,
    Holding,
    InCharge,
    LimitNow,
    ModelNow,
    NotDone,
    OrderNow,
    Overview,
    Part,
    RegimeNow,
    StageNow,
    StopNow,
    Stretch,
    Wanted,
)

NOW = datetime(2026, 3, 4, 17, 0, 2, tzinfo=UTC)
REGIMES = ("ranging", "trending", "volatile", "trending", "crisis", "volatile", "ranging", "trending")


def iso_before(**ago: float) -> str:
    """The moment that long before NOW."""
    return (NOW - timedelta(**ago)).isoformat().replace("+00:00", "Z")


def shown_overview() -> Overview:
    """A book that holds two symbols, with decisions, alerts, and one limit nearly used."""
    return Overview(
        at=iso_before(),
        revision="r41",
        book="paper",
        stage="paper",
        stopped=False,
        reason=None,
        equity=10_482.37,
        drawdown=0.0213,
        var=181.2,
        profit=482.37,
        parts=(
            Part("trader", True, True, "waits for the close of 18:00"),
            Part("guardian", True, True, "beats every 5 s"),
            Part("prefect", True, False, "", "http://127.0.0.1:4200"),
            Part("mlflow", False, False, "does not answer: connection refused", "http://127.0.0.1:5000"),
        ),
        stops=(),
        regimes=(
            RegimeNow("BTC/USDT", "trending", 0.83, iso_before(hours=31), band()),
            RegimeNow("ETH/USDT", "volatile", 0.61, iso_before(hours=4), band(3)),
        ),
        in_charge=(
            InCharge("swing", "BTC/USDT", "trending", 14.2),
            InCharge("swing", "ETH/USDT", None, -3.4),
            InCharge("long", "BTC/USDT", None, None),
        ),
        holdings=(
            Holding(
                "swing",
                "BTC/USDT",
                "trending",
                0.0214,
                0.0,
                68_120.5,
                69_412.0,
                iso_before(minutes=1),
                1485.42,
                26.15,
                66_240.0,
                72_900.0,
                41.9,
            ),
            Holding(
                "long",
                "ETH/USDT",
                None,
                0.712,
                0.05,
                3610.25,
                3548.1,
                iso_before(minutes=1),
                2526.25,
                -45.92,
                None,
                None,
                92.3,
            ),
        ),
        earned=(
            Earned("system", "swing", 41, 0.561, 391.8, 62.14, 26.15),
            Earned("system", "long", 7, 0.714, 110.34, 21.02, -45.92),
            Earned("specialist", "trending", 22, 0.636, 421.2, 30.1, 26.15),
            Earned("specialist", "volatile", 12, 0.417, -55.3, 21.4, None),
            Earned("specialist", "ranging", 7, 0.571, 25.9, 10.64, None),
            Earned("regime", "trending", 24, 0.667, 470.11, 39.0, None),
            Earned("regime", "volatile", 15, 0.467, -21.4, 29.3, None),
            Earned("regime", "crisis", 0, None, 0.0, 0.0, None),
            Earned("symbol", "BTC/USDT", 30, 0.6, 380.4, 50.2, 26.15),
        ),
        limits=(
            LimitNow("entries_drawdown", "", 0.0213, 0.06, 0.355, False, "0.06 of risk.account"),
            LimitNow("daily_loss", "", 0.0071, 0.03, 0.2367, False, "0.03 of risk.account"),
            LimitNow("max_var", "", 0.0173, 0.02, 0.865, True, "0.02 of risk.profiles.moderate"),
            LimitNow("max_positions", "", 2.0, 8.0, 0.25, False, "8 of risk.account"),
            LimitNow("max_leverage", "swing", 0.24, 1.0, 0.24, True, "1 of risk.profiles.moderate"),
            LimitNow("max_portfolio_risk", "long", 0.05, 0.05, 1.0, True, "0.05 of risk.profiles.moderate"),
        ),
        curve=curve(),
        decisions=(decided(0), decided(1), decided(2)),
        orders=(
            OrderNow(
                "d0-0-1",
                "d0-0",
                "paper",
                "binance",
                "BTC/USDT",
                "entry",
                "limit",
                "buy",
                "0.02140000",
                "0.02140000",
                "68121.10000000",
                None,
                "filled",
                "",
                iso_before(minutes=4),
                iso_before(minutes=3),
            ),
            OrderNow(
                "d0-1-1",
                "d0-1",
                "paper",
                "binance",
                "ETH/USDT",
                "entry",
                "limit",
                "buy",
                "0.05",
                "0",
                "3540.5",
                None,
                "open",
                "waits for its price",
                iso_before(minutes=2),
                iso_before(minutes=2),
            ),
        ),
        order_states={"open": 1, "filled": 37, "expired": 4},
        feeds=(
            FeedNow("binance", True, 2.4, None, ""),
            FeedNow("kraken", False, 412.0, iso_before(minutes=6), "timed out 3 times"),
        ),
        bars=(
            BarsNow("binance", "BTC/USDT", "1h", iso_before(hours=1), 2.0),
            BarsNow("binance", "ETH/USDT", "1h", None, None),
        ),
        models=(
            ModelNow("binance BTC/USDT 1h", "xgboost", "3f9a21c", 4.2, None),
            ModelNow("binance BTC/USDT 1h", "lstm", None, None, "not trained yet"),
        ),
        standing=StageNow(
            "crypto",
            "paper",
            "paper",
            "paper",
            "micro",
            (
                Criterion("days", True, "31 of 30 days"),
                Criterion("win_rate", False, "0.54, at least 0.55 is asked for"),
                Criterion("drawdown", True, "2.1 %, at most 10 %"),
            ),
        ),
        alerts=(
            AlertNow(
                "a1b2c3d4e5f6",
                "feed-down",
                "error",
                "kraken: no answer for 6 minutes",
                "feed-down",
                iso_before(minutes=5),
                iso_before(minutes=5),
                None,
                None,
                "",
            ),
            AlertNow(
                "b1b2c3d4e5f6",
                "stale-model",
                "warning",
                "lstm of BTC/USDT was never trained",
                "stale-model",
                iso_before(hours=5),
                None,
                None,
                None,
                "",
            ),
            AlertNow(
                "c1b2c3d4e5f6",
                "large-loss",
                "error",
                "a trade in ETH/USDT lost 3.4 %",
                "large-loss",
                iso_before(hours=30),
                iso_before(hours=30),
                iso_before(hours=29),
                "anna",
                "news of the fork",
            ),
        ),
        missing={},
    )


def stopped_overview() -> Overview:
    """The same book after a person stopped it."""
    stop = StopNow(
        "",
        "pause",
        "person",
        "a person stopped new entries: cannot explain the fill at 16:40",
        "new entries",
        iso_before(minutes=1),
        "keel resume",
    )
    return replace(shown_overview(), revision="r42", stopped=True, reason=stop.text, stops=(stop,))


def empty_overview() -> Overview:
    """Of a home in which nothing was done yet, every part of which says why it is empty."""
    kept = {"at", "revision", "book", "stage", "stopped", "missing"}
    bare = {
        one.name: type(getattr(shown_overview(), one.name))()
        for one in fields(Overview)
        if isinstance(getattr(shown_overview(), one.name), tuple | dict)
    }
    numbers = dict.fromkeys(("reason", "equity", "drawdown", "var", "profit", "standing"))
    missing = {one.name: f"no {one.name} & why: <b>42</b>" for one in fields(Overview) if one.name not in kept}
    parts = {**bare, **numbers, "curve": Equity((), (), ()), "missing": missing}
    return replace(shown_overview(), **parts)


def band(shift: int = 0) -> tuple[Stretch, ...]:
    """Stretches of growing length up to now."""
    names = REGIMES[shift:] + REGIMES[:shift]
    return tuple(Stretch(iso_before(hours=31 + 26 * k + 9 * (k % 3)), one) for k, one in enumerate(names))[::-1]


def curve() -> Equity:
    """Some weeks of equity with a fall in the middle."""
    equity = [10_000.0 + 2.1 * k + 160.0 * sin(k / 19.0) - (220.0 if 120 < k < 150 else 0.0) for k in range(230)]
    highest = [max(equity[: k + 1]) for k in range(len(equity))]
    falls = tuple(1.0 - one / top for one, top in zip(equity, highest, strict=True))
    at = tuple(iso_before(hours=4 * (len(equity) - k)) for k in range(len(equity)))
    return Equity(at, tuple(equity), falls)


def decided(ago: int) -> Decided:
    """A decision of that many bars ago."""
    wanted = Wanted(
        f"d{ago}-0",
        "swing",
        "trending",
        "BTC/USDT",
        "buy",
        0.0214,
        68_120.5,
        14.2,
        "enter_edge",
        "the blended edge pays for the round trip",
        "position_risk",
        "max_position_risk",
        "filled",
    )
    return Decided(
        id=f"paper-{1_772_640_000 - 3600 * ago}",
        book="paper",
        bar=iso_before(hours=1 + ago, seconds=2),
        at=iso_before(hours=ago),
        regimes={"BTC/USDT": "trending", "ETH/USDT": "volatile"},
        intents=(wanted,) if ago != 1 else (),
        refused=(NotDone("swing", "ETH/USDT", "refused_quiet", "the market moves less than the specialist wants"),),
        held=(NotDone("long", "BTC/USDT", "hold_weight", "what is held is within its band around the wanted weight"),),
        edges_bps={"BTC/USDT": 14.2, "ETH/USDT": None},
    )
