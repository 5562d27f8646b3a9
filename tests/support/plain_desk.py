"""An account of the plain engine: its trading systems side by side. See plain_engine."""

from plain_engine import House
from plain_entries import Order, Stall
from plain_market import Candle, Deal

from models.engine import Panel, System
from models.types.timeframes import DAY


class Desk:
    """An account: its trading systems side by side, bar after bar, and what they did in the order of a run's tables."""

    def __init__(self, systems: tuple[System, ...]) -> None:
        rows = 0
        self.houses: list[House] = []
        for one in systems:
            self.houses.append(House(one, rows))
            rows += len(one.slots)
        self.orders: list[Order] = []
        self.fills: list[tuple[int, int, Deal, int]] = []
        self.switches: list[list[int]] = []
        self.reasons: list[list[int]] = []
        self.held: list[list[float]] = []
        self.equities: list[list[float]] = []

    @property
    def stalls(self) -> list[Stall]:
        return [stall for house in self.houses for stall in house.stalls]

    def run(self, panel: Panel) -> "Desk":
        for t, ts in enumerate(panel.ts.tolist()):
            candles = [candle_at(panel, t, i) for i in range(panel.prices.shape[1])]
            said = []
            for house in self.houses:
                said += house.live(t, ts // DAY, panel, candles)
                for kept, new in ((self.orders, house.orders), (self.fills, house.fills)):
                    kept += new
                    new.clear()
                self.switches += house.switches
                house.switches.clear()
            self.reasons.append(said)
            self.held.append([stall.held for stall in self.stalls])
            self.equities.append([house.equity for house in self.houses])
        return self


def candle_at(panel: Panel, t: int, i: int) -> Candle:
    begin, end = panel.finer_rows[t, i].tolist()
    return Candle(*panel.prices[t, i].tolist(), [(high, low) for high, low in panel.finer[begin:end].tolist()])
