"""An account of the plain engine: its trading systems side by side under one ladder of stops. See plain_engine."""

from plain_engine import Branch
from plain_market import Candle, Deal
from plain_stalls import Order, Stall
from plain_stops import Common, Event, Stops, moved

from models.engine import Panel, System
from models.risk import House, no_house
from models.types import Breaker, Level
from models.types.timeframes import DAY


class Desk:
    """An account: its trading systems side by side, bar after bar, and what they did in the order of a run's tables."""

    def __init__(self, systems: tuple[System, ...], house: House | None = None) -> None:
        rows = 0
        self.branches: list[Branch] = []
        for one in systems:
            self.branches.append(Branch(one, rows))
            rows += len(one.slots)
        self.stops = Stops(house or no_house(), sum(one.capital for one in systems))
        self.orders: list[Order] = []
        self.fills: list[tuple[int, int, Deal, int]] = []
        self.switches: list[list[int]] = []
        self.reasons: list[list[int]] = []
        self.held: list[list[float]] = []
        self.equities: list[list[float]] = []

    @property
    def stalls(self) -> list[Stall]:
        return [stall for branch in self.branches for stall in branch.stalls]

    @property
    def events(self) -> list[Event]:
        return self.stops.events

    def run(self, panel: Panel) -> "Desk":
        for t, ts in enumerate(panel.ts.tolist()):
            candles = [candle_at(panel, t, i) for i in range(panel.prices.shape[1])]
            self.stops.begin(ts // DAY)
            for branch in self.branches:
                branch.live(t, ts // DAY, panel, candles)
            self.reasons.append(self.close(t, panel, candles) if panel.decided[t] else [0] * len(self.stalls))
            for branch in self.branches:
                for kept, new in ((self.orders, branch.orders), (self.fills, branch.fills)):
                    kept += new
                    new.clear()
                self.switches += branch.switches
                branch.switches.clear()
            self.held.append([stall.held for stall in self.stalls])
            self.equities.append([branch.equity for branch in self.branches])
        return self

    def close(self, t: int, panel: Panel, candles: list[Candle]) -> list[int]:
        """Marks and stops of the whole account, then each system's decisions."""
        common, stops, sells = Common(self.stalls, panel, t), self.stops, 0.0
        self.mark(t, panel, common.var)
        if stops.level >= Level.REDUCE:
            # What waits is withdrawn at this close.
            common = Common(self.stalls, panel, t, with_waiting=False)
            cap = stops.most_var
            sells = 1.0 - cap / common.var if common.var > cap else 0.0
        said = []
        for branch in self.branches:
            said += branch.close(t, panel, candles, stops, common, sells)
        return said

    def mark(self, t: int, panel: Panel, var: float) -> None:
        """What came from outside, each system's pause, and the account's stops."""
        release, forced, breaker, flow = panel.events[t].tolist()
        before = sum(branch.worth for branch in self.branches)
        if flow:
            self.stops.flow(before, flow)
            self.share_out(flow)
        if release:
            self.stops.release(t, before + flow)
        for k, branch in enumerate(self.branches):
            for tripped, value, limit in branch.mark(bool(release)):
                self.events.append(Event(t, k, tripped, Level.PAUSE, Breaker.STRATEGY, value, limit))
        self.stops.mark(t, sum(branch.equity for branch in self.branches), var)
        self.stops.force(t, Level(int(forced)), Breaker(int(breaker)))

    def share_out(self, flow: float) -> None:
        """To each system by what it is worth; equally where none is worth anything."""
        worths = [branch.worth for branch in self.branches]
        total = sum(one for one in worths if one > 0.0)
        for branch, worth in zip(self.branches, worths, strict=True):
            part = max(worth, 0.0) / total if total else 1.0 / len(worths)
            branch.cash += flow * part
            branch.peak = moved(branch.peak, worth, flow * part)


def candle_at(panel: Panel, t: int, i: int) -> Candle:
    begin, end = panel.finer_rows[t, i].tolist()
    return Candle(*panel.prices[t, i].tolist(), [(high, low) for high, low in panel.finer[begin:end].tolist()])
