"""A look into the vault, for the shell and for Prefect."""

from tasks.session.evolving.report import Brief
from tasks.session.evolving.showing import span_text
from tasks.session.evolving.vault import VaultReport


def vault_sides(found: VaultReport) -> dict[str, dict[str, Brief | None]]:
    """Figures of each specialist on the held slice, beside those that are known."""
    return {
        name: {"held back": held, "out of sample": found.out_of_sample.get(name), "in sample": found.in_sample[name]}
        for name, held in found.held.items()
    }


def vault_sentence(found: VaultReport) -> str:
    """What was looked at, and how much it is still worth."""
    times = "the first look" if found.looks == 1 else f"look number {found.looks}"
    return (
        f"{times} at {span_text(found.window)}, run {found.run}, because: {found.why}. It was charged as a trial; "
        "every look takes something from what these bars can prove."
    )
