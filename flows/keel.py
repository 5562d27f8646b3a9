"""The command `keel`. An emergency stop is set before anything else is imported, and is told of without the rest."""

import sys

from tasks.stopping import COMMANDS, stop_by


def main() -> None:
    """Run the command line; exit codes: see flows.cli."""
    if sys.argv[1:2] and sys.argv[1] in COMMANDS and stop_by(sys.argv[1], sys.argv[2:]) is not None:
        from flows.commands.emergency import alone

        alone()
        return
    from flows.cli import main as run

    run()


if __name__ == "__main__":
    main()
