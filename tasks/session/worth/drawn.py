"""Controllers that know nothing: the same spells of the same regimes, at other times."""

from collections.abc import Mapping

import numpy as np

from models.engine import Panel
from models.types import FloatArray
from tasks.session.backtesting.running import run_on
from tasks.session.book import Book
from tasks.session.worth.report import Random
from tasks.session.worth.variants import chosen_by, with_shuffled_regimes

SEED = 20_260_103
SHOWN = (5.0, 50.0, 95.0)


def random_controllers(book: Book, panel: Panel, real: Mapping[str, FloatArray], replicates: int) -> Random:
    """So many of them over the panel, and how many of them end below each of the `real` equities (n_times,) by name."""
    generator, plain = np.random.default_rng(SEED), chosen_by(book, False)
    shuffles = (with_shuffled_regimes(panel, book.traded, generator) for _ in range(replicates))
    ends = np.array([run_on(plain, one).equity[-1] for one in shuffles])
    low, median, high = (float(one) for one in np.percentile(ends / book.capital - 1.0, SHOWN))
    beaten = {name: float((ends < equity[-1]).mean()) for name, equity in real.items()}
    return Random(replicates, low, median, high, beaten)
