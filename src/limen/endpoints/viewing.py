"""A journey as its steps see it (OIDC Core §3.1.2.3)."""

from msgspec import structs

from limen.endpoints.dispatch import Situation
from limen.endpoints.taking import form_token
from limen.endpoints.validated import Validated
from limen.model.artifacts import Interaction
from limen.ports.journey import View
from limen.protocol.answer import Page
from limen.protocol.claims import beyond
from limen.protocol.message import Message


def view_of(
    situation: Situation, interaction: Interaction, handle: str, browser: str, message: Message
) -> View:
    """Return what the step that is due may know; `browser` is the cookie that ties the journey to one."""
    validated = situation.validated
    return View(
        message=message,
        tenant=validated.tenant,
        client=validated.client,
        policy=validated.policy,
        interaction=interaction,
        session=situation.session,
        person=situation.person,
        hinted_sub=situation.hinted_sub,
        prompt=validated.request.prompt,
        wanted=validated.accepted.scope,
        remembered=situation.remembered,
        login_hint=validated.request.login_hint,
        redirect_uri=validated.target.redirect_uri,
        details=validated.details,
        claims=beyond(validated.claims, validated.tenant, validated.accepted.scope),
        action=f"{message.base}/i/{handle}/{situation.step.value}",
        form_token=form_token(handle, browser, situation.person),
    )


def localised(page: Page, validated: Validated) -> Page:
    """OIDC Core §3.1.2.1: pages in the language the application asks for, where there is one."""
    return structs.replace(page, facts={"ui_locales": validated.request.ui_locales or "", **page.facts})
