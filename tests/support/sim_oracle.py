"""What has to hold after a simulation, by what the exchange itself knows: each broken rule is a sentence."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from canary import CANARY_KEY, CANARY_SECRET, FRAGMENT, assert_absent
from exchange.orders import Order, Trade
from order_sims import VENUE, Process, Simulation, simulation, usual
from sim_book import BOOK, LOTS
from sim_world import ACTS, is_ours

from data.journal import Decision, HoldingLog
from models.orders import floored
from models.types import Damaged
from models.types.wire import OrderKind, OrderState, Role, VenueTrade, WireOrder
from tasks.session.ordering.departing import rows_held
from tasks.session.ordering.held import Held, held_now

ZERO = Decimal(0)
STATES = {
    "NEW": OrderState.OPEN,
    "PARTIALLY_FILLED": OrderState.OPEN,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELED,
    "EXPIRED": OrderState.EXPIRED,
}
NOT_THERE = (OrderState.REJECTED, OrderState.LOST)
OWN = (Role.ENTRY, Role.ADD, Role.EXIT)
CENT = Decimal("0.01")


def problems(simulation: Simulation) -> list[str]:
    """Every rule that does not hold; none where all is well."""
    view = View(simulation)
    return [said for rule in RULES for said in rule(view)]


def judged(seed: int, acts: Mapping[str, int] = ACTS, plan: Callable[[Process], None] = usual) -> list[str]:
    """What is wrong after that seed's run, with the seed, and how it is played again."""
    with simulation(seed, acts, plan) as one, _logged(one):
        try:
            one.run()
            found = problems(one)
        except Exception as error:  # noqa: BLE001 - whatever comes out of the product is a finding
            found = [f"{type(error).__name__}: {error}"]
    return [f"seed {seed} (make faults SEED={seed}): {said}" for said in found]


@contextmanager
def _logged(one: Simulation) -> Iterator[None]:
    """For some of the seeds everything that is logged, by whomever, is written beside the journal."""
    if one.seed % THOROUGH:
        yield
        return
    root, handler = logging.getLogger(), logging.FileHandler(one.folder / "debug.log")
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


