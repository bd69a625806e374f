"""Password hashes of other systems, verified until replaced: bcrypt, PBKDF2 (RFC 8018), scrypt (RFC 7914).

Forms: `$2b$…`; `$pbkdf2-sha256$i=600000$SALT$HASH` (also passlib's `$pbkdf2-sha256$600000$…` and
Django's `pbkdf2_sha256$600000$salt$HASH`); `$scrypt$ln=15,r=8,p=1$SALT$HASH`. Base64 without padding.
"""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error

import bcrypt

_BCRYPT = re.compile(r"\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}")
_PBKDF2 = re.compile(r"\$pbkdf2-(sha256|sha512)\$(?:i=)?(\d{1,8})\$([A-Za-z0-9+/._-]+)\$([A-Za-z0-9+/._-]+)")
_DJANGO = re.compile(r"pbkdf2_(sha256|sha512)\$(\d{1,8})\$([^$]{1,128})\$([A-Za-z0-9+/]+=*)")
_SCRYPT = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/._-]+)\$([A-Za-z0-9+/._-]+)"
)
_MARKS = ("$2a$", "$2b$", "$2x$", "$2y$", "$pbkdf2-", "pbkdf2_", "$scrypt$")

# An import that asks for more work than this would be a way to stop the server.
_MOST_ITERATIONS = 5_000_000
_LEAST_HASH_BYTES = 16
_MOST_BCRYPT_COST = 16
_MOST_SCRYPT_BYTES = 256 * 1024 * 1024


def is_imported(hashed: str) -> bool:
    """Tell whether another system made the hash."""
    return hashed.startswith(_MARKS)


def verify_imported(password: str, hashed: str) -> bool:
    """Tell whether `password` is right; a malformed or excessive hash never matches."""
    try:
        return _verify(password.encode("utf-8", "surrogatepass"), hashed)
    except (ValueError, Error, OverflowError):
        return False


def _verify(password: bytes, hashed: str) -> bool:
    if match := _BCRYPT.fullmatch(hashed):
        # bcrypt reads 72 bytes; its makers cut longer passwords there, so must we.
        return int(match[1]) <= _MOST_BCRYPT_COST and bcrypt.checkpw(password[:72], hashed.encode())
    if match := _PBKDF2.fullmatch(hashed):
        return _pbkdf2(password, match[1], int(match[2]), _bytes(match[3]), _bytes(match[4]))
    if match := _DJANGO.fullmatch(hashed):
        return _pbkdf2(password, match[1], int(match[2]), match[3].encode(), _bytes(match[4]))
    if match := _SCRYPT.fullmatch(hashed):
        return _scrypt(
            password, (int(match[1]), int(match[2]), int(match[3])), _bytes(match[4]), _bytes(match[5])
        )
    return False


def _pbkdf2(password: bytes, name: str, iterations: int, salt: bytes, expected: bytes) -> bool:
    if not 0 < iterations <= _MOST_ITERATIONS or len(expected) < _LEAST_HASH_BYTES:
        return False
    made = hashlib.pbkdf2_hmac(name, password, salt, iterations, len(expected))
    return hmac.compare_digest(made, expected)


def _scrypt(password: bytes, cost: tuple[int, int, int], salt: bytes, expected: bytes) -> bool:
    log_n, r, p = cost
    needed = 128 * r * ((1 << log_n) + p + 2)
    if len(expected) < _LEAST_HASH_BYTES or needed > _MOST_SCRYPT_BYTES:
        return False
    made = hashlib.scrypt(
        password, salt=salt, n=1 << log_n, r=r, p=p, maxmem=needed + (1 << 20), dklen=len(expected)
    )
    return hmac.compare_digest(made, expected)


def _bytes(text: str) -> bytes:
    # passlib writes "." where base64 writes "+"; others write the URL alphabet.
    plain = text.rstrip("=").replace(".", "+").replace("-", "+").replace("_", "/")
    return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
