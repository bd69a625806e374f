"""Choose the account to go on with (OIDC Core §3.1.2.1, prompt=select_account)."""

from msgspec import structs

from limen.journey.showing import client_facts, person_facts
from limen.ports.journey import Stepped, View
from limen.ports.storage import Change, Remove
from limen.protocol.answer import Cookie, Page


class ChooseAccount:
    """The account this browser is signed in with, or another."""

    async def show(self, view: View) -> Page:
        """Return the list of accounts."""
        accounts = []
        if view.session is not None and view.person is not None:
            accounts.append({"session_id": view.session.session_id, **person_facts(view.person)})
        facts = {
            "client": client_facts(view.client, view.redirect_uri),
            "accounts": accounts,
            "action": view.action,
            "form_token": view.form_token,
        }
        return Page(name="choose_account", facts=facts)

    async def submit(self, view: View) -> Stepped | Page:
        """Go on as the account that was chosen; choosing another ends this browser's session."""
        session = view.session
        if session is not None and view.message.one("session_id") == session.session_id:
            return Stepped.by(view, account_chosen=True)
        if not view.message.one("another"):
            return await self.show(view)
        ended: tuple[Change, ...] = (Remove(session),) if session is not None else ()
        return Stepped(
            interaction=structs.replace(view.interaction, account_chosen=True),
            session=None,
            person=None,
            changes=ended,
            cookies=(Cookie(name="session", value=""), Cookie(name="browser_state", value="", readable=True)),
        )
