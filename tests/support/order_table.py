"""Order in, fills out: one row each, worked out by hand; backtest and paper are both held against it.

Ten units at 100 cost 1.00 as a taker, 0.50 as a maker. See order_rows for how a row is read.
"""

from order_rows import Row, held, leaving, order

# A row is a line, or two.
# fmt: off
MARGIN = {"margin": 0.2, "maintenance": 0.1, "liquidation_fee": 0.01}
IN_BASE = {"fee_in_base": 1.0, "lot": 0.01}
AT_MARKET = [
    Row("a buy fills at the open", order(10), "101 103 99 102", "1 entry 10 at 101 fee 1.01", (10, 0, 0)),
    # Without a stop its own margin, all of its value, is used up at twice the price.
    Row("a short sale fills at the open", order(-10), "101 103 99 102", "1 entry -10 at 101 fee 1.01", (-10, 0, 202)),
    Row("an exit fills at the open", leaving(10), "101 103 99 102", "1 exit -10 at 101 fee 1.01"),
    Row("a cover fills at the open", leaving(-10, stop=150), "101 103 99 102", "1 exit 10 at 101 fee 1.01"),
    Row("an exit comes before the stop of its bar", leaving(10, stop=95), "100 101 90 91", "1 exit -10 at 100 fee 1"),
    # 10,000 / (110 * 1.001) = 90.8.
    Row("a gap beyond the cash cuts it", order(99), "110 111 109 110", "1 entry 90 at 110 fee 9.9", (90, 0, 0)),
    Row("cash for less than a lot: it expires", order(1), "100 101 99 100 | 90 91 89 90", "", cash=100.0),
    Row("cash for just a lot", order(1), "100 101 99 100", "1 entry 1 at 100 fee 0.1", (1, 0, 0), cash=100.1),
    Row("debts buy nothing", order(1), "100 101 99 100", "", cash=-5.0),
    Row("a short needs cash as well", order(-10), "100 101 99 100", "1 entry -4 at 100 fee 0.4", (-4, 0, 200),
        cash=450.0),
    Row("cut below the smallest order", order(10), "100 101 99 100", "", venue={"min_notional": 500}, cash=450.0),
    Row("cut to just the smallest order", order(10), "100 101 99 100", "1 entry 5 at 100 fee 0.5", (5, 0, 0),
        venue={"min_notional": 500}, cash=501.0),
    Row("a loss of value does not keep one in", leaving(1), "101 103 99 102", "1 exit -1 at 101 fee 0.101",
        venue={"min_notional": 500}),
]
VOLUME = [
    Row("what an entry did not get expires", order(150), "101 103 99 102 | 101 103 99 102",
        "1 entry 100 at 101 fee 10.1", (100, 0, 0), cash=1e5),
    Row("what an exit did not get waits", leaving(150), "101 103 99 102 | 102 103 99 102",
        "1 exit -100 at 101 fee 10.1 | 2 exit -50 at 102 fee 5.1"),
    Row("what a cover did not get waits", leaving(-150, stop=199), "101 103 99 102 | 102 103 99 102",
        "1 exit 100 at 101 fee 10.1 | 2 exit 50 at 102 fee 5.1"),
    Row("and at the end it still does", leaving(150), "101 103 99 102", "1 exit -100 at 101 fee 10.1", (50, -50, 0)),
    Row("volume for less than a lot: an entry expires", order(10), "101 103 99 102 9 | 101 103 99 102", ""),
    Row("volume for less than a lot: an exit waits", leaving(10), "101 103 99 102 9 | 102 103 99 102",
        "2 exit -10 at 102 fee 1.02"),
    Row("volume for less than the smallest order", order(10), "100 101 99 100 20", "", venue={"min_notional": 201}),
    Row("no volume: an entry waits", order(10), "99 103 98 102 0 | 101 103 99 102", "2 entry 10 at 101 fee 1.01",
        (10, 0, 0)),
    Row("no volume: an exit waits", leaving(10), "99 103 98 102 0 | 101 103 99 102", "2 exit -10 at 101 fee 1.01"),
    Row("unknown volume has no end", order(500), "101 103 99 102 nan", "1 entry 500 at 101 fee 50.5", (500, 0, 0),
        cash=1e5),
    Row("all of the volume", order(10), "101 103 99 102 10", "1 entry 10 at 101 fee 1.01", (10, 0, 0),
        venue={"volume_share": 1.0}),
]
WAITING = [
    Row("a bar not to be traded on", order(10), "nan nan nan 102 | 101 103 99 102", "2 entry 10 at 101 fee 1.01",
        (10, 0, 0)),
    Row("no close", order(10), "101 103 99 nan | 102 103 99 102", "2 entry 10 at 102 fee 1.02", (10, 0, 0)),
    Row("a low above the open", order(10), "101 103 102 102 | 102 103 99 102", "2 entry 10 at 102 fee 1.02",
        (10, 0, 0)),
    Row("a high below the close", order(10), "101 101 99 102 | 102 103 99 102", "2 entry 10 at 102 fee 1.02",
        (10, 0, 0)),
    Row("a price of zero", order(10), "101 103 0 102 | 102 103 99 102", "2 entry 10 at 102 fee 1.02", (10, 0, 0)),
    Row("an infinite price", order(10), "101 inf 99 102 | 102 103 99 102", "2 entry 10 at 102 fee 1.02", (10, 0, 0)),
    Row("a stop waits for a bar to trade on", held(10, stop=95), "nan nan nan 90 | 94 95 93 94",
        "2 stop -10 at 94 fee 0.94"),
    Row("a limit waits for volume", order(10, limit=100), "99 103 98 102 0 | 99 103 98 102",
        "2 entry 10 at 99 fee 0.99", (10, 0, 0)),
    Row("the data end: an entry waits", order(10, stop=95), "", "", (0, 10, 95)),
    Row("the data end: an exit waits", leaving(10, stop=95), "", "", (10, -10, 95)),
    Row("the data end on a bar without volume", order(10, stop=95), "101 103 90 102 0", "", (0, 10, 95)),
]
PRICES = [
    Row("a buy is rounded up to the tick", order(10), "100.004 102 99 101", "1 entry 10 at 100.01 fee 1.0001",
        (10, 0, 0)),
    Row("a sale is rounded down", leaving(10), "100.006 102 99 101", "1 exit -10 at 100 fee 1"),
    Row("half a unit is a tick", order(10), "100.2 102 99 101", "1 entry 10 at 100.5 fee 1.005", (10, 0, 0),
        venue={"tick": 0.5}),
    Row("a buy pays half the spread", order(10), "100 102 99 101", "1 entry 10 at 100.1 fee 1.001", (10, 0, 0),
        venue={"half_spread": 0.001}),
    Row("a sale loses it", leaving(10), "100 102 99 101", "1 exit -10 at 99.9 fee 0.999", venue={"half_spread": 0.001}),
    # 0.1 * sqrt(10 / 1000) = 1 %.
    Row("impact grows with the root of the share", order(10), "100 102 99 101", "1 entry 10 at 101 fee 1.01",
        (10, 0, 0), venue={"impact": 0.1}),
    Row("of a sale as well", leaving(10), "100 102 99 101", "1 exit -10 at 99 fee 0.99", venue={"impact": 0.1}),
    # 0.1 * sqrt(0.04) = 2 %: no order has more than its share, whatever it wanted.
    Row("impact ends at the largest share", order(90), "100 102 99 101", "1 entry 40 at 102 fee 4.08", (40, 0, 0),
        venue={"impact": 0.1, "volume_share": 0.04}),
    Row("unknown volume: impact of the largest share", order(10), "100 102 99 101 nan", "1 entry 10 at 102 fee 1.02",
        (10, 0, 0), venue={"impact": 0.1, "volume_share": 0.04}),
    Row("spread and impact add up", order(10), "100 102 99 101", "1 entry 10 at 101.1 fee 1.011", (10, 0, 0),
        venue={"impact": 0.1, "half_spread": 0.001}),
    Row("no price is below a tick", leaving(1000), "0.01 0.01 0.01 0.01 nan", "1 exit -1000 at 0.01 fee 0.01",
        venue={"half_spread": 0.5}),
    # 95 * 0.999 = 94.905.
    Row("a stop pays the spread", held(10, stop=95), "97 98 94 95", "1 stop -10 at 94.9 fee 0.949",
        venue={"half_spread": 0.001}),
    Row("a target does not", held(10, target=105), "104 106 103 104", "1 target -10 at 105 fee 0.525",
        venue={"half_spread": 0.001}),
]
LIMITS = [
    Row("an open better than the limit", order(10, limit=100), "99 103 98 102", "1 entry 10 at 99 fee 0.99",
        (10, 0, 0)),
    Row("an open at the limit", order(10, limit=100), "100 103 98 102", "1 entry 10 at 100 fee 1", (10, 0, 0)),
    # 99.5 * 1.01 = 100.495.
    Row("never worse than the limit", order(10, limit=100), "99.5 103 98 102", "1 entry 10 at 100 fee 1", (10, 0, 0),
        venue={"half_spread": 0.01}),
    Row("an open worse, then reached: a maker", order(10, limit=100), "101 102 100 101", "1 entry 10 at 100 fee 0.5",
        (10, 0, 0)),
    Row("one tick through is asked, a touch is not enough", order(10, limit=100), "101 102 100 101", "",
        venue={"through": 1}),
    Row("one tick through", order(10, limit=100), "101 102 99.99 101", "1 entry 10 at 100 fee 0.5", (10, 0, 0),
        venue={"through": 1}),
    Row("two are asked, one is not enough", order(10, limit=100), "101 102 99.99 101", "", venue={"through": 2}),
    Row("two ticks through", order(10, limit=100), "101 102 99.98 101", "1 entry 10 at 100 fee 0.5", (10, 0, 0),
        venue={"through": 2}),
    Row("not reached: it expires after its bar", order(10, limit=100), "101 102 100.01 101 | 99 100 98 99", ""),
    Row("partly filled, the rest expires", order(150, limit=100), "101 102 99 101 | 99 100 98 99",
        "1 entry 100 at 100 fee 5", (100, 0, 0), cash=1e5),
    # 500 / (100 * 1.0005) = 4.99.
    Row("cut to the cash", order(10, limit=100), "101 102 99 101", "1 entry 4 at 100 fee 0.2", (4, 0, 0), cash=500.0),
    Row("a short sale rests above", order(-10, limit=102), "101 102 100 101", "1 entry -10 at 102 fee 0.51",
        (-10, 0, 204)),
    Row("a short sale above its limit", order(-10, limit=102), "103 104 100 101", "1 entry -10 at 103 fee 1.03",
        (-10, 0, 206)),
    Row("a short sale never below it", order(-10, limit=102), "102.5 104 100 101", "1 entry -10 at 102 fee 1.02",
        (-10, 0, 204), venue={"half_spread": 0.01}),
    Row("a short sale through its limit", order(-10, limit=102), "101 102 100 101", "", venue={"through": 1}),
    Row("entered at its limit and stopped in one bar", order(10, limit=100, stop=95), "101 102 94 96",
        "1 entry 10 at 100 fee 0.5 | 1 stop -10 at 95 fee 0.95"),
    Row("sold short at its limit and stopped in one bar", order(-10, limit=102, stop=105), "101 106 100 104",
        "1 entry -10 at 102 fee 0.51 | 1 stop 10 at 105 fee 1.05"),
    # The high may have been before the entry. The next open has passed the target.
    Row("entered at its limit, not targeted in that bar", order(10, limit=100, stop=95, target=103),
        "101 104 99 103.5 | 103.5 104 103 104", "1 entry 10 at 100 fee 0.5 | 2 target -10 at 103.5 fee 0.5175"),
    Row("entered at its limit, no partial profit in that bar", order(10, limit=100, stop=95, partial=103, part=4),
        "101 104 99 102", "1 entry 10 at 100 fee 0.5", (10, 0, 95)),
    Row("entered better than its limit at the open, targeted in that bar", order(10, limit=100, target=103),
        "99 104 98 103", "1 entry 10 at 99 fee 0.99 | 1 target -10 at 103 fee 0.515"),
]
FIRST_BAR = [
    Row("bought and stopped in one bar", order(10, stop=95), "100 101 94 96",
        "1 entry 10 at 100 fee 1 | 1 stop -10 at 95 fee 0.95"),
    Row("bought and targeted in one bar", order(10, stop=95, target=105), "100 106 99 104",
        "1 entry 10 at 100 fee 1 | 1 target -10 at 105 fee 0.525"),
    Row("bought, and both levels in one bar: the stop", order(10, stop=95, target=105), "100 106 94 104",
        "1 entry 10 at 100 fee 1 | 1 stop -10 at 95 fee 0.95"),
    Row("bought below its stop", order(10, stop=95), "94 96 93 95",
        "1 entry 10 at 94 fee 0.94 | 1 stop -10 at 94 fee 0.94"),
    Row("bought above its target", order(10, stop=95, target=103), "104 105 103.5 104",
        "1 entry 10 at 104 fee 1.04 | 1 target -10 at 104 fee 0.52"),
    # 75 of 150 are 50 of 100.
    Row("the part shrinks with what was bought", order(150, partial=103, part=75), "100 101 99 100 | 102 103 101 102",
        "1 entry 100 at 100 fee 10 | 2 partial -50 at 103 fee 2.575", (50, 0, 0), cash=1e5),
]
STOPS = [
    Row("a gap through the stop fills at the open", held(10, stop=95), "94 96 93 95", "1 stop -10 at 94 fee 0.94"),
    Row("a touch is enough", held(10, stop=95), "97 98 95 96", "1 stop -10 at 95 fee 0.95"),
    Row("an open at the stop", held(10, stop=95), "95 98 95 96", "1 stop -10 at 95 fee 0.95"),
    Row("a tick above is not", held(10, stop=95), "97 98 95.01 96", "", (10, 0, 95)),
    Row("through it", held(10, stop=95), "97 98 90 96", "1 stop -10 at 95 fee 0.95"),
    Row("a touch is enough where limits ask for more", held(10, stop=95), "97 98 95 96", "1 stop -10 at 95 fee 0.95",
        venue={"through": 2}),
    Row("a short's gap", held(-10, stop=105), "106 107 104 105", "1 stop 10 at 106 fee 1.06"),
    Row("a short's touch", held(-10, stop=105), "103 105 102 104", "1 stop 10 at 105 fee 1.05"),
    Row("a short's miss", held(-10, stop=105), "103 104.99 102 104", "", (-10, 0, 105)),
    Row("what a stop did not get is ordered at market", held(150, stop=95), "96 97 94 95 | 93 99 92 98",
        "1 stop -100 at 95 fee 9.5 | 2 exit -50 at 93 fee 4.65"),
    Row("and at the end it still is", held(150, stop=95), "96 97 94 95", "1 stop -100 at 95 fee 9.5", (50, -50, 95)),
    Row("no volume, no stop", held(10, stop=95), "96 97 90 92 0 | 91 92 90 91", "2 stop -10 at 91 fee 0.91"),
    Row("unknown volume stops all", held(500, stop=95), "96 97 90 92 nan", "1 stop -500 at 95 fee 47.5"),
    # Each order gets its share of the volume.
    Row("an exit that waits, and the stop of the same bar", leaving(150, stop=95), "100 101 94 95",
        "1 exit -100 at 100 fee 10 | 1 stop -50 at 95 fee 4.75"),
]
TARGETS = [
    Row("a touch", held(10, target=105), "104 105 103 104", "1 target -10 at 105 fee 0.525"),
    Row("a miss", held(10, target=105), "104 104.99 103 104", "", (10, 0, 0)),
    Row("one tick through is asked of a target", held(10, target=105), "104 105 103 104", "", (10, 0, 0),
        venue={"through": 1}),
    Row("a target one tick through", held(10, target=105), "104 105.01 103 104", "1 target -10 at 105 fee 0.525",
        venue={"through": 1}),
    Row("a gap over it fills at the open", held(10, target=105), "106 107 105 106", "1 target -10 at 106 fee 0.53"),
    Row("at the open on the tick", held(10, target=105), "106.006 107 105 106", "1 target -10 at 106 fee 0.53"),
    Row("the rest of a target rests", held(150, target=105), "104 106 103 104 | 103 104 102 103 | 103 105 102 104",
        "1 target -100 at 105 fee 5.25 | 3 target -50 at 105 fee 2.625"),
    Row("a short's target", held(-10, stop=110, target=95), "97 98 95 96", "1 target 10 at 95 fee 0.475"),
    Row("a short's gap below it", held(-10, stop=110, target=95), "94 96 93 95", "1 target 10 at 94 fee 0.47"),
    Row("a short's target through", held(-10, stop=110, target=95), "97 98 95 96", "", (-10, 0, 110),
        venue={"through": 1}),
]
BOTH = held(10, stop=95, target=105)
STOP_AND_TARGET = [
    Row("nobody knows: the stop", BOTH, "100 106 94 100", "1 stop -10 at 95 fee 0.95"),
    Row("finer bars: the target came first", BOTH, "100 106 94 100", "1 target -10 at 105 fee 0.525",
        finer={1: "106 99 | 100 94"}),
    Row("finer bars: the stop came first", BOTH, "100 106 94 100", "1 stop -10 at 95 fee 0.95",
        finer={1: "101 94 | 106 99"}),
    Row("both in one finer bar: the stop", BOTH, "100 106 94 100", "1 stop -10 at 95 fee 0.95",
        finer={1: "101 99 | 106 94"}),
    Row("finer bars that saw neither: the stop", BOTH, "100 106 94 100", "1 stop -10 at 95 fee 0.95",
        finer={1: "101 99"}),
    Row("finer bars of another bar do not count", BOTH, "100 104 96 100 | 100 106 94 100", "2 stop -10 at 95 fee 0.95",
        finer={1: "106 99 | 100 94"}),
    Row("the open had passed the target", BOTH, "106 107 94 100", "1 target -10 at 106 fee 0.53", finer={1: "100 94"}),
    Row("the open had passed the stop", BOTH, "94 106 93 100", "1 stop -10 at 94 fee 0.94", finer={1: "106 99"}),
    Row("of a short nobody knows: the stop", held(-10, stop=105, target=95), "100 106 94 100",
        "1 stop 10 at 105 fee 1.05"),
    Row("a short's finer bars", held(-10, stop=105, target=95), "100 106 94 100", "1 target 10 at 95 fee 0.475",
        finer={1: "101 94 | 106 99"}),
]
PART = held(10, stop=95, partial=103, part=4)
PARTIALS = [
    Row("a part at its price", PART, "101 103 100 102", "1 partial -4 at 103 fee 0.206", (6, 0, 95)),
    Row("only once", PART, "101 103 100 102 | 101 104 100 102", "1 partial -4 at 103 fee 0.206", (6, 0, 95)),
    Row("a gap over it", PART, "104 105 103 104", "1 partial -4 at 104 fee 0.208", (6, 0, 95)),
    Row("one tick through is asked of a part", PART, "101 103 100 102", "", (10, 0, 95), venue={"through": 1}),
    Row("then the target, in one bar", held(10, stop=95, target=106, partial=103, part=4), "101 107 100 105",
        "1 partial -4 at 103 fee 0.206 | 1 target -6 at 106 fee 0.318"),
    Row("part and stop, nobody knows: all at the stop", PART, "101 104 94 96", "1 stop -10 at 95 fee 0.95"),
    Row("finer bars: the part, then the stop", PART, "101 104 94 96",
        "1 partial -4 at 103 fee 0.206 | 1 stop -6 at 95 fee 0.57", finer={1: "104 99 | 100 94"}),
    Row("finer bars: the stop before the part", PART, "101 104 94 96", "1 stop -10 at 95 fee 0.95",
        finer={1: "101 94 | 104 99"}),
    Row("the open had passed the part, then the stop", PART, "104 105 94 95",
        "1 partial -4 at 104 fee 0.208 | 1 stop -6 at 95 fee 0.57"),
    # Unlike a target's, its rest does not rest.
    Row("of a part what the volume gives", held(300, partial=103, part=150), "101 103 100 102 | 101 103 100 102",
        "1 partial -100 at 103 fee 5.15", (200, 0, 0)),
    Row("an exit that waits, and a part", leaving(150, partial=103, part=20), "100 104 99 102",
        "1 exit -100 at 100 fee 10 | 1 partial -20 at 103 fee 1.03", (30, -30, 0)),
    Row("a short's part", held(-10, stop=110, partial=97, part=4), "99 100 97 98", "1 partial 4 at 97 fee 0.194",
        (-6, 0, 110)),
]
LEVERED = [
    # 100 * (1 - 0.2 + 0.1) = 90.
    Row("the liquidation is nearer than the stop", order(10, stop=80), "100 101 99 100", "1 entry 10 at 100 fee 1",
        (10, 0, 90), venue=MARGIN),
    Row("the stop is nearer", order(10, stop=95), "100 101 99 100", "1 entry 10 at 100 fee 1", (10, 0, 95),
        venue=MARGIN),
    Row("a short's liquidation", order(-10), "100 101 99 100", "1 entry -10 at 100 fee 1", (-10, 0, 110), venue=MARGIN),
    # 1000 / (100 * 0.201) = 49.8.
    Row("margin buys more than the cash", order(60), "100 101 99 100", "1 entry 49 at 100 fee 4.9", (49, 0, 90),
        venue=MARGIN, cash=1e3),
    # 900 * (0.001 + 0.01).
    Row("liquidated long", held(10, stop=90), "93 94 89 91", "1 liquidation -10 at 90 fee 9.9", venue=MARGIN),
    Row("liquidated by a gap", held(10, stop=90), "85 86 84 85", "1 liquidation -10 at 85 fee 9.35", venue=MARGIN),
    Row("stopped before that", held(10, stop=95), "97 98 94 95", "1 stop -10 at 95 fee 0.95", venue=MARGIN),
    Row("liquidated short", held(-10, stop=110), "107 111 106 109", "1 liquidation 10 at 110 fee 12.1", venue=MARGIN),
    Row("what a liquidation did not get is ordered at market", held(150, stop=90), "93 94 89 91 | 88 89 87 88",
        "1 liquidation -100 at 90 fee 99 | 2 exit -50 at 88 fee 4.4", venue=MARGIN),
]
FEES = [
    # 10 * 0.999.
    Row("in what was bought", order(10), "101 103 99 102", "1 entry 9.99 at 101 fee 1.01", (9.99, 0, 0), venue=IN_BASE),
    Row("with the fraction of a lot", order(10), "100 103 99 102", "1 entry 9.9 at 100 fee 10", (9.9, 0, 0),
        venue={"fee_in_base": 1, "lot": 0.1}),
    Row("which is all of a single lot: it expires", order(1), "100 103 99 102", "", venue={"fee_in_base": 1}),
    # 10 * 0.9995 = 9.995.
    Row("a maker's", order(10, limit=100), "101 102 100 101", "1 entry 9.99 at 100 fee 1", (9.99, 0, 0), venue=IN_BASE),
    Row("of a sale in quote currency", leaving(10), "101 103 99 102", "1 exit -10 at 101 fee 1.01", venue=IN_BASE),
    Row("none", order(10), "101 103 99 102", "1 entry 10 at 101 fee 0", (10, 0, 0), venue={"taker_fee": 0.0}),
]
ACTIONS = [
    Row("a split moves position and stop", held(10, stop=95, target=105), "50 51 49 50", "", (20, 0, 47.5),
        actions={1: (2, 0)}),
    Row("and the stop holds there", held(10, stop=95), "50 51 47.5 48", "1 stop -20 at 47.5 fee 0.95",
        actions={1: (2, 0)}),
    Row("and the target", held(10, target=105), "50 52.5 49 50", "1 target -20 at 52.5 fee 0.525", actions={1: (2, 0)}),
    Row("and the part", PART, "50 51.5 49 51", "1 partial -8 at 51.5 fee 0.206", (12, 0, 47.5), actions={1: (2, 0)}),
    # 95 / 3 = 31.666, 106 / 3 = 35.333: away from the price.
    Row("a stop after a split is on the tick", held(10, stop=95), "33 34 32 33", "", (30, 0, 31.66),
        actions={1: (3, 0)}),
    Row("a short's above", held(-10, stop=106), "33 34 32 33", "", (-30, 0, 35.34), actions={1: (3, 0)}),
    Row("an entry that waits is void", order(10, stop=95), "50 51 49 50 | 50 51 49 50", "", actions={1: (2, 0)}),
    Row("an exit that waits moves along", leaving(10), "50 51 49 50", "1 exit -20 at 50 fee 1", actions={1: (2, 0)}),
    # 10 / 4 = 2.5, half a unit at 400.
    Row("a reverse split pays for fractions", held(10, stop=95), "400 410 390 400", "", (2, 0, 380),
        actions={1: (0.25, 0)}, received=200.0),
    Row("a short pays for its fraction", held(-10, stop=110), "400 410 390 400", "", (-2, 0, 440),
        actions={1: (0.25, 0)}, received=-200.0),
    Row("of which nothing is left but cash", leaving(3, stop=95), "400 410 390 400", "", actions={1: (0.25, 0)},
        received=300.0),
    Row("an exit begun, its rest ended by a split", leaving(101), "101 103 99 102 | 400 410 390 400",
        "1 exit -100 at 101 fee 10.1", actions={2: (0.25, 0)}, received=102.0),
    Row("a split on a bar that may not be traded on", held(10, stop=95), "nan nan nan 50 | 47 48 46 47",
        "2 stop -20 at 47 fee 0.94", actions={1: (2, 0)}),
    Row("a dividend", held(10, stop=95), "100 101 99 100", "", (10, 0, 95), actions={1: (1, 0.5)}, received=5.0),
    Row("a short pays it", held(-10, stop=105), "100 101 99 100", "", (-10, 0, 105), actions={1: (1, 0.5)},
        received=-5.0),
    Row("who sells at the open has it", leaving(10), "100 101 99 100", "1 exit -10 at 100 fee 1",
        actions={1: (1, 0.5)}, received=5.0),
    Row("who buys at the open has not", order(10), "100 101 99 100", "1 entry 10 at 100 fee 1", (10, 0, 0),
        actions={1: (1, 0.5)}),
    Row("split and dividend of the old units", held(10), "50 51 49 50", "", (20, 0, 0), actions={1: (2, 0.5)},
        received=5.0),
    Row("a dividend, then a split", held(10), "100 101 99 100 | 50 51 49 50", "", (20, 0, 0),
        actions={1: (1, 0.5), 2: (2, 0)}, received=5.0),
]

TABLE = [
    *AT_MARKET, *VOLUME, *WAITING, *PRICES, *LIMITS, *FIRST_BAR, *STOPS,
    *TARGETS, *STOP_AND_TARGET, *PARTIALS, *LEVERED, *FEES, *ACTIONS,
]
