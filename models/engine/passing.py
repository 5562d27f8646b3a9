"""What position, account and stops are after bars on which a genome's rules did nothing."""

from models.engine.walking import aged
from models.kernels import compiled
from models.portfolio import Account, Position
from models.risk import Ladder, week_of
from models.specialists import Rules, trailed_stop


@compiled
def passed(
    position: Position,
    account: Account,
    ladder: Ladder,
    bars: int,
    day: float,
    last: float,
    best: float,
    high_equity: float,
    before: float,
    before_week: float,
    regime: float,
    rules: Rules,
    tick: float,
) -> tuple[Position, Account, Ladder]:
    """(position, account, its stops) after `bars` bars on which nothing happened, the last of UTC day `day` with the
    close `last` in `regime`.

    `best` is the best price by then, `high_equity` the highest equity of those bars, `before` and `before_week` the
    closes before the first bar of `day` and of its week (needed where that is among those bars).
    """
    entries, trades = position.entries, ladder.trades
    day_start, week_start = ladder.day_start, ladder.week_start
    if day != ladder.day:
        entries, trades, day_start = 0.0, 0.0, account.cash + position.quantity * before
        if week_of(day) != week_of(ladder.day):
            week_start = account.cash + position.quantity * before_week
    stop, age = position.stop, position.age
    if position.quantity != 0.0:
        stop = trailed_stop(aged(position, last, best, age, stop, entries, regime), rules, tick)
        age += bars
    equity = account.cash + position.quantity * last
    return (
        aged(position, last, best, age, stop, entries, regime),
        Account(
            cash=account.cash,
            equity=equity,
            peak=account.peak if account.paused_until > 0.0 else max(account.peak, high_equity),
            day=day,
            paused_until=account.paused_until,
            realised=account.realised,
            fees=account.fees,
            slip=account.slip,
            carry=account.carry,
            income=account.income,
            traded=account.traded,
        ),
        Ladder(
            equity=equity,
            peak=max(ladder.peak, high_equity),
            crest=max(ladder.crest, high_equity),
            day=day,
            day_start=day_start,
            week_start=week_start,
            level=ladder.level,
            breaker=ladder.breaker,
            until=ladder.until,
            scale=ladder.scale,
            trades=trades,
            trips=ladder.trips,
        ),
    )
