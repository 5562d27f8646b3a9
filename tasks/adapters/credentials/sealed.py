"""Secrets as bytes that only a passphrase opens: scrypt makes the key, AES-256-GCM seals; no file is touched here.

Layout: header (magic, version, scrypt's n, r and p, salt, nonce), which is authenticated with what is sealed; the
sealed JSON object; SHA-256 of all that stands before. The checksum tells a damaged file from a wrong passphrase.
"""

import hashlib
import json
import os
import struct
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import SecretStr

from models.types import BadInput, Damaged, Refused
from tasks.adapters.credentials.cost import Cost

MAGIC = b"KEELSEAL"
VERSION = 1
SALT_BYTES, NONCE_BYTES, KEY_BYTES, SUM_BYTES, TAG_BYTES = 16, 12, 32, 32, 16
HEADER = struct.Struct(f">{len(MAGIC)}sBIII{SALT_BYTES}s{NONCE_BYTES}s")
MOST_BYTES = 1_000_000


def seal(values: Mapping[str, SecretStr], passphrase: SecretStr, cost: Cost) -> bytes:
    """The secrets by name, sealed; the same secrets never give the same bytes twice."""
    # The operating system's randomness and no other: a nonce that comes again would give the key away.
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    header = HEADER.pack(MAGIC, VERSION, cost.n, cost.r, cost.p, salt, nonce)
    plain = json.dumps({name: value.get_secret_value() for name, value in values.items()}).encode()
    sealed = header + AESGCM(_key(passphrase, salt, cost)).encrypt(nonce, plain, header)
    return sealed + hashlib.sha256(sealed).digest()


def unseal(content: bytes, passphrase: SecretStr) -> dict[str, SecretStr]:
    """The secrets by name.

    Raises:
        Damaged: the bytes are not those that were written.
        Refused: a newer Keel has written them.
        BadInput: the passphrase is another one, or somebody has changed the bytes and their checksum.
    """
    if not HEADER.size + TAG_BYTES + SUM_BYTES <= len(content) <= MOST_BYTES:
        raise Damaged(f"found {len(content)} bytes, which are no sealed secrets")
    sealed, checksum = content[:-SUM_BYTES], content[-SUM_BYTES:]
    if hashlib.sha256(sealed).digest() != checksum:
        raise Damaged("it does not match its checksum")
    header = sealed[: HEADER.size]
    magic, version, n, r, p, salt, nonce = HEADER.unpack(header)
    if magic != MAGIC:
        raise Damaged("it does not begin as sealed secrets do")
    if version != VERSION:
        raise Refused(f"it is of version {version}, this Keel knows {VERSION}")
    cost = Cost(n, r, p)
    if not cost.allowed:
        raise Damaged(f"it asks for scrypt with n={n}, r={r}, p={p}")
    try:
        plain = AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, sealed[HEADER.size :], header)
    except InvalidTag:
        raise BadInput("it is not opened by this passphrase") from None
    return {str(name): SecretStr(str(value)) for name, value in json.loads(plain).items()}


def _key(passphrase: SecretStr, salt: bytes, cost: Cost) -> bytes:
    scrypt = Scrypt(salt=salt, length=KEY_BYTES, n=cost.n, r=cost.r, p=cost.p)
    return scrypt.derive(passphrase.get_secret_value().encode())
