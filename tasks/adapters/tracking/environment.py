"""What MLflow has to find in the environment before it is imported. Importing this module puts it there."""

import os

# Nothing leaves the machine, and no pickle is ever loaded.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
# Of itself it asks a server that is down for four minutes, and one that hangs for longer.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
# Of itself it prints two links at the end of each run, and asks the server for the run to do so: an evolution has 25.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
