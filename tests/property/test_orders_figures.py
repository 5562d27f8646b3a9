"""Slices add up and fit; collars hold; the next step never orders more than is missing."""

from decimal import Decimal

from fake_venue import plain_rules
from hypothesis import assume, given
from hypothesis import strategies as st
from order_desks import NOW, PARENT, leaving, mandate, order

from models.orders import Patience, Send, collared, next_step, sliced
from models.types.wire import OrderState, Quote

LOTS = st.sampled_from([Decimal(text) for text in ("0.00001", "0.001", "0.01", "0.5", "1")])
TICKS = st.sampled_from([Decimal(text) for text in ("0.000001", "0.01", "0.05", "1")])
prices = st.decimals("0.01", "100000", places=4)
shares = st.decimals("0.0001", "0.4", places=4)
OVER = [one for one in OrderState if one.is_over]
PATIENCE = Patience(30, 12)


@given(units=st.integers(1, 10**7), lot=LOTS, price=prices, most=st.integers(1, 10**6), least=st.integers(0, 1000))
def test_slices_add_up_and_fit(units, lot, price, most, least):
    quantity = units * lot
    assume(quantity * price / most < 3000)
    slices = sliced(quantity, price, Decimal(most), lot, Decimal(least))
    assert sum(slices) == quantity
    assert all(one > 0 and one % lot == 0 for one in slices)
    assert max(slices) - min(slices) <= lot
    if quantity * price >= least:
        assert min(slices) * price >= least
    room = max(most, 2 * (least + lot * price), lot * price)
    assert max(slices) * price <= room


@given(is_buy=st.booleans(), reference=st.none() | prices, bid=prices, spread=shares, share=shares, tick=TICKS)
def test_a_collar_is_on_the_grid_and_no_farther_than_its_share(is_buy, reference, bid, spread, share, tick):
    quote = Quote("fake", "BTC/USDT", bid, bid * (1 + spread), 0)
    worst = collared(is_buy, reference, quote, share, tick)
    assert worst % tick == 0
    for price in filter(None, [reference, quote.ask if is_buy else quote.bid]):
        assert worst <= price * (1 + share) if is_buy else worst >= price * (1 - share)


@st.composite
def histories(draw):
    """Orders of a mandate for one unit, each of no more than was missing."""
    orders, missing = [], Decimal(1)
    for number in range(draw(st.integers(0, 6))):
        lots = draw(st.integers(1, 1000))
        quantity = min(missing, lots * Decimal("0.001"))
        state = draw(st.sampled_from(list(OrderState)))
        part = draw(st.integers(0, 1000)) * Decimal("0.001") * quantity
        filled = {OrderState.FILLED: quantity, OrderState.REJECTED: 0, OrderState.LOST: 0, OrderState.SENT: 0}
        got = Decimal(filled.get(state, part))
        orders.append(order(f"{PARENT}-{number + 1}", str(quantity), state=state, filled=got))
        if not state.is_over or missing - got <= 0:
            break
        missing -= got
    return tuple(orders)


@given(orders=histories(), opens=st.booleans(), resting=st.booleans(), now=st.integers(NOW, NOW + 60))
def test_the_next_step_never_orders_more_than_is_missing(orders, opens, resting, now):
    wanted = (mandate if opens else leaving)(limit=Decimal(95) if resting else None)
    step = next_step(wanted, orders, plain_rules(), now, PATIENCE)
    if isinstance(step, Send):
        assert all(one.state.is_over for one in orders)
        assert 0 < step.quantity <= 1 - sum(one.filled for one in orders)
        assert step.cid not in {one.cid for one in orders}
        assert len(step.cid) <= 36
