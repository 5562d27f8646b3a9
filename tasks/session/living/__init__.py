"""Live trading asks for several separate acts of a person; this is what they are, and which are missing."""

from tasks.session.living.acts import Act, Asked, MissingAct, VenueFacts, missing_acts
from tasks.session.living.confirming import (
    configured_caps,
    confirm_live,
    live_venues,
    phrase_for,
    revoke_in,
    revoke_live,
    terms_of,
)
from tasks.session.living.earning import Earned, Remembered, earned_by
from tasks.session.living.requiring import (
    caps_in_force,
    costs_money,
    facts_of,
    key_of,
    require_live,
    require_sound_key,
    standing,
)
from tasks.session.living.terms import Terms

__all__ = [
    "Act",
    "Asked",
    "Earned",
    "MissingAct",
    "Remembered",
    "Terms",
    "VenueFacts",
    "caps_in_force",
    "configured_caps",
    "confirm_live",
    "costs_money",
    "earned_by",
    "facts_of",
    "key_of",
    "live_venues",
    "missing_acts",
    "phrase_for",
    "require_live",
    "require_sound_key",
    "revoke_in",
    "revoke_live",
    "standing",
    "terms_of",
]
