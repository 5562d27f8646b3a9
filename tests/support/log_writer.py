"""A process that logs: python log_writer.py FILE NAME COUNT KIND writes numbered lines, and says each that it wrote."""

import logging.handlers
import sys
from pathlib import Path

from tasks.adapters.logs.appending import RotatedFile

# Small, so that there are many rotations, and so many files that none is dropped.
MOST, FILES = 20_000, 400
PADDING = "x" * 60


def main(path: Path, name: str, count: int, kind: str) -> None:
    write = plain(path) if kind == "plain" else shared(path)
    for number in range(count):
        line = f"{name}-{number}"
        write(line)
        print(line, flush=True)


def shared(path: Path):
    file = RotatedFile(path, MOST, FILES)
    return lambda line: file.append(f'{{"line": "{line}", "more": "{PADDING}"}}\n'.encode())


def plain(path: Path):
    """The standard library's: what this is held against."""
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=MOST, backupCount=FILES)
    return lambda line: handler.emit(
        logging.makeLogRecord({"msg": f'{{"line": "{line}", "more": "{PADDING}"}}', "levelno": 20})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
