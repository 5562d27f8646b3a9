"""The code of a registered model: MLflow runs its own copy of this file where the model is to answer, in Keel's
environment. Each version keeps the copy it was registered with, pinned by its checksum as its other files are.
"""

from pathlib import Path
from typing import Any

import mlflow.models
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from models.predictors.predictions import FINAL_FOLD
from models.predictors.speaker import speak
from tasks.adapters.tracking.edge_models import OUTPUTS
from tasks.session.speaker_files import speaker_of


class RegisteredModel(PythonModel):
    """Says of each row what the final speaker of the version says."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the files that the version was registered with."""
        files = {name: Path(path).read_bytes() for name, path in context.artifacts.items()}
        self._speaker = speaker_of(context.model_config["model"], files)

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002 - the arguments are MLflow's
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """Edge, confidence, calibrated probability and familiarity of each row, units as in Predictions.

        The rows are consecutive bars, ascending: a model with a memory reads those before a bar too, and says nothing
        (NaN) of the first ones.
        """
        inputs = np.asarray(model_input, np.float64)
        rows = np.arange(len(inputs))
        said = speak(self._speaker, rows, inputs, slice(0, rows.size), FINAL_FOLD, 0)
        return pd.DataFrame({name: getattr(said, name) for name in OUTPUTS})


mlflow.models.set_model(RegisteredModel())
