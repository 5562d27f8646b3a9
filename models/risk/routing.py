"""Which models speak for an instrument."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.types import BadInput, IntArray

# Columns of the edges that are blended.
MODELS = ("momentum", "boosting")


class Routes(dict[tuple[str, int], IntArray]):
    """Columns of the models that speak, by asset class and horizon in bars: `routes["crypto", 24]`. A model that is not
    among them weighs nothing; where there is none, nobody speaks.
    """

    def __missing__(self, key: tuple[str, int]) -> IntArray:
        """Nobody has said who speaks: that is a fault of the configuration, and not the same as nobody.

        Raises:
            BadInput: always.
        """
        asset_class, horizon = key
        known = ", ".join(f"{name} over {bars} bars" for name, bars in self)
        raise BadInput(
            f"no models are routed to {asset_class} over {horizon} bars; there is {known or 'nothing'}: name them in "
            f"risk.harmoniser.routes.{asset_class}"
        )


def routes_of(named: Mapping[str, Sequence[str]], horizon: int) -> Routes:
    """The table of the models `named` for each asset class, all of which predict over `horizon` bars.

    Raises:
        BadInput: a model is not known, or named twice.
    """
    table = Routes()
    for asset_class, models in named.items():
        wrong = [one for one in models if one not in MODELS or models.count(one) > 1]
        if wrong:
            raise BadInput(
                f"risk.harmoniser.routes.{asset_class} names {', '.join(wrong)}; each of {', '.join(MODELS)} may stand "
                "there once"
            )
        table[asset_class, horizon] = np.array([MODELS.index(one) for one in models], np.int64)
    return table
