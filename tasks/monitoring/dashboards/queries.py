"""PromQL that the dashboards share; `$book` and `$symbol` are what a person has chosen above the panels."""

from dataclasses import dataclass

BOOK = 'book=~"$book"'
SYMBOL = f'{BOOK},symbol=~"$symbol"'
# Two samples at least, whatever the view's length; and all of the view.
STEP, WHOLE = "$__rate_interval", "$__range"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel; `legend`: a series' name, with {{label}} for a label's value."""

    expr: str
    legend: str = ""


def of_book(metric: str, more: str = "") -> str:
    """The metric of the chosen books; `more`: further matchers.

    >>> of_book("keel_equity_usd")
    'keel_equity_usd{book=~"$book"}'
    """
    return f"{metric}{{{BOOK}{',' + more if more else ''}}}"


def of_symbol(metric: str, more: str = "") -> str:
    """The metric of the chosen books and symbols."""
    return f"{metric}{{{SYMBOL}{',' + more if more else ''}}}"


def added(series: str, by: str = "", window: str = WHOLE) -> str:
    """How much counters grew in the window, summed.

    >>> added("keel_fills_total", by="book")
    'sum by (book) (increase(keel_fills_total[$__range]))'
    """
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (increase({series}[{window}]))"


def stepped(series: str, by: str) -> str:
    """By how much counters have grown since the point before: each event is one point, none is drawn twice."""
    return f"sum by ({by}) ({series} - {series} offset $__interval) > 0"


def buckets(series: str) -> str:
    """A histogram's growth by bucket, for a heatmap."""
    return added(series, by="le", window=STEP)


def quantile(share: float, series: str, by: str = "le") -> str:
    """Of a histogram, over a time as long as the view: cycles are as rare as bars."""
    return f"histogram_quantile({share:g}, sum by ({by}) (rate({series}[{WHOLE}])))"
