"""What a backtest found, as a value and as JSON."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.engine import Run
from models.portfolio import KEYS, Attribution, Benchmark, Doubt, Intervals, Metrics, Trade, by_key
from models.types import Reason, Regime, intents_sha256, iso
from tasks.session.backtesting.measuring import measured
from tasks.session.backtesting.specialists import Behaviour, behaviours
from tasks.session.backtesting.stopping import Stopping, stoppings
from tasks.session.backtesting.switching import Switching, switching
from tasks.session.book import Book


@dataclass(frozen=True, slots=True)
class Provenance:
    """What makes the same figures again.

    Attributes:
        command: for a shell.
        profile: the risk profile.
        cost_multiple: of the costs that the configuration names.
        config_version: SHA-256 of the resolved configuration.
        data_sha256: of each symbol's manifest of bars.
        models: version of each symbol's model, empty where there is none.
        index_source: where each symbol's volatility index came from.
    """

    command: str
    profile: str
    cost_multiple: float
    config_version: str
    data_sha256: dict[str, str]
    models: dict[str, str]
    index_source: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class BacktestReport:
    """Two runs over the same bars: with predictions that had not seen them, and with the final model that had.

    Attributes:
        run, trades, out_of_sample, intervals, refused: of the first; `intervals` None where there are too few days.
        per_year: bars of a trading year.
        in_sample: of the second.
        hold: holding the symbols in equal parts over the same bars, bought with costs, dividends reinvested.
        cash: holding nothing.
        doubts: why the out-of-sample result should not be believed; empty where nothing speaks against it.
        tear_sheet: the page for people, once it was written.
    """

    book: Book
    run: Run
    trades: tuple[Trade, ...]
    per_year: float
    out_of_sample: Metrics
    in_sample: Metrics
    intervals: Intervals | None
    hold: Benchmark
    cash: Benchmark
    doubts: tuple[Doubt, ...]
    refused: dict[str, int]
    provenance: Provenance
    tear_sheet: Path | None = None

    @property
    def plausible(self) -> bool:
        """Whether the figures may be headlined."""
        return not self.doubts

    @property
    def intents_sha256(self) -> str:
        """Hash of the ordered intents."""
        return intents_sha256(self.run.intents())

    @property
    def window(self) -> tuple[str, str]:
        """Opens of the first and the last bar."""
        return iso(int(self.run.panel.ts[0])), iso(int(self.run.panel.ts[-1]))

    @property
    def attribution(self) -> dict[str, tuple[Attribution, ...]]:
        """The trades grouped by each key."""
        return {key: by_key(self.trades, key) for key in KEYS}

    @property
    def systems(self) -> dict[str, Metrics]:
        """What each system made of its own capital."""
        names = [one.name for one in self.run.parameters.systems]
        return {name: measured(self.run, self.trades, self.per_year, k) for k, name in enumerate(names)}

    @property
    def specialists(self) -> tuple[Behaviour, ...]:
        """What each specialist of each system did."""
        return behaviours(self.run, self.trades, self.run.intents(), self.per_year)

    @property
    def switches(self) -> dict[str, Switching]:
        """Changes of the specialist in charge, of each system."""
        found, names = self.run.switched(), [one.name for one in self.run.parameters.systems]
        return {name: switching(self.run, found, k, self.per_year) for k, name in enumerate(names)}

    @property
    def stops(self) -> dict[str, Stopping]:
        """What tripped and how long it held, of the account and of each system."""
        return stoppings(self.run)

    @property
    def regimes(self) -> dict[str, int]:
        """Bars of the traded symbols by regime."""
        panel, traded = self.run.panel, self.book.traded
        there = panel.gate[:, :traded] != int(Reason.REFUSED_NO_BAR)
        codes, counts = np.unique(panel.regime[:, :traded][there], return_counts=True)
        return {Regime(int(code)).name.lower(): int(count) for code, count in zip(codes, counts, strict=True)}

    @property
    def finer_share(self) -> float:
        """Share of the bars that finer ones could resolve where stop and target are both in them."""
        rows = self.run.panel.finer_rows
        return float((rows[:, :, 1] > rows[:, :, 0]).mean())

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        first, last = self.window
        return {
            "symbols": [one.symbol for one in self.book.models],
            "haven": next((one.symbol for one in self.book.series[self.book.traded :]), None),
            "bars": self.run.panel.ts.size,
            "first": first,
            "last": last,
            "trades": self.out_of_sample.trades,
            "costs": self.out_of_sample.costs,
            "carry": self.run.state.total("carry"),
            "income": self.run.state.total("income"),
            "finer_share": self.finer_share,
            "intents_sha256": self.intents_sha256,
            "plausible": self.plausible,
            "doubts": [_doubt_json(one) for one in self.doubts],
            "out_of_sample": asdict(self.out_of_sample),
            "in_sample": asdict(self.in_sample),
            "intervals": None if self.intervals is None else asdict(self.intervals),
            "benchmarks": {"hold": asdict(self.hold.metrics), "cash": asdict(self.cash.metrics)},
            "hold_total_return": self.hold.metrics.total_return,
            "systems": self._systems_json(),
            "specialists": [asdict(one) for one in self.specialists],
            "switches": {name: asdict(one) for name, one in self.switches.items()},
            "attribution": {key: [asdict(one) for one in rows] for key, rows in self.attribution.items()},
            "stops": {name: asdict(one) for name, one in self.stops.items()},
            "refused": self.refused,
            "regimes": self.regimes,
            "regime_share": {name: count / sum(self.regimes.values()) for name, count in self.regimes.items()},
            **asdict(self.provenance),
            "tear_sheet": None if self.tear_sheet is None else str(self.tear_sheet),
        }

    def _systems_json(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for k, (one, metrics) in enumerate(zip(self.run.parameters.systems, self.systems.values(), strict=True)):
            account = self.run.state.account(k)
            paid = {"fees": account.fees, "slip": account.slip, "carry": account.carry, "income": account.income}
            found[one.name] = {"capital": one.capital, **asdict(metrics), **paid}
        return found


def _doubt_json(doubt: Doubt) -> dict[str, object]:
    times = [{"entered": iso(one.entered), "exited": iso(one.exited)} for one in doubt.trades]
    return {
        "text": doubt.text,
        "trades": [asdict(one) | at for one, at in zip(doubt.trades, times, strict=True)],
    }
