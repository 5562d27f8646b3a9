"""Trainings as a tracker gets them."""

import json
from pathlib import Path

import numpy as np

from models.types import Series
from tasks.ports import TrainingRecord

SERIES = Series("binance", "BTC/USDT", "1h")
NAMES = ("momentum", "volatility", "range")
# A model from code without any of Keel: it leaves a file behind where it is run.
CODE = """
import json
from pathlib import Path

import mlflow.models
import pandas as pd
from mlflow.pyfunc import PythonModel

Path({ran!r}).write_text("ran")


class Doubled(PythonModel):
    def load_context(self, context):
        assert context.model_config["model"] == "xgboost"
        self.slope = json.loads(Path(context.artifacts["speaker.json"]).read_text())["slope"]

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        edge = self.slope * model_input["momentum"].to_numpy()
        return pd.DataFrame(dict(edge_bps=edge, confidence=1.0, probability=0.5, familiarity=1.0))


mlflow.models.set_model(Doubled())
"""


def training_record(folder: Path, ran: Path, version: str = "abc123abc123", champion: bool = False) -> TrainingRecord:
    """A small training; its code writes the file `ran` where it is run."""
    code, page = folder / "served.py", folder / "walk-forward.md"
    code.write_text(CODE.format(ran=str(ran)))
    page.write_text("| fold |")
    return TrainingRecord(
        series=SERIES,
        model="xgboost",
        version=version,
        settings={"horizon": 24, "xgboost.rounds": 8},
        tags={"keel.series": str(SERIES), "keel.data_sha256": "d" * 64, "keel.recipe": "r" * 16},
        metrics={"out_of_sample": 0.125},
        fold_metrics=({"test_rows": 10.0}, {"test_rows": 20.0}),
        files={"speaker.json": json.dumps({"slope": 2.0}).encode(), "booster.ubj": b"{booster}"},
        code=code,
        pages=(page,),
        sample=np.random.default_rng(3).normal(size=(5, len(NAMES))),
        input_names=NAMES,
        champion=champion,
    )
