"""What a person may turn: YAML files, the typed tree they are checked against, secrets, and where runtime files go."""

from conf.home import PROJECT, home
from conf.load import Loaded, load, stage_said
from conf.schema import Settings
from conf.secrets import Secrets, load_secrets

__all__ = ["PROJECT", "Loaded", "Secrets", "Settings", "home", "load", "load_secrets", "stage_said"]
