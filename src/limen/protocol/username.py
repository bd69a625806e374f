"""When two usernames are the same name (Unicode UAX #15, case folding; in the spirit of RFC 8265 §3.3)."""

from unicodedata import category, normalize


def username_key(username: str) -> str:
    """Return the form under which a username is unique: no width, case, outer spaces, invisible signs."""
    if username.isascii():  # all of that is about other alphabets
        return username.lower().strip()
    visible = "".join(sign for sign in normalize("NFKC", username) if category(sign) != "Cf")
    return normalize("NFKC", visible.casefold()).strip()
