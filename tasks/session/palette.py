"""Colours that the pictures of a backtest share."""

from models.types import Regime

REGIMES = {
    Regime.VOLATILE: "#f2b134",
    Regime.TRENDING: "#4fb477",
    Regime.RANGING: "#c9d3e0",
    Regime.CRISIS: "#d1495b",
}
LEGS = {
    "exit": "#1d3557",
    "stop": "#d1495b",
    "target": "#4fb477",
    "partial": "#f2b134",
    "liquidation": "#000000",
}
EQUITY, HOLD, CASH, EXPOSURE = "#1d3557", "#b5179e", "#888888", "#457b9d"
SYSTEMS = ("#e07a1f", "#2a9d8f", "#7b5ea7", "#8d6e63")
LOSS, GAIN = "#d1495b", "#4fb477"
