"""An overview by hand: every part of it has something to say, and no two figures are the same."""

from tasks.session.overview import (
    AlertNow,
    BarsNow,
    Decided,
    Earned,
    Equity,
    FeedNow,
    Holding,
    InCharge,
    LimitNow,
    ModelNow,
    Overview,
    Part,
    RegimeNow,
    StageNow,
    StopNow,
)

BOOK, AT = "paper|binance|1h|BTC/USDT", "2026-01-02T03:04:05Z"


def hand_overview(**changes: object) -> Overview:
    """With some of it changed."""
    made: dict[str, object] = {
        "at": AT,
        "revision": "1",
        "book": BOOK,
        "stage": "paper",
        "stopped": True,
        "reason": "a person stopped it",
        "equity": 10_000.0,
        "drawdown": 0.031,
        "var": 120.0,
        "profit": 250.5,
        "parts": (Part("journal", True, True, "sound"), Part("mlflow", False, False, "not started")),
        "stops": (StopNow("", "reduce", "daily_loss", "lost too much", "entries", AT, "a person"),),
        "regimes": (RegimeNow("BTC/USDT", "trending", 0.8, AT, ()), RegimeNow("ETH/USDT", "crisis", None, AT, ())),
        "in_charge": (
            InCharge("swing", "BTC/USDT", "trending", 4.5),
            InCharge("swing", "ETH/USDT", None, None),
        ),
        "holdings": (
            Holding("swing", "BTC/USDT", "trending", 0.1, 0.0, 100.0, 101.0, AT, 3_000.0, 9.0, 90.0, 120.0, 70.0),
            Holding("long", "BTC/USDT", None, 0.01, 0.0, 100.0, 101.0, AT, 500.0, 2.0, None, None, 20.0),
            Holding("swing", "ETH/USDT", None, 0.0, 0.0, None, None, None, 0.0, 0.0, None, None, None),
        ),
        "earned": (
            Earned("system", "swing", 7, 0.6, 200.0, 11.0, 9.0),
            Earned("system", "long", 2, 0.5, 50.5, 1.0, 2.0),
            Earned("regime", "trending", 9, 0.55, 250.5, 12.0, None),
            Earned("regime", "crisis", 0, None, 0.0, 0.0, None),
        ),
        "limits": (
            LimitNow("entries_drawdown", "", 0.031, 0.05, 0.62, True, "here"),
            LimitNow("max_leverage", "swing", 0.35, 1.0, 0.35, True, "there"),
            LimitNow("max_trades", "", 1.0, 0.0, None, False, "there"),
        ),
        "curve": Equity((), (), ()),
        "decisions": (Decided("d1", BOOK, AT, AT, {}, (), (), (), {"BTC/USDT": 4.75, "ETH/USDT": None}),),
        "orders": (),
        "order_states": {},
        "feeds": (
            FeedNow("binance", True, 2.5, None, ""),
            FeedNow("kraken", False, None, AT, "no answer"),
            FeedNow("news/reuters", False, 60.0, AT, "no answer"),
        ),
        "bars": (BarsNow("binance", "BTC/USDT", "1h", AT, 1800.0), BarsNow("binance", "ETH/USDT", "1h", None, None)),
        "models": (
            ModelNow("binance BTC/USDT 1h", "xgboost", "3", 12.5, None),
            ModelNow("binance BTC/USDT 1h", "lstm", None, None, "never trained"),
        ),
        "standing": StageNow("line", "stands", "exploration", "paper", "micro", ()),
        "alerts": (
            AlertNow("a1", "feed-down", "critical", "t", "r", AT, None, None, None, ""),
            AlertNow("a2", "large-loss", "warning", "t", "r", AT, AT, AT, "ann", "seen"),
        ),
        "missing": {"risk": "no bars"},
    }
    return Overview(**(made | changes))  # type: ignore[arg-type]
