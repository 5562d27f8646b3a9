"""What is added to a position, and what is ordered away of it: rows of the table of orders and fills, by hand.

Ten units at 100 cost 1.00 as a taker. See order_rows for how a row is read.
"""

from order_rows import Row, adding, reducing

# fmt: off
MARGIN = {"margin": 0.2, "maintenance": 0.1, "liquidation_fee": 0.01}
IN_BASE = {"fee_in_base": 1.0, "lot": 0.01}
ADDITIONS = [
    Row("an addition fills at the open", adding(10, 5), "101 103 99 102", "1 add 5 at 101 fee 0.505", (15, 0, 0)),
    # A short without a stop ends at twice the mean of its prices.
    Row("a short is added to", adding(-10, -5), "101 103 99 102", "1 add -5 at 101 fee 0.505", (-15, 0, 200.67)),
    Row("its slip is against it", adding(10, 5), "100 103 99 102", "1 add 5 at 101 fee 0.505", (15, 0, 0),
        venue={"half_spread": 0.01}),
    Row("what it did not get of the volume expires", adding(10, 150), "101 103 99 102 | 101 103 99 102",
        "1 add 100 at 101 fee 10.1", (110, 0, 0), cash=1e5),
    Row("volume for less than a lot: it expires", adding(10, 5), "101 103 99 102 9 | 101 103 99 102", "", (10, 0, 0)),
    Row("without volume it waits", adding(10, 5), "99 103 98 102 0 | 101 103 99 102", "2 add 5 at 101 fee 0.505",
        (15, 0, 0)),
    Row("so it does for a bar not to be traded on", adding(10, 5), "nan nan nan 102 | 101 103 99 102",
        "2 add 5 at 101 fee 0.505", (15, 0, 0)),
    # 1000 / (110 * 1.001) = 9.08
    Row("a gap beyond the cash cuts an addition", adding(10, 20), "110 111 109 110", "1 add 9 at 110 fee 0.99",
        (19, 0, 0), cash=1_000.0),
    Row("cash for less than a lot: an addition expires", adding(10, 5), "100 101 99 100 | 90 91 89 90", "", (10, 0, 0),
        cash=100.0),
    Row("debts add nothing", adding(10, 5), "100 101 99 100", "", (10, 0, 0), cash=-5.0),
    Row("cut below the smallest order, it expires", adding(10, 10), "100 101 99 100", "", (10, 0, 0),
        venue={"min_notional": 500}, cash=450.0),
    # 10 units bind 200 of 1000: with the cash of -700 are free -700 + 800 = 100, for 4.97 more at 100 * 0.201
    Row("on margin its own position pays for it", adding(10, 9, stop=90), "100 101 99 100",
        "1 add 4 at 100 fee 0.4", (14, 0, 90), venue=MARGIN, cash=-700.0),
    # Entered at the mean of 95; with a margin of 0.2 of which 0.1 is kept it ends at 85.5.
    Row("the margin's end goes along", adding(10, 10, stop=90), "90 91 89.5 90.5", "1 add 10 at 90 fee 0.9",
        (20, 0, 85.5), venue=MARGIN),
    Row("up as well", adding(10, 10, stop=90), "120 121 119 120", "1 add 10 at 120 fee 1.2", (20, 0, 99), venue=MARGIN),
    Row("not a stop that is nearer", adding(10, 10, stop=95), "98 99 97 98", "1 add 10 at 98 fee 0.98", (20, 0, 95),
        venue=MARGIN),
    Row("a short's end", adding(-10, -10, stop=110), "106 107 105 106", "1 add -10 at 106 fee 1.06", (-20, 0, 113.3),
        venue=MARGIN),
    Row("its fee is taken of what was bought", adding(10, 5), "100 103 99 102", "1 add 4.99 at 100 fee 1",
        (14.99, 0, 0), venue=IN_BASE),
    Row("a stop in the bar sells both", adding(10, 5, stop=95), "100 101 94 96",
        "1 add 5 at 100 fee 0.5 | 1 stop -15 at 95 fee 1.425"),
    Row("a target in the bar too", adding(10, 5, target=105), "100 106 99 104",
        "1 add 5 at 100 fee 0.5 | 1 target -15 at 105 fee 0.7875"),
    Row("it has its share of the volume before the stop", adding(10, 95, stop=95), "100 101 94 96",
        "1 add 95 at 100 fee 9.5 | 1 stop -5 at 95 fee 0.475", (100, -100, 95), cash=1e5),
    Row("a split voids an addition", adding(10, 5), "50 51 49 50", "", (20, 0, 0), actions={1: (2, 0)}),
    Row("a dividend is of what was held before", adding(10, 5), "100 101 99 100", "1 add 5 at 100 fee 0.5", (15, 0, 0),
        actions={1: (1, 0.5)}, received=5.0),
]
PART = reducing(10, 4, stop=95, target=110, partial=103, part=5)
REDUCTIONS = [
    Row("a reduction fills at the open", reducing(10, 4), "101 103 99 102", "1 exit -4 at 101 fee 0.404", (6, 0, 0)),
    Row("a short is covered in part", reducing(-10, -4), "101 103 99 102", "1 exit 4 at 101 fee 0.404", (-6, 0, 0)),
    Row("what a reduction did not get waits", reducing(150, 120), "101 103 99 102 | 102 103 99 102",
        "1 exit -100 at 101 fee 10.1 | 2 exit -20 at 102 fee 2.04", (30, 0, 0)),
    Row("without volume a reduction waits", reducing(10, 4), "99 103 98 102 0 | 101 103 99 102",
        "2 exit -4 at 101 fee 0.404", (6, 0, 0)),
    Row("for less than a lot too", reducing(10, 4), "99 103 98 102 9 | 101 103 99 102", "2 exit -4 at 101 fee 0.404",
        (6, 0, 0)),
    Row("it asks for no smallest order any more", reducing(10, 4), "101 103 99 102", "1 exit -4 at 101 fee 0.404",
        (6, 0, 0), venue={"min_notional": 500}),
    Row("the stop of its bar sells the rest", reducing(10, 4, stop=95), "100 101 94 96",
        "1 exit -4 at 100 fee 0.4 | 1 stop -6 at 95 fee 0.57"),
    Row("and what that could not sell waits, all of it", reducing(150, 40, stop=95), "100 101 94 96",
        "1 exit -40 at 100 fee 4 | 1 stop -60 at 95 fee 5.7", (50, -50, 95)),
    Row("a stop while a reduction waits takes all along", reducing(150, 120, stop=95), "100 101 96 98 | 98 99 94 95",
        "1 exit -100 at 100 fee 10 | 2 exit -20 at 98 fee 1.96 | 2 stop -30 at 95 fee 2.85"),
    Row("the target of its bar sells the rest", reducing(10, 4, target=105), "100 106 99 104",
        "1 exit -4 at 100 fee 0.4 | 1 target -6 at 105 fee 0.315"),
    Row("its part of what is left", PART, "100 104 99 103", "1 exit -4 at 100 fee 0.4 | 1 partial -5 at 103 fee 0.2575",
        (1, 0, 95)),
    # 100 of the volume: 60 go at the open, 40 at the target; 20 are still to be reduced of 100
    Row("a target while it waits leaves it", reducing(180, 120, target=105), "100 106 99 104 | 104 104.5 103 104",
        "1 exit -100 at 100 fee 10 | 2 exit -20 at 104 fee 2.08", (60, 0, 0)),
    Row("a split moves it along", reducing(10, 4), "50 51 49 50", "1 exit -8 at 50 fee 0.4", (12, 0, 0),
        actions={1: (2, 0)}),
    # 10 / 4 = 2.5, of which half a unit is paid out; 4 / 4 = 1
    Row("a reverse split too", reducing(10, 4), "400 410 390 400", "1 exit -1 at 400 fee 0.4", (1, 0, 0),
        actions={1: (0.25, 0)}, received=200.0),
    Row("to nothing where it is less than a lot", reducing(10, 3), "400 410 390 400", "", (2, 0, 0),
        actions={1: (0.25, 0)}, received=200.0),
    Row("its rest moves along", reducing(150, 120), "100 101 99 100 | 50 51 49 50",
        "1 exit -100 at 100 fee 10 | 2 exit -40 at 50 fee 2", (60, 0, 0), actions={2: (2, 0)}),
]
WEIGHTS = [*ADDITIONS, *REDUCTIONS]
# fmt: on
