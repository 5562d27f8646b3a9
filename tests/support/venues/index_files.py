"""Cboe's daily index files: American dates, no volumes, one file for each index."""

from datetime import UTC, datetime
from email.message import Message

from venues.base import Loopback, Problem
from venues.tape import DAY_MS, Candle, Tape


class IndexFiles(Loopback):
    """The file of VIX."""

    def answer(self, path: str, query: dict[str, str], tape: Tape, headers: Message) -> object:
        if not path.endswith("/daily_prices/VIX_History.csv"):
            raise Problem(403, "<Error><Code>AccessDenied</Code></Error>")
        candles = tape.candles(DAY_MS, 0, tape.spans[-1][1]) if tape.spans else []
        return "\n".join(["DATE,OPEN,HIGH,LOW,CLOSE", *(_line(one) for one in candles)]) + "\n"


def _line(one: Candle) -> str:
    date = datetime.fromtimestamp(one.begin / 1000, UTC).strftime("%m/%d/%Y")
    return ",".join([date, *one.figures[:4]])
