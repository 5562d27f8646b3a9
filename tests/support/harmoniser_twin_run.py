"""Seeded edges, printed as JSON: python harmoniser_twin_run.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np

from models.risk.harmoniser import Beliefs, harmonised
from models.risk.skill import past_skill

BARS = 600
MODELS = 5


def main() -> None:
    """Skill and blend of five models that are silent now and then."""
    rng = np.random.default_rng(11)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, BARS)))
    edge = rng.normal(0.0, 40.0, (BARS, MODELS))
    edge[rng.random((BARS, MODELS)) < 0.3] = np.nan
    edge[200:260] = np.nan
    confidence, beliefs = rng.random((BARS, MODELS)), Beliefs(5.0, 1.5, 50.0, 25.0, 0.05, 20.0, 2.0)
    speaks = rng.random((BARS, MODELS)) < 0.7
    speaks[:, 2] = False
    blended = harmonised(edge, confidence, close, 12, speaks, beliefs)
    skill = past_skill(edge[:, 2].copy(), close, 7, 0.05, 20.0, 2.0)
    digests = {name: hashlib.sha256(one.tobytes()).hexdigest() for name, one in (("skill", skill), ("edge", blended))}
    spread = {"skills": len(np.unique(skill)), "silent": int(np.isnan(blended[:, 0]).sum())}
    print(json.dumps({"compiled": not numba.config.DISABLE_JIT} | digests | spread))


if __name__ == "__main__":
    main()
