"""Orders in, fills out, one row each."""

import pytest

from models.execution import market_fill

# quantity, open, cash, tick, lot, fee rate, slippage rate -> quantity, price, fee
FILLS = [
    ("a buy slips up", (2.0, 100.0, 1e6, 0.01, 0.1, 0.001, 0.0005), (2.0, 100.05, 0.2001)),
    ("and on to the next tick", (2.0, 100.0, 1e6, 0.1, 0.1, 0.001, 0.0005), (2.0, 100.1, 0.2002)),
    ("a price on the grid stays", (2.0, 100.05, 1e6, 0.01, 0.1, 0.0, 0.0), (2.0, 100.05, 0.0)),
    ("a sale slips down", (-2.0, 100.0, 0.0, 0.01, 0.1, 0.001, 0.0005), (-2.0, 99.95, 0.1999)),
    ("and down to the tick", (-2.0, 100.0, 0.0, 0.1, 0.1, 0.001, 0.0005), (-2.0, 99.9, 0.1998)),
    ("a sale needs no cash", (-2.0, 100.0, -5.0, 0.01, 0.1, 0.0, 0.0), (-2.0, 100.0, 0.0)),
    ("a sale never costs less than a tick", (-2.0, 0.004, 0.0, 0.01, 0.1, 0.0, 0.0), (-2.0, 0.01, 0.0)),
    ("nor does a buy", (2.0, 1e-12, 5.0, 0.01, 0.1, 0.0, 0.0), (2.0, 0.01, 0.0)),
    ("cash for exactly the order", (2.0, 100.0, 200.2, 0.01, 0.1, 0.001, 0.0), (2.0, 100.0, 0.2)),
    ("cash for a lot less", (2.0, 100.0, 200.19, 0.01, 0.1, 0.001, 0.0), (1.9, 100.0, 0.19)),
    ("the slippage is paid too", (2.0, 100.0, 200.2, 0.01, 0.1, 0.001, 0.0005), (1.9, 100.05, 0.190095)),
    ("cash for less than a lot", (2.0, 100.0, 9.0, 0.01, 0.1, 0.001, 0.0), (0.0, 100.0, 0.0)),
    ("no cash", (2.0, 100.0, 0.0, 0.01, 0.1, 0.001, 0.0), (0.0, 100.0, 0.0)),
    ("debt", (2.0, 100.0, -300.0, 0.01, 0.1, 0.001, 0.0), (0.0, 100.0, 0.0)),
    ("whole units at a step of a quarter", (7.0, 10.1, 60.0, 0.25, 1.0, 0.0, 0.0), (5.0, 10.25, 0.0)),
]


@pytest.mark.parametrize(("order", "fill"), [one[1:] for one in FILLS], ids=[one[0] for one in FILLS])
def test_market_fill(order, fill):
    quantity, price, fee = market_fill(*order)
    assert (quantity, price) == fill[:2]
    assert fee == pytest.approx(fill[2], rel=1e-12)
