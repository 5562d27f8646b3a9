"""What each specialist lately earned, and the verdicts on it: arrays that the step carries from bar to bar.

A record is a row of figures: whether its specialist is benched, its performance and the day that was reckoned on, the
verdicts of the last five decisions as bits, how many trades it has closed, and return and day of the last twenty. What
is held in a haven is no trade of anybody's.
"""

import numpy as np

from models.kernels import inlined
from models.meta.controller import BENCHED, PERFORMANCE, Controller
from models.types import FloatArray, Regime

LOOKBACK = 20
AS_OF, VERDICTS, COUNT, RETURNS = 2, 3, 4, 5
DAYS = RETURNS + LOOKBACK
RECORD = DAYS + LOOKBACK
NEVER = -1.0
# A verdict is taken over once it held in NEEDED of the last decisions, of which VERDICTS has one bit each.
NEEDED = 3
MEMORY_BITS = 31


def no_records(systems: int) -> FloatArray:
    """Records of shape (n_systems, n_specialists, RECORD) before the first trade."""
    records = np.zeros((systems, len(Regime), RECORD))
    records[:, :, AS_OF] = NEVER
    return records


@inlined
def note_trade(records: FloatArray, system: int, specialist: int, gain: float, day: float) -> None:
    """Write a closed round trip that earned `gain`, fraction of what was put in, on UTC day number `day`."""
    slot = int(records[system, specialist, COUNT]) % LOOKBACK
    records[system, specialist, RETURNS + slot] = gain
    records[system, specialist, DAYS + slot] = day
    records[system, specialist, COUNT] += 1.0
    records[system, specialist, AS_OF] = NEVER


@inlined
def vote(records: FloatArray, system: int, day: float, controller: Controller) -> None:
    """Pass a verdict on every specialist at a decision of `day`, and bench it or bring it back by the last five.

    The verdicts that a change came of are forgotten with it: they were passed by another threshold than the next ones.
    Its performance is the sum of the returns of its last LOOKBACK trades, as far as they are no older than
    `memory_days`, shrunk toward zero the fewer these n are: sum * n / (n + prior_trades).
    """
    for one in range(records.shape[1]):
        if records[system, one, AS_OF] != day:
            known = 0.0
            total = 0.0
            for slot in range(min(int(records[system, one, COUNT]), LOOKBACK)):
                if day - records[system, one, DAYS + slot] <= controller.memory_days:
                    known += 1.0
                    total += records[system, one, RETURNS + slot]
            shrunk = 0.0
            if known > 0.0:
                shrunk = total * known / (known + controller.prior_trades)
            records[system, one, PERFORMANCE] = shrunk
            records[system, one, AS_OF] = day
        benched = records[system, one, BENCHED] != 0.0
        worst = -controller.recovery if benched else -controller.underperformance
        verdicts = int(records[system, one, VERDICTS]) * 2 & MEMORY_BITS
        if records[system, one, PERFORMANCE] < worst:
            verdicts += 1
        against = 0
        left = verdicts
        while left > 0:
            against += left & 1
            left >>= 1
        against_it = against >= NEEDED
        if against_it != benched:
            verdicts = MEMORY_BITS if against_it else 0
        records[system, one, VERDICTS] = float(verdicts)
        records[system, one, BENCHED] = 1.0 if against_it else 0.0
