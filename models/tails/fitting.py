"""The one place where parameters are estimated, by `arch`.

What it finds depends on the versions of libraries, so a fit is a fact: who calls it keeps what it said.
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np

from models.tails.garch import Garch
from models.types import FloatArray

# What is fitted; another model is another fact.
MODEL = "constant mean, GJR-GARCH(1,1), t innovations, percent"
# Gives the parameters of a window of log returns in percent (n,), None where none were found.
Fit = Callable[[FloatArray], Garch | None]


def fit_garch(returns: FloatArray) -> Garch | None:
    """Most likely parameters for a window of log returns in percent, shape (n,).

    None where the search did not converge, or nothing moves.
    """
    from arch import arch_model  # it takes a second to import, and most commands fit nothing

    if not returns.size or returns.min() == returns.max():
        return None
    model = arch_model(returns, vol="GARCH", p=1, o=1, q=1, dist="t", rescale=False)
    found = model.fit(disp="off", show_warning=False)
    values = [float(one) for one in np.asarray(found.params)]
    if found.convergence_flag != 0 or not all(math.isfinite(one) for one in values):
        return None
    return Garch(*values)


def fit_key(returns: FloatArray) -> str:
    """SHA-256 of the window and of what is fitted to it."""
    digest = hashlib.sha256(f"{MODEL} {returns.size}\n".encode())
    digest.update(np.ascontiguousarray(returns).tobytes())
    return digest.hexdigest()
