"""A live book on an exchange in memory that does what it is told to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from order_sims import Process, Simulation, left_alone, simulation

Begin = Callable[..., Simulation]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Simulations in which nothing happens by chance; `fee_asset` and hooks of the processes as they are wanted."""
    with ExitStack() as stack:

        def begun(fee_asset: str = "received", plan: Callable[[Process], None] = left_alone) -> Simulation:
            one = stack.enter_context(simulation(0, plan=plan))
            one.world.exchange.fees.asset = fee_asset  # type: ignore[assignment]
            return one

        yield begun
