"""What is wrong with the rights of a key that is to trade."""

from collections.abc import Iterator

from models.types.wire import KeyRights

# By name: what it has to be, and what is wrong otherwise.
WANTED = {
    "can_trade": (True, "the key may not trade spot"),
    "can_withdraw": (False, "the key may withdraw"),
    "can_transfer": (False, "the key may transfer between accounts"),
    "spot_only": (True, "the key may trade more than spot"),
    "address_restricted": (True, "the key may be used from any address"),
}


def wrong_rights(rights: KeyRights, is_acknowledged: bool) -> Iterator[tuple[str, str]]:
    """(what was found, what to do) for each thing that is wrong; what the venue does not say is right where a person
    has acknowledged it, and what it does say never is.
    """
    for name, (wanted, wrong) in WANTED.items():
        said = getattr(rights, name)
        if said is not None and said is not wanted:
            yield wrong, f"make a key at {rights.venue} that is restricted"
    unsaid = [name.replace("_", " ") for name in WANTED if getattr(rights, name) is None]
    if unsaid and not is_acknowledged:
        yield (
            f"{rights.venue} does not say of the key: {', '.join(unsaid)}",
            f"look at the key there, and put {rights.venue} into execution.acknowledge_rights",
        )
