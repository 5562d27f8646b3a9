"""Parts of a position are one round trip; positions of different systems, symbols or entries are not."""

from closed_trades import closed

from models.portfolio.round_trips import RoundTrip, round_trips


def test_parts_are_put_together_in_their_order():
    first = closed(2.0, entered=10, exited=20, reason="partial")
    last = closed(-3.0, entered=10, exited=20, reason="stop", specialist="crisis", regime="crisis")
    (found,) = round_trips([first, last])
    assert found == RoundTrip("blend", "crisis", "BTC/USDT", "crisis", 10, 20, -1.0, "stop")


def test_what_is_apart_stays_apart():
    trades = [
        closed(1.0, entered=10),
        closed(2.0, entered=10, system="long"),
        closed(3.0, entered=10, symbol="ETH/USDT"),
        closed(4.0, entered=11),
        closed(5.0, entered=10),
    ]
    assert [one.profit for one in round_trips(trades)] == [6.0, 2.0, 3.0, 4.0]
    assert round_trips([]) == ()
