"""Paper sessions that go otherwise than the model has it, recorded by real cycles."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from gap_tapes import Plant
from lakes import merge
from stormy import HAVEN, STORMY, stormy_bars
from synthetic import START, SYMBOLS, train_routed

import tasks.session.cycle as cycle_module
from data.journal import Journal, open_journal
from models.engine import GivenFill, Panel, Parameters, Run, State, run_backtest
from models.engine.state import ORDERED, QUANTITY
from models.engine.tables import ORDER_QUANTITY, ORDER_ROW
from models.gap.stepping import bar_at, modelled
from models.kernels import floor_to_step
from models.portfolio import Account
from models.types import Bars, Leg, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.remembered import remembering, remembering_regimes

VENUE, COUNT, BARS = "binance", 3000, 36
# Bars before the end.
STORM = 30
FIRST = START + (COUNT - BARS) * HOUR
SECOND = Series(VENUE, SYMBOLS[1], "1h")
CASH = Account._fields.index("cash")
ENTERING = (Leg.ENTRY, Leg.ADD)


@dataclass
class Planted:
    """Stands in for the fold of a cycle: what the model fills and decides goes wrong as the plant says."""

    plant: Plant
    waited: dict[int, int] = field(default_factory=dict)
    direct: dict[str, float] = field(default_factory=lambda: {"fee": 0.0, "fill": 0.0})

    def __call__(
        self,
        panel: Panel,
        parameters: Parameters,
        start: State,
        given: Sequence[GivenFill] = (),
        simulates: bool = True,
    ) -> Run:
        assert panel.ts.size == 1
        assert not given
        model = modelled(bar_at(panel, 0), parameters, start)
        real: list[GivenFill] = []
        for one in model.done:
            waits = self.waited.get(one.row, 0)
            if one.leg in ENTERING and waits < self.plant.late:
                self.waited[one.row] = waits + 1
                break
            self.waited[one.row] = 0 if one.leg in ENTERING else waits
            side = 1.0 if one.quantity > 0.0 else -1.0
            price = one.price * (1.0 + side * self.plant.worse / 1e4)
            fee = one.fee * price / one.price * self.plant.fee
            self.direct["fee"] -= fee - one.fee * price / one.price
            self.direct["fill"] -= side * (price - one.price) * abs(one.quantity)
            real.append(GivenFill(0, one.row, one.leg, one.quantity, price, fee, one.slip))
        real += [GivenFill(0, row, Leg.EXPIRED, 0.0, 0.0, 0.0, 0.0) for row in sorted(model.expired)]
        clean = self.plant == Plant(scale=self.plant.scale)
        run = run_backtest(panel, parameters, start, () if clean else real, simulates=clean)
        self._rescale(run, parameters)
        return run

    def _rescale(self, run: Run, parameters: Parameters) -> None:
        for order in run.orders:
            row = int(order[ORDER_ROW])
            if run.state.book[row, QUANTITY] == 0.0 and self.plant.scale != 1.0:
                units = floor_to_step(abs(order[ORDER_QUANTITY]) * self.plant.scale, parameters.instruments[row, 1])
                order[ORDER_QUANTITY] = run.state.book[row, ORDERED] = np.copysign(units, order[ORDER_QUANTITY])


@dataclass
class Recorded:
    """A session's journal and desk; `direct`: what the fees and the prices of its fills cost beyond the model's."""

    desk: Desk
    journal: Journal
    direct: dict[str, float]

    @property
    def worth(self) -> float:
        """After its last decision, at the newest closes."""
        book = configured_book(self.desk)
        last = self.journal.last_decision(book.name)
        assert last is not None
        closes = {one.symbol: float(self.desk.bars.read(one, until=last.bar).close[-1]) for one in book.series}
        held = sum(
            figures[0] * closes[symbol]
            for rows in last.state_after.positions.values()
            for symbol, figures in rows.items()
        )
        return sum(one[CASH] for one in last.state_after.accounts.values()) + held


def lacking_home(home: Path, lacks: frozenset[int]) -> dict[int, Bars]:
    """A home with models whose second symbol lacks the bars of these numbers in its window; which they are."""
    os.environ.update(STORMY | {"KEEL_HOME": str(home)})
    desk, late = build_desk(), {}
    for seed, symbol in enumerate((*SYMBOLS, HAVEN)):
        bars, series = stormy_bars(seed + 1, COUNT, () if symbol == HAVEN else (STORM,)), Series(VENUE, symbol, "1h")
        take_in_archive(desk, series, bars.rows(slice(0, COUNT - BARS)))
        if symbol != HAVEN:
            train_routed(desk, series)
        missing = lacks if symbol == SYMBOLS[1] else frozenset()
        for k in range(BARS):
            bar = bars.rows(slice(COUNT - BARS + k, COUNT - BARS + k + 1))
            if k in missing:
                late[k] = bar
            else:
                merge(desk.bars, series, bar)
    return late


def record(
    desk: Desk,
    path: Path,
    plant: Plant,
    after: Callable[[int], None] = lambda _: None,
    skipped: frozenset[int] = frozenset(),
    window: tuple[int, int] = (0, BARS),
) -> Recorded:
    """Real cycles over the window; `after` is told the number of each bar when it was decided on."""
    journal = open_journal(path / "state" / "journal.sqlite")
    planted, reader = Planted(plant), remembering_regimes(remembering(desk), configured_book(desk))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cycle_module, "run_backtest", planted if plant != Plant() else run_backtest)
        for k in range(*window):
            at = reader.at(FIRST + (k + 1) * HOUR)
            if k not in skipped:
                run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
            after(k)
    return Recorded(desk, journal, planted.direct)
