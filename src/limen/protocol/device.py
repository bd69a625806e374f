"""User codes (RFC 8628 §6.1)."""

from limen.protocol.throttling import Limit

# Consonants spell no words, and none of these looks like another or like a digit (RFC 8628 §6.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8  # 20^8 codes, and few tries
PER_BROWSER = Limit(free=5, first_delay=600, longest_delay=600, window=600)
PER_SOURCE = Limit(free=20, first_delay=600, longest_delay=600, window=600)
_FAIR = 256 - 256 % len(ALPHABET)  # an octet below this makes every letter equally likely


def user_code(octets: bytes) -> str | None:
    """Return the code that random octets spell, None when they are too few."""
    letters = [ALPHABET[octet % len(ALPHABET)] for octet in octets if octet < _FAIR]
    return "".join(letters[:LENGTH]) if len(letters) >= LENGTH else None


def shown(code: str) -> str:
    """Return a user code as people read it: XXXX-XXXX."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """Return the user code somebody means: capitals, dashes and spaces do not matter."""
    return "".join(letter for letter in text[:64].upper() if letter in ALPHABET)
