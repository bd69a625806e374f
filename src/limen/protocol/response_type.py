"""Response types and what each of them returns (OAuth 2.0 Multiple Response Type Encoding Practices)."""

import msgspec

from limen.errors import UnsupportedResponseType

RESPONSE_TYPES = (
    "code",
    "id_token",
    "token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
    "none",
)
_TOKENS = frozenset({"token", "id_token"})


class ResponseType(msgspec.Struct, frozen=True, gc=False):
    """A set of words whose order does not matter."""

    words: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "ResponseType":
        """Read `text`; refuse a combination nobody registered with UnsupportedResponseType."""
        words = frozenset(text.split(" "))
        if words not in _KNOWN:
            raise UnsupportedResponseType("response_type is not supported")
        return cls(words)

    @property
    def code(self) -> bool:
        """The answer carries an authorization code."""
        return "code" in self.words

    @property
    def token(self) -> bool:
        """The answer carries an access token."""
        return "token" in self.words

    @property
    def id_token(self) -> bool:
        """The answer carries an ID token."""
        return "id_token" in self.words

    @property
    def hybrid(self) -> bool:
        """The answer carries a code and a token; only a client that can prove itself may mix them."""
        return self.code and not _TOKENS.isdisjoint(self.words)

    @property
    def grants(self) -> frozenset[str]:
        """Return the grant types a client needs for it (OIDC Registration §2)."""
        needed = {"authorization_code"} if self.code else set()
        return frozenset(needed | ({"implicit"} if self.token or self.id_token else set()))

    @property
    def default_mode(self) -> str:
        """Return the response mode used when none is asked for."""
        return "query" if _TOKENS.isdisjoint(self.words) else "fragment"

    def __str__(self) -> str:
        return next(name for name in RESPONSE_TYPES if frozenset(name.split(" ")) == self.words)


_KNOWN = frozenset(frozenset(name.split(" ")) for name in RESPONSE_TYPES)
