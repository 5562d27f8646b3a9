"""How the configuration wants regimes to be detected."""

from conf.genomes import load_genomes
from models.regime import RegimeSettings
from models.types import Regime
from tasks.session.desk import Desk


def regime_settings(desk: Desk) -> RegimeSettings:
    """Detector and timeframes of the configuration; the crisis genome says from which index on it is a crisis.

    Raises:
        BadInput: a genome cannot be used.
        Damaged: a genome's file was changed after it was sealed.
    """
    chosen, genomes = desk.loaded.settings.regimes, load_genomes(desk.loaded.settings.specialists)
    return RegimeSettings(chosen.detector, chosen.context, chosen.trigger, genomes[Regime.CRISIS]["crisis_threshold"])
