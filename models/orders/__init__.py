"""What an order desk decides without asking anybody: slices, collars, the last gate, the venue, what it cost."""

from models.orders.collar import collared, has_left
from models.orders.gate import REDUCING_TIMES, GateCaps, GateReason, Standing, is_own_refusal, refused, says
from models.orders.grid import ceiled, floored
from models.orders.mandate import Done, Mandate, Outcome, mandate_of, role_of
from models.orders.planning import Ask, End, Patience, Rest, Send, Step, Withdraw, next_step, too_small
from models.orders.routing import Candidate, Choice, PassedOver, cheapest
from models.orders.slicing import sliced
from models.orders.slippage import slippage_bps

__all__ = [
    "REDUCING_TIMES",
    "Ask",
    "Candidate",
    "Choice",
    "Done",
    "End",
    "GateCaps",
    "GateReason",
    "Mandate",
    "Outcome",
    "PassedOver",
    "Patience",
    "Rest",
    "Send",
    "Standing",
    "Step",
    "Withdraw",
    "ceiled",
    "cheapest",
    "collared",
    "floored",
    "has_left",
    "is_own_refusal",
    "mandate_of",
    "next_step",
    "refused",
    "role_of",
    "says",
    "sliced",
    "slippage_bps",
    "too_small",
]
