"""What a language model said about texts, and what of its daily budget is spent: one small SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.types import Unavailable

BUSY_S = 5.0
TABLES = """
CREATE TABLE IF NOT EXISTS answers (question TEXT PRIMARY KEY, score REAL) STRICT;
CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, calls INTEGER NOT NULL, characters INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: a score of -1..1, None where the answer was none."""

    score: float | None


@dataclass(frozen=True, slots=True)
class Opinions:
    """The file at `path`; it is made with the first question."""

    path: Path

    def answer(self, question: str) -> Answer | None:
        """What came of the question (a hash) when it was asked, None where it never was.

        Raises:
            Unavailable: the file cannot be used.
        """
        with self._open() as held:
            row = held.execute("SELECT score FROM answers WHERE question = ?", (question,)).fetchone()
        return None if row is None else Answer(row[0])

    def keep(self, question: str, answer: Answer) -> None:
        """Keep what came of it; nobody asks again.

        Raises:
            Unavailable: the file cannot be used.
        """
        with self._open() as held:
            held.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (question, answer.score))

    def spend(self, day: str, characters: int, most_calls: int, most_characters: int) -> bool:
        """Take a call with that many characters out of the day's budget, before it is made; whether there was enough.

        Raises:
            Unavailable: the file cannot be used.
        """
        with self._open() as held:
            held.execute("INSERT OR IGNORE INTO spent VALUES (?, 0, 0)", (day,))
            taken = held.execute(
                "UPDATE spent SET calls = calls + 1, characters = characters + ? "
                "WHERE day = ? AND calls < ? AND characters + ? <= ?",
                (characters, day, most_calls, characters, most_characters),
            )
            return taken.rowcount == 1

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=BUSY_S)) as held, held:
                held.executescript(TABLES)
                yield held
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"{self.path} cannot be used ({error}); make its folder writable, or delete the file: the model is "
                "asked again, and its budget of the day begins anew"
            ) from error
