"""The prompt parameter (OIDC Core §3.1.2.1, Initiating User Registration 1.0)."""

from limen.errors import InvalidRequest

PROMPTS = ("none", "login", "consent", "select_account", "create")


class Prompt(frozenset[str]):
    """What the application asks the person to be asked."""

    @classmethod
    def parse(cls, text: str) -> "Prompt":
        """Read a space-delimited list; refuse unknown values and `none` in company with InvalidRequest."""
        words = cls(text.split())
        if words - frozenset(PROMPTS):
            raise InvalidRequest("prompt has an unknown value")
        if "none" in words and len(words) > 1:
            raise InvalidRequest("prompt=none must stand alone")
        return words
