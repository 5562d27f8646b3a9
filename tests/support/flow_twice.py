"""The flow `trade` with real orders, twice with the same parameters, as Prefect does that runs a finished run again:
python flow_twice.py. Prints what both came to as JSON lines.
"""

import asyncio
import json

from prefect.testing.utilities import prefect_test_harness

from flows.trade import trade


def main() -> None:
    """Both in one server of its own."""
    with prefect_test_harness():
        for _ in range(2):
            print(json.dumps(asyncio.run(trade(live=True))), flush=True)


if __name__ == "__main__":
    main()
