"""News: what is said of an asset today moves it tomorrow."""

from models.alpha.inputs import AlphaInputs
from models.types import FloatArray


def news(inputs: AlphaInputs) -> FloatArray:
    """The signal of the headlines about the asset as they were known at each bar's close, shape (n_bars,), -1..1.

    Zero where the news was heard and was silent about it, NaN where nobody heard any. Source: Tetlock (2007), Giving
    content to investor sentiment: the role of media in the stock market, Journal of Finance 62(3).
    """
    return inputs.news
