"""Who is believed, when feeds tell different closes."""

from dataclasses import dataclass

from tasks.session.feeds.comparing import CrossCheck


@dataclass(frozen=True, slots=True)
class Ruling:
    """`believed`: those that are borne out; `wrong`: the others. Both are empty when nobody can tell."""

    believed: tuple[str, ...]
    wrong: tuple[str, ...]


UNDECIDED = Ruling((), ())


def rule_on(voters: tuple[str, ...], own: frozenset[str], check: CrossCheck) -> Ruling:
    """The majority: those with whom more than half of all voters agree, themselves included.

    `own` are the voters quoted in the series' own currency. Without one of them in the majority nothing is decided:
    two feeds in dollars that agree do not show that one in tethers is wrong.
    """
    backed = tuple(
        one
        for one in voters
        if 2 * (1 + sum(check.agree(one, other) for other in voters if other != one)) > len(voters)
    )
    if not own.intersection(backed):
        return UNDECIDED
    return Ruling(backed, tuple(one for one in voters if one not in backed))
