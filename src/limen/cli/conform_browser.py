"""What the suite's scripted browser does on our pages: sign in, allow, deny, and keep pictures of refusals.

A script is a list of address patterns, each with tasks; a task is done on the page whose address it matches.
"""

from dataclasses import dataclass
from typing import Any

from limen.routes import ADDRESSES

Script = list[dict[str, Any]]

_PATIENCE = 10  # seconds
_KEEP = "update-image-placeholder"
_KEEP_IF_WANTED = "update-image-placeholder-optional"
# Modules that end where the person is asked to sign in, with a picture of that page.
_SEEN_AT_SIGN_IN = (
    "oidcc-registration-logo-uri", "oidcc-registration-policy-uri", "oidcc-registration-tos-uri",
)  # fmt: skip
# Modules in which the person must sign in again, with a picture of it.
_SIGNED_IN_AGAIN = ("oidcc-prompt-login", "oidcc-max-age-1")
# Modules that look at the page, go away, and come back to sign in.
_LOOKED_AT_BEFORE = (
    "fapi1-advanced-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
)
_DENIED = (
    "fapi1-advanced-final-user-rejects-authentication",
    "fapi2-security-profile-final-user-rejects-authentication",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who signs in, where, and where they come back to."""

    issuer: str
    callbacks: str
    username: str
    password: str

    def script(self) -> Script:
        """Return what serves in most modules."""
        return self._script(self._sign_in(), self._allow(), self._refusal(), self._back())

    def overrides(self) -> dict[str, Any]:
        """Return what other modules need, by module."""
        again = self._script(
            self._sign_in(_picture("//h1", "Sign in|Confirm", _KEEP_IF_WANTED)),
            self._allow(),
            self._back(),
        )
        seen = self._script({"task": "See the page", "match": self._pages,
                             "commands": [_picture("//h1", "Sign in", _KEEP)]})  # fmt: skip
        # Consent may be remembered from another module, so they turn back before it.
        leaving = {
            "task": "Turn back",
            "match": self._pages,
            "commands": [["click", "name", "cancel"]],
        }
        denied = self._script(leaving, self._back())
        look = {"task": "Look", "match": self._pages}
        looked = [{**self._script(look)[0], "match-limit": 1}, *self.script()]
        chosen = (
            (_SIGNED_IN_AGAIN, again),
            (_SEEN_AT_SIGN_IN, seen),
            (_DENIED, denied),
            (_LOOKED_AT_BEFORE, looked),
        )
        return {module: {"browser": script} for modules, script in chosen for module in modules}

    def _script(self, *tasks: dict[str, Any]) -> Script:
        return [{"match": f"{self.issuer}{ADDRESSES['authorization_endpoint']}*", "tasks": list(tasks)}]

    @property
    def _pages(self) -> str:
        """The first page is shown where the request was sent, those after it at addresses of their own."""
        return f"{self.issuer}/*"

    def _sign_in(self, *before: list[Any]) -> dict[str, Any]:
        commands = [
            *before,
            # On another page there is nothing to fill in; who is known already is not asked for a name again.
            ["text", "id", "username", self.username, "optional"],
            ["text", "id", "password", self.password, "optional"],
            ["click", "css", "form[action*='/sign_in'] button.main", "optional"],
        ]
        return {"task": "Sign in", "optional": True, "match": self._pages, "commands": commands}

    def _allow(self) -> dict[str, Any]:
        return {
            "task": "Consent",
            "optional": True,
            "match": self._pages,
            "commands": [["click", "name", "allow", "optional"]],
        }

    def _refusal(self) -> dict[str, Any]:
        """A page that is still at the endpoint itself after all that is a refusal."""
        return {
            "task": "Refusal",
            "optional": True,
            "match": f"{self.issuer}{ADDRESSES['authorization_endpoint']}*",
            "commands": [_picture("//body", "could not sign you in|did not work", _KEEP_IF_WANTED)],
        }

    def _back(self) -> dict[str, Any]:
        return {
            "task": "Back at the application",
            "optional": True,
            "match": self.callbacks,
            "commands": [["wait", "id", "submission_complete", _PATIENCE]],
        }


def _picture(where: str, words: str, action: str) -> list[Any]:
    return ["wait", "xpath", where, _PATIENCE, words, action]
