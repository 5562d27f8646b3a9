"""What a search wants to know of a genome's trades, counted while it runs."""

from typing import NamedTuple

from models.kernels import compiled
from models.portfolio import Account
from models.types import FloatArray

# Columns of Evaluations.figures.
FIGURES = ("trades", "wins", "gain", "loss", "returns", "squares", "equity", "drawdown", "costs", "held", "entries")
# Columns of Evaluations.by_group.
GROUPED = ("trades", "returns", "squares")


class Score(NamedTuple):
    """Of the round trips so far; money in quote currency. See Evaluations for what each figure is.

    Attributes:
        cash: when there was no position last.
        top: most cash that there was without a position.
    """

    trades: float
    wins: float
    gain: float
    loss: float
    returns: float
    squares: float
    drawdown: float
    held: float
    entries: float
    cash: float
    top: float


@compiled
def no_score(capital: float) -> Score:
    """Before the first bar."""
    return Score(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, capital, capital)


@compiled
def closed(score: Score, cash: float) -> Score:
    """The score after a round trip that left `cash`."""
    profit = cash - score.cash
    share = profit / score.cash
    top = max(score.top, cash)
    return Score(
        trades=score.trades + 1.0,
        wins=score.wins + (1.0 if profit > 0.0 else 0.0),
        gain=score.gain + max(profit, 0.0),
        loss=score.loss - min(profit, 0.0),
        returns=score.returns + share,
        squares=score.squares + share * share,
        drawdown=max(score.drawdown, 1.0 - cash / top),
        held=score.held,
        entries=score.entries,
        cash=cash,
        top=top,
    )


@compiled
def counted(score: Score, held: float, entries: float) -> Score:
    """The score after so many more bars with a position, and so many more entries."""
    return Score(
        trades=score.trades,
        wins=score.wins,
        gain=score.gain,
        loss=score.loss,
        returns=score.returns,
        squares=score.squares,
        drawdown=score.drawdown,
        held=score.held + held,
        entries=score.entries + entries,
        cash=score.cash,
        top=score.top,
    )


@compiled
def write_figures(figures: FloatArray, row: int, score: Score, account: Account) -> None:
    """Write a genome's row of Evaluations.figures."""
    figures[row, 0] = score.trades
    figures[row, 1] = score.wins
    figures[row, 2] = score.gain
    figures[row, 3] = score.loss
    figures[row, 4] = score.returns
    figures[row, 5] = score.squares
    figures[row, 6] = account.equity
    figures[row, 7] = score.drawdown
    figures[row, 8] = account.fees + account.slip + account.carry
    figures[row, 9] = score.held
    figures[row, 10] = score.entries
