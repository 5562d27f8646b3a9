"""A publisher that sends until it is killed: python streams_process.py JOURNAL REDIS_URL."""

import sys
from pathlib import Path

from data.journal import open_journal
from tasks.adapters.events import Publisher, RedisStreams

if __name__ == "__main__":
    journal = open_journal(Path(sys.argv[1]))
    publisher = Publisher(RedisStreams(sys.argv[2], None, 1_000_000), lambda: journal)
    while True:
        print(publisher.publish(), flush=True)
