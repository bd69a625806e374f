"""User codes (RFC 8628 §6.1)."""

# Consonants spell no words, and none of these looks like another or like a digit (RFC 8628 §6.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8  # 20^8 codes, and few tries
# RFC 8628 §5.1: so many wrong codes within WINDOW seconds, then none until it ends, not even a right one.
PER_BROWSER = 5
PER_SOURCE = 20
WINDOW = 600
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
