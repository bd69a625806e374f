"""The page behind a set-up link: the first administrator chooses a name and a password (OWASP ASVS 6.3.2)."""

from dataclasses import dataclass

from limen.admin.refusal import Conflict, Invalid, NotFound
from limen.admin.setup import RedeemLink, look, redeem
from limen.errors import ForeignForm
from limen.model.secret import Secret
from limen.ports import Ports
from limen.protocol.answer import Page
from limen.protocol.message import Message
from limen.tokens.digest import digest, is_same


@dataclass(frozen=True, slots=True)
class SetupPage:
    """GET shows the form, POST spends the link; a link that is not valid looks the same whatever it was."""

    ports: Ports

    async def __call__(self, message: Message) -> Page:
        """Show or take the form."""
        handle = message.args["handle"]
        try:
            await look(Secret(handle), self.ports, tenant=message.tenant.name)
            if message.method == "POST":
                return await self._taken(handle, message)
        except NotFound:
            return Page(name="error", facts={"code": "setup_link"}, status=404)
        return _form(handle, message)

    async def _taken(self, handle: str, message: Message) -> Page:
        if not is_same(_form_token(handle), message.one("form_token") or ""):
            raise ForeignForm("the form was not sent from our own page", page_code="cross_site")
        username = message.one("username") or ""
        password = (message.params.get("password") or ("",))[0]
        command = RedeemLink(
            handle=Secret(handle), username=username, password=Secret(password), tenant=message.tenant.name
        )
        try:
            person = await redeem(command, self.ports)
        except (Invalid, Conflict) as refused:
            return _form(handle, message, username=username, problem=refused.problem, hint=refused.hint)
        return Page(name="setup_done", facts={"username": person.username})


def _form(handle: str, message: Message, *, username: str = "", problem: str = "", hint: str = "") -> Page:
    facts = {
        "action": message.url,
        "form_token": _form_token(handle),
        "username": username,
        "problem": problem,
        "hint": hint,
    }
    return Page(name="setup", facts=facts)


def _form_token(handle: str) -> str:
    return digest(f"{handle}.setup")
