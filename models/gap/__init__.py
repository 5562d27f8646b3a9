"""What a traded window made and its backtest did not, split into data, signal, timing, fill and fee."""

from models.gap.executions import Done
from models.gap.kinds import CHAIN, Kind
from models.gap.splitting import Split, split
from models.gap.tape import Moment, Tape

__all__ = ["CHAIN", "Done", "Kind", "Moment", "Split", "Tape", "split"]
