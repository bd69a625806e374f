"""Take secrets out of text that is about to be logged (RFC 9700 §4.2.4, §4.3.1; OWASP ASVS 16.2.5).

Rooms log no secrets to begin with. This is the second wall: for exception texts, foreign libraries and slips.
"""

import re

REDACTED = "[redacted]"
# Parameters whose value lets its holder act as somebody.
NAMES = frozenset(
    {
        "access_token",
        "actor_token",
        "assertion",
        "auth_req_id",
        "authorization",
        "client_assertion",
        "client_notification_token",
        "client_secret",
        "code",
        "code_verifier",
        "cookie",
        "current_password",
        "device_code",
        "dpop",
        "id_token",
        "id_token_hint",
        "login_hint_token",
        "logout_token",
        "new_password",
        "otp",
        "passwd",
        "password",
        "refresh_token",
        "registration_access_token",
        "request_uri",
        "secret",
        "set-cookie",
        "software_statement",
        "subject_token",
        "token",
        "totp",
        "user_code",
    }
)
_NAMES = "|".join(sorted(map(re.escape, NAMES), key=len, reverse=True))
# Where a name may begin: not within a word, but behind what an escape or a percent sequence left of one.
_BEGINS = r"(?:(?<![A-Za-z0-9_\-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
# A token may stand behind any word character (%3D, \n, a slip); there it must be too long for a word.
_OURS = r"(?:\b|(?=lm_[a-z]{2,4}_[A-Za-z0-9_\-]{20}))"
_JOSE = r"(?:\b|(?=eyJ[A-Za-z0-9_\-]{16}))"
# A pattern is tried only where its mark occurs: most text has none of them.
_PATTERNS = (
    # Our own tokens and handles: lm_, the kind, the rest.
    ("lm_", re.compile(_OURS + r"lm_([a-z]{2,4})_[A-Za-z0-9_\-.~]{8,}"), rf"lm_\1_{REDACTED}"),
    # Anything in JOSE's compact form begins with the base64url of {".
    ("eyJ", re.compile(_JOSE + r"eyJ[A-Za-z0-9_\-]{5,}(?:\.[A-Za-z0-9_\-]*){0,4}"), REDACTED),
    (
        " ",
        re.compile(rf"(?i)(?:\b|{_BEGINS})(basic|bearer|dpop)[ ]+[A-Za-z0-9+/=._~\-]{{8,}}"),
        rf"\1 {REDACTED}",
    ),
    (
        "=",
        re.compile(rf"(?i){_BEGINS}({_NAMES})=(?!\[redacted)[^&\s\"'\\;,)]+"),
        rf"\1={REDACTED}",
    ),
    (
        "%3",
        re.compile(rf"(?i){_BEGINS}({_NAMES})%3D(?!\[redacted)(?:(?!%26)[^&\s\"'\\;,)])+"),
        rf"\1%3D{REDACTED}",
    ),
    (
        ":",
        re.compile(
            rf"(?i)((?:\\?[\"'])(?:{_NAMES})\\?[\"']\s*:\s*\\?[\"'])(?!\[redacted)(?:[^\"'\\]|\\[^\"'])+"
        ),
        rf"\1{REDACTED}",
    ),
    (
        "-----",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"),
        REDACTED,
    ),
)


_MARKED = re.compile("|".join(re.escape(mark) for mark, _, _ in _PATTERNS))


def redact(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced."""
    if _MARKED.search(text) is None:
        return text
    for mark, pattern, replacement in _PATTERNS:
        if mark in text:
            text = pattern.sub(replacement, text)
    return text
