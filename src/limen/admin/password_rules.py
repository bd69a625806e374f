"""Which passwords people may choose (NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 6.2)."""

import re

from limen.admin.refusal import Invalid
from limen.model.tenant import Tenant

SHORTEST = 15  # the password being the only factor
_SHORTEST_IN_DEVELOPMENT = 3
_LONGEST = 1024  # bytes; more would only cost the hash time
_FEWEST_SIGNS = 5
# What guessable passwords are made of: refused when there is nothing else in them.
_WORDS = (
    "password passwort motdepasse contrasena passphrase letmein iloveyou welcome dragon monkey football "
    "baseball superman princess sunshine trustno qwertyuiop asdfghjkl zxcvbnm qwerty azerty qwertz "
    "abcdefghijklmnopqrstuvwxyz abcdef abc admin administrator changeme secret default master login test "
    "guest root user hello correct horse battery staple limen my your the is a i love you"
)
_COMMON = frozenset(_WORDS.split())
_NOISE = re.compile(r"[\W\d_]+")
_LEET = str.maketrans("013457@$!", "oleastasi")


def check_password(password: str, *, username: str, tenant: Tenant) -> None:
    """Refuse with Invalid, saying why, a password that is too short, too long or easily guessed."""
    shortest = _SHORTEST_IN_DEVELOPMENT if tenant.development else SHORTEST
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise Invalid("the password contains a character that is none") from None
    if size > _LONGEST:
        raise Invalid(f"the password is longer than {_LONGEST} bytes", hint="use a shorter one")
    if len(password) < shortest:
        raise Invalid(
            f"the password has fewer than {shortest} characters", hint="several words make a good one"
        )
    if not tenant.development and _is_guessable(password, username, tenant):
        raise Invalid("the password is easily guessed", hint="avoid names, common words and repetition")


def _is_guessable(password: str, username: str, tenant: Tenant) -> bool:
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_SIGNS:
        return True
    own = {username, username.partition("@")[0], tenant.name, tenant.display_name}
    words = _COMMON | {_NOISE.sub("", word.casefold()) for word in own} | {word.casefold() for word in own}
    spellings = (folded, _NOISE.sub("", folded), _NOISE.sub("", folded.translate(_LEET)))
    # Nothing left means digits and punctuation alone; signs of other scripts are as good as letters.
    return any(
        _is_made_of(spelling, words - {""}) if spelling else folded.isascii() for spelling in spellings
    )


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Tell whether `text` is a row of the words, in time proportional to its length."""
    reached = {0}
    for position in range(len(text)):
        if position in reached:
            reached |= {position + len(word) for word in words if text.startswith(word, position)}
    return len(text) in reached
