"""What a guess of a passphrase costs."""

from dataclasses import dataclass

# Of scrypt's memory, 128 * n * r bytes: a forged header must not fill the machine's.
MOST_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's n, r and p; as they are here 128 MiB and about 0.4 s."""

    n: int = 1 << 17
    r: int = 8
    p: int = 1

    @property
    def allowed(self) -> bool:
        """Whether scrypt knows it and a machine has the memory."""
        power = self.n >= 1 << 10 and self.n & (self.n - 1) == 0
        return power and self.r >= 1 and 128 * self.n * self.r <= MOST_MEMORY and 1 <= self.p <= 16


COST = Cost()
