"""Keys and passwords: what they are called, where they are read, and how no text that leaves the process has them."""

from conf.secrets.known import SHORTEST, is_text, remember
from conf.secrets.loading import Secrets, dotenv_path, load_secrets, read_dotenv, read_environment
from conf.secrets.names import KEYS, PASSPHRASE, VENUES, is_secret, names_of, variable_of
from conf.secrets.private import mode_of, require_private
from conf.secrets.scrubbing import HIDDEN, plain, scrub, scrub_values

__all__ = [
    "HIDDEN",
    "KEYS",
    "PASSPHRASE",
    "SHORTEST",
    "VENUES",
    "Secrets",
    "dotenv_path",
    "is_secret",
    "is_text",
    "load_secrets",
    "mode_of",
    "names_of",
    "plain",
    "read_dotenv",
    "read_environment",
    "remember",
    "require_private",
    "scrub",
    "scrub_values",
    "variable_of",
]
