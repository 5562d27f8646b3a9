"""Scenarios of a stress test: the file that they are written in, and what is wrong with it."""

from conf.scenarios.loading import load_scenarios
from conf.scenarios.names import known_names
from conf.scenarios.values import Known, Proxy, ScenarioFile, WrongScenario

__all__ = ["Known", "Proxy", "ScenarioFile", "WrongScenario", "known_names", "load_scenarios"]
