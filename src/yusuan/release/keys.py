"""Signatures of a manifest (Ed25519 over BLAKE2b-512), in the files that minisign writes and accepts."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from yusuan.words import InputError

PLAIN, HASHED, NO_SECRET = b"Ed", b"ED", b"\0\0"
"""Marks of a key, of a signature over a digest, of a secret key that no password covers."""

COMMENT, TRUSTED = "untrusted comment: ", "trusted comment: "

LARGEST = 10_000
"""Bytes of the largest file taken for a key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its 8-byte number."""

    number: bytes
    point: bytes

    @property
    def text(self) -> str:
        """The key in the one line that may be passed on."""
        return base64.b64encode(PLAIN + self.number + self.point).decode()

    @property
    def name(self) -> str:
        """The number as people see it."""
        return self.number[::-1].hex().upper()

    def file(self) -> str:
        """The text of a file that holds the key."""
        return f"{COMMENT}minisign public key {self.name}\n{self.text}\n"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A secret key: 8-byte number and 32-byte seed."""

    number: bytes
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that others verify with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return PublicKey(self.number, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def file(self) -> str:
        """The text of a file that holds the key, uncovered."""
        body = PLAIN + NO_SECRET + b"B2" + bytes(48) + self.number + self.seed + self.public.point + bytes(32)
        return f"{COMMENT}minisign encrypted secret key\n{base64.b64encode(body).decode()}\n"

    def sign(self, data: bytes, remark: str) -> str:
        """The text of the signature file of ``data``; ``remark`` is one line that is signed with it."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        remark = " ".join(remark.split())
        signature = key.sign(blake2b(data).digest())
        whole = key.sign(signature + remark.encode())
        first = base64.b64encode(HASHED + self.number + signature).decode()
        last = base64.b64encode(whole).decode()
        return f"{COMMENT}signature from minisign secret key\n{first}\n{TRUSTED}{remark}\n{last}\n"


def new_key() -> SecretKey:
    """A fresh key."""
    return SecretKey(os.urandom(8), os.urandom(32))


def write_new_key(path: Path) -> PublicKey:
    """Write a fresh key to ``path`` (readable by its owner alone) and its public part to ``path``.pub; raises
    ``InputError`` (file_exists) rather than replace either."""
    public = path.with_name(f"{path.name}.pub")
    for each in (path, public):
        if os.path.lexists(each):
            raise InputError("release_key_exists", file=str(each))
    key = new_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(key.file())
    public.write_text(key.public.file(), encoding="ascii")
    return key.public


def read_secret(path: Path) -> SecretKey:
    """The secret key in a file; raises ``InputError`` for what is none, or is covered by a password."""
    body = _body(path)
    if len(body) != 158 or body[:2] != PLAIN:
        raise InputError("release_key_bad", file=path.name)
    if body[2:4] != NO_SECRET:
        raise InputError("release_key_covered", file=path.name)
    key = SecretKey(body[54:62], body[62:94])
    if key.public.point != body[94:126]:
        raise InputError("release_key_bad", file=path.name)
    return key


def read_public(path: Path) -> PublicKey:
    """The public key in a file, with or without its comment; raises ``InputError`` for what is none."""
    body = _body(path)
    if len(body) != 42 or body[:2] != PLAIN:
        raise InputError("release_key_bad", file=path.name)
    return PublicKey(body[2:10], body[10:])


def _body(path: Path) -> bytes:
    if not path.exists():
        raise InputError("no_such_file", file=str(path))
    if not path.is_file() or path.stat().st_size > LARGEST:
        raise InputError("release_key_bad", file=path.name)
    lines = [line for line in path.read_text(encoding="ascii", errors="replace").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(COMMENT)]
    try:
        return base64.b64decode(lines[0], validate=True) if len(lines) == 1 else b""
    except (ValueError, binascii.Error):
        return b""


def signed_by(data: bytes, signature: str, key: PublicKey) -> str | None:
    """What is wrong with the signature of ``data``: other_key, damaged, false; ``None`` when it is good."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    lines = signature.splitlines()
    if len(lines) != 4 or not lines[0].startswith(COMMENT) or not lines[2].startswith(TRUSTED):
        return "damaged"
    try:
        first, last = (base64.b64decode(lines[i], validate=True) for i in (1, 3))
    except (ValueError, binascii.Error):
        return "damaged"
    if len(first) != 74 or len(last) != 64 or first[:2] != HASHED:
        return "damaged"
    if first[2:10] != key.number:
        return "other_key"
    point = Ed25519PublicKey.from_public_bytes(key.point)
    try:
        point.verify(first[10:], blake2b(data).digest())
        point.verify(last, first[10:] + lines[2].removeprefix(TRUSTED).encode())
    except InvalidSignature:
        return "false"
    return None
