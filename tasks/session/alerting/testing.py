"""Whether each channel works: by a message that a person asked for, or once a day without one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from conf.schema.alerts import AlertsConfig
from data.journal import ChannelState, Deliveries, Journal
from models.types import BadInput, KeelError
from models.types.timeframes import DAY, MINUTE
from tasks.session.alerting.couriers import Send, attempt
from tasks.session.alerting.dispatching import failed_again, tell_failing, trial_message
from tasks.session.alerting.messages import Place

# Between two tests without a message of a channel that failed the first.
AGAIN = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Tested:
    """A channel, and why it did not take the message; None where it did."""

    channel: str
    error: str | None


def try_channels(sends: Mapping[str, Send], place: Place, wanted: Sequence[str]) -> list[Tested]:
    """A message through each channel now, or through those that are wanted.

    Raises:
        BadInput: one that is wanted is not configured.
    """
    unknown = [one for one in wanted if one not in sends]
    if unknown:
        raise BadInput(f"found no channel {', '.join(unknown)}; configured are {', '.join(sends)} (alerts.channels)")
    names = wanted or list(sends)
    return [Tested(name, attempt(sends[name], trial_message(name, place)).error) for name in names]


def prove_daily(journal: Journal, reaches: Mapping[str, Callable[[], None]], settings: AlertsConfig, now: int) -> None:
    """Ask the server of each channel that has proven itself neither by a message nor by an answer for a day.

    Nobody hears of one that answers; one that does not is an alert, which the other channels tell.
    """
    deliveries = Deliveries(journal.engine)
    states = deliveries.states()
    for name, reach in reaches.items():
        state = states.get(name, ChannelState(name))
        if _is_proven(state, now):
            continue
        error = _failure(reach)
        if error is not None:
            failed = failed_again(state, error, settings, now)
            deliveries.note(failed)
            tell_failing(journal, failed, now)
        else:
            deliveries.note(replace(state, proven_at=now))


def _failure(reach: Callable[[], None]) -> str | None:
    try:
        reach()
    except KeelError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - of a library; without its text, which may show the address
        return f"its server cannot be asked ({type(error).__name__})"
    return None


def _is_proven(state: ChannelState, now: int) -> bool:
    if state.failures:
        return state.retry_at is not None and now < max(state.retry_at, (state.failing_since or 0) + AGAIN)
    return state.proven_at is not None and now - state.proven_at < DAY