class View:
    """Both sides of a simulation that came to rest."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.exchange = simulation, simulation.world.exchange
        self.journal = simulation.journals[0]
        self.log = simulation.log
        self.last: Decision | None = self.journal.last_decision(BOOK)
        self.orders: list[WireOrder] = self.log.orders_of_book(BOOK)
        self.fills: dict[str, list[VenueTrade]] = {one.cid: self.log.trades_of(one.cid) for one in self.orders}
        self.placed: dict[str, Order] = {one.client_id: one for one in self.exchange.orders if is_ours(one)}
        self.traded: dict[str, list[Trade]] = defaultdict(list)
        for trade in self.exchange.trades:
            self.traded[trade.client_id].append(trade)

    def brought(self, cid: str) -> Decimal:
        """Base units that an order really brought, after fees in base."""
        found = ZERO
        for one in self.traded.get(cid, ()):
            fee = one.commission if one.symbol.startswith(one.commission_asset) else ZERO
            found += (one.quantity if one.is_buyer else -one.quantity) - fee
        return found


def ended_well(view: View) -> Iterator[str]:
    """The exchange answered, so that the last cycle had no reason to end early."""
    if view.simulation.ended[-1] != "done":
        yield f"the last cycle ended with {view.simulation.ended[-1]}"


def once(view: View) -> Iterator[str]:
    counted = Counter(one.client_id for one in view.exchange.orders if is_ours(one))
    for cid, times in counted.items():
        if times > 1:
            yield f"{cid} is {times} orders at the exchange"


def within_intent(view: View) -> Iterator[str]:
    wanted = {
        decision.cid(one): Decimal(repr(abs(one.quantity)))
        for decision in view.journal.decisions_of(BOOK)
        for one in decision.intents
    }
    filled: dict[str, Decimal] = defaultdict(Decimal)
    for order in view.orders:
        if order.role in OWN and order.cid in view.placed:
            filled[order.parent] += view.placed[order.cid].executed
    for parent, units in filled.items():
        if units > wanted[parent]:
            yield f"{units} were filled of {parent}, which wanted {wanted[parent]}"


def orders_agree(view: View) -> Iterator[str]:
    known = {one.cid for one in view.orders}
    yield from (f"the exchange has {cid}, the journal does not" for cid in view.placed if cid not in known)
    for order in view.orders:
        there = view.placed.get(order.cid)
        if order.state.is_doubtful:
            yield f"nobody knows what became of {order.cid}: {order.why}"
        elif (there is None) is not (order.state in NOT_THERE):
            yield f"{order.cid} is {order.state.value}, at the exchange {'missing' if there is None else there.status}"
        elif there is not None:
            yield from _same(order, there)


def _same(order: WireOrder, there: Order) -> Iterator[str]:
    mine = order.state, order.filled, order.value, order.exchange_id
    theirs = STATES[there.status], there.executed, there.quote_done, str(there.id)
    if mine != theirs:
        yield f"{order.cid} is {mine}, at the exchange {theirs}"


def fills_agree(view: View) -> Iterator[str]:
    for cid in sorted({*view.fills, *(one for one in view.traded if one in view.placed)}):
        mine = sorted((int(t.trade_id), t.quantity, t.price, t.fee, t.fee_asset) for t in view.fills.get(cid, ()))
        theirs = sorted((t.id, t.quantity, t.price, t.commission, t.commission_asset) for t in view.traded[cid])
        if mine != theirs:
            yield f"the fills of {cid} are {mine}, at the exchange {theirs}"
    waiting = [trade.trade_id for _, trade, _ in view.log.unsettled(BOOK)]
    if waiting:
        yield f"the fills {waiting} were never booked"


def balances_agree(view: View) -> Iterator[str]:
    """What the book holds is what its orders brought, and what is beside it was noted."""
    rows = rows_held(view.log, BOOK, view.last)
    notes = HoldingLog(view.journal.engine).open_of(VENUE)
    for asset in ("BTC", "ETH"):
        lot = LOTS[f"{asset}/USDT"]
        mine = [one for one in view.orders if one.symbol == f"{asset}/USDT"]
        brought = sum((view.brought(one.cid) for one in mine), ZERO)
        booked = sum((units for (_, symbol), units in rows.items() if symbol.startswith(asset)), ZERO)
        adopted = sum((one.quantity for one in notes if (one.asset, one.kind.value) == (asset, "adopted")), ZERO)
        buys = sum(one.is_buy and one.filled > ZERO for one in mine)
        if not -lot * (2 * buys + 1) <= booked - brought - adopted <= lot * (buys + 1):
            yield f"the book holds {booked} {asset}, its orders brought {brought}, {adopted} came or went beside them"
    for asset in ("BTC", "ETH", "USDT"):
        noted = sum((one.quantity for one in notes if one.asset == asset), ZERO)
        ours = sum((_flow(asset, trade) for cid in view.placed for trade in view.traded.get(cid, ())), ZERO)
        apart = view.exchange.balance(asset) - ours - noted
        slack = CENT * 2 if asset == "USDT" else LOTS[f"{asset}/USDT"]
        if abs(apart) > slack:
            yield f"the account has {apart} {asset} that neither orders nor holdings explain"


def _flow(asset: str, trade: Trade) -> Decimal:
    side = 1 if trade.is_buyer else -1
    moved = side * trade.quantity if trade.symbol.startswith(asset) else ZERO
    paid = -side * trade.quote if asset == "USDT" else ZERO
    return moved + paid - (trade.commission if trade.commission_asset == asset else ZERO)


def never_oversold(view: View) -> Iterator[str]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order in view.orders:
        found[order.system, order.symbol] += view.brought(order.cid)
    for (system, symbol), units in found.items():
        if units < 0:
            yield f"{system} sold {-units} {symbol} more than it had bought"


def protected(view: View) -> Iterator[str]:
    """Every position that is large enough to be sold has a stop of its size at its level, or a person was told."""
    if view.last is None:
        return
    held = held_now(view.journal, view.log, BOOK, view.last, VENUE)
    for one in held:
        yield from _protected(view, one)
    stops = {one.cid: one for one in view.orders if one.kind is OrderKind.STOP and one.cid in view.placed}
    rows = {(one.system, one.symbol) for one in held if one.quantity}
    for cid, order in stops.items():
        if view.placed[cid].is_open and (order.system, order.symbol) not in rows:
            yield f"the stop {cid} rests for a position that is gone"


def _protected(view: View, held: Held) -> Iterator[str]:
    mine = [
        view.placed[one.cid]
        for one in view.orders
        if one.kind is OrderKind.STOP and (one.system, one.symbol) == (held.system, held.symbol)
        if one.cid in view.placed and view.placed[one.cid].is_open
    ]
    market = view.exchange.markets[held.symbol.replace("/", "")]
    resting, whole = sum((one.remaining for one in mine), ZERO), floored(held.quantity, market.symbol.lot)
    disaster = held.entry_price * (1 - Decimal("0.3"))
    level = floored(disaster if held.stop is None else held.stop, market.symbol.tick)
    if resting > whole:
        yield f"stops of {resting} {held.symbol} rest for a position of {held.quantity} of {held.system}"
    if resting == whole and all(one.stop_price == level for one in mine):
        return
    assert market.last is not None
    is_dust = whole * min(market.last, level) < market.symbol.min_notional
    told = [one for one in view.simulation.alerts if held.symbol in one.key and held.entry_cid in one.key]
    if not is_dust and not told:
        rests = [(one.remaining, one.stop_price) for one in mine]
        yield f"{held.system} holds {whole} {held.symbol} to be stopped at {level}, has {rests}, and nobody was told"


def stopped(view: View) -> Iterator[str]:
    first = view.simulation.stopped_after
    for order in view.orders[first:] if first is not None else ():
        if order.role.opens and order.state is not OrderState.REJECTED:
            yield f"{order.cid} opened after the stop flag was set: {order.state.value}"


def silent_in_bans(view: View) -> Iterator[str]:
    excused = {(one.connection, one.resumed) for one in view.simulation.takeovers}
    for entry in view.exchange.violations:
        if (entry.connection, entry.number) not in excused:
            yield f"request {entry.number} ({entry.method} {entry.path} of {entry.connection}) came in a ban"


def zombies_are_mute(view: View) -> Iterator[str]:
    since = {one.connection: one.log for one in view.simulation.takeovers}
    for entry in view.exchange.log:
        is_late = entry.connection in since and entry.number >= since[entry.connection]
        if is_late and entry.method in ("POST", "DELETE") and entry.accepted:
            yield f"{entry.connection} lost its lease, and then sent {entry.method} {entry.client_order_id}"


def believed(view: View) -> Iterator[str]:
    """No order that the exchange has was ever given up for lost."""
    for one in view.simulation.alerts:
        if one.key.startswith("order back"):
            yield one.text


def chained(view: View) -> Iterator[str]:
    try:
        view.log.verify_chain()
    except Damaged as error:
        yield str(error)


def silent_about_keys(view: View) -> Iterator[str]:
    """By the keys and their beginnings in every file, text and traceback; for some of the seeds in every other form,
    and in all that anybody logs.
    """
    simulation = view.simulation
    texts = [*simulation.ended, *simulation.tracebacks, *(f"{one.key} {one.text}" for one in simulation.alerts)]
    whole = b"".join(one.read_bytes() for one in _files(simulation.folder)) + "\n".join(texts).encode()
    for name, value in {"the key": CANARY_KEY, "the secret": CANARY_SECRET}.items():
        if value[:FRAGMENT].encode() in whole:
            yield f"{name} was written down"
    if simulation.seed % THOROUGH == 0:
        try:
            assert_absent([simulation.folder], texts)
        except AssertionError as error:
            yield str(error)


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


THOROUGH = 25
RULES = (
    ended_well,
    once,
    within_intent,
    orders_agree,
    fills_agree,
    balances_agree,
    never_oversold,
    protected,
    stopped,
    silent_in_bans,
    zombies_are_mute,
    believed,
    chained,
    silent_about_keys,
)
