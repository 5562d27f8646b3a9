"""A live book on an exchange in memory that does what it is told to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from order_sims import Simulation, left_alone, simulation

Begin = Callable[..., Simulation]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Simulations in which nothing happens by chance; `plan` may put hooks at the steps of each process."""
    with ExitStack() as stack:
        yield lambda plan=left_alone: stack.enter_context(simulation(0, plan=plan, fee_asset="received"))


@pytest.fixture
def book(begin: Begin) -> Simulation:
    """One of them."""
    return begin()
