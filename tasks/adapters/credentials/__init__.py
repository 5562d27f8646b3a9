"""Where keys are kept and found: environment, `.env`, the keyring of the operating system, an encrypted file."""

from tasks.adapters.credentials.checking import KeyReport, KeyState, VenueState, check_secrets
from tasks.adapters.credentials.finding import Found, VenueKeys, find, standard_sources, venue_keys
from tasks.adapters.credentials.os_keyring import OsKeyring
from tasks.adapters.credentials.passphrase import Passphrase
from tasks.adapters.credentials.plain import DotenvFile, Environment
from tasks.adapters.credentials.sealed_file import SealedFile, sealed_path
from tasks.adapters.credentials.setting import TARGETS, Kept, asked_keys, keep, parsed_keys, sound_key, writable
from tasks.adapters.credentials.source import Look, Source
from tasks.adapters.credentials.terminal import ask_once, person, read_line

__all__ = [
    "TARGETS",
    "DotenvFile",
    "Environment",
    "Found",
    "Kept",
    "KeyReport",
    "KeyState",
    "Look",
    "OsKeyring",
    "Passphrase",
    "SealedFile",
    "Source",
    "VenueKeys",
    "VenueState",
    "ask_once",
    "asked_keys",
    "check_secrets",
    "find",
    "keep",
    "parsed_keys",
    "person",
    "read_line",
    "sealed_path",
    "sound_key",
    "standard_sources",
    "venue_keys",
    "writable",
]
