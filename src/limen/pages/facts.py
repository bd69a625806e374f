"""Which facts each page needs (OIDC Core §3.1.2, RFC 8628 §3.3): the contract of `Page(name, facts)`.

Forms post to `action` with `form_token`; the fields and buttons they send are named under `sends`.
`client` is a Client or a mapping with client_name, logo_uri, client_uri, policy_uri, tos_uri and
redirect_host; `person` is a Person or a mapping with name and username. Every page also takes
`ui_locales`. `back_to_app` is {"name", "url"} of a proven address.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Facts that must be given, facts with what they are otherwise, and the fields the form sends."""

    needs: tuple[str, ...] = ()
    takes: Mapping[str, Any] = msgspec.field(default_factory=dict)
    sends: tuple[str, ...] = ()


_FORM = ("action", "form_token")

PAGES: Mapping[str, Facts] = {
    # error: None, wrong, throttled (with retry_after seconds) or expired; reason: None or reauthenticate;
    # cancel offers a way back to the app; another is the URL to sign in as somebody else than person, same
    # the URL to go on as person after all.
    "sign_in": Facts(
        needs=_FORM,
        takes={
            "client": None,
            "username": "",
            "error": None,
            "retry_after": 0,
            "reason": None,
            "person": None,
            "another": None,
            "same": None,
            "cancel": False,
        },
        sends=("username", "password", "cancel"),
    ),
    # Each of accounts has session_id, name and username.
    "choose_account": Facts(
        needs=("accounts", *_FORM), takes={"client": None}, sends=("session_id", "another")
    ),
    # scopes: [{scope, display_name, description, claims, already_granted}] or records with those fields;
    # details: texts; claims: names asked for beyond the scopes; remember: whether to offer it; another is the
    # URL to sign in as somebody else.
    "consent": Facts(
        needs=("client", "person", "scopes", *_FORM),
        takes={
            "details": (),
            "claims": (),
            "offline": False,
            "remember": True,
            "remember_days": 0,
            "another": None,
        },
        sends=("allow", "deny", "scope", "remember"),
    ),
    # problem and hint: what was wrong with what was chosen
    "setup": Facts(
        needs=_FORM, takes={"username": "", "problem": "", "hint": ""}, sends=("username", "password")
    ),
    "setup_done": Facts(needs=("username",)),
    # fields: {name: value} to post to target, a proven redirect_uri (OAuth 2.0 Form Post Response Mode)
    "form_post": Facts(needs=("target", "fields"), takes={"client": None}),
    # error: None, unknown, expired or throttled (with retry_after seconds)
    "device_code": Facts(
        needs=_FORM, takes={"user_code": "", "error": None, "retry_after": 0}, sends=("user_code",)
    ),
    # asked_at and now: epoch seconds; source: the device's address
    "device_confirm": Facts(
        needs=("user_code", "client", "scopes", *_FORM),
        takes={"person": None, "source": "", "user_agent": "", "asked_at": 0, "now": 0, "details": ()},
        sends=("allow", "deny"),
    ),
    "device_done": Facts(needs=("allowed",), takes={"client": None}),
    # Each of requests has url, client, binding_message and asked_at.
    "approvals": Facts(needs=("requests",), takes={"now": 0}),
    "approve": Facts(
        needs=("client", "scopes", *_FORM),
        takes={"binding_message": None, "person": None, "asked_at": 0, "now": 0, "details": ()},
        sends=("allow", "deny"),
    ),
    "approve_done": Facts(needs=("allowed",), takes={"client": None}),
    # sent: what the application asked with, to come back with the answer
    "sign_out": Facts(
        needs=_FORM, takes={"person": None, "client": None, "sent": {}}, sends=("sign_out", "stay")
    ),
    # frames: front-channel logout URIs to load; continue_to: proven post_logout_redirect_uri to go on to
    "signed_out": Facts(takes={"back_to_app": None, "frames": (), "continue_to": None}),
    # code: see limen.pages.refusals; detail is shown in development only; retry: a URL of ours
    "error": Facts(
        needs=("code",),
        takes={"reference": "", "time": 0, "back_to_app": None, "retry": None, "detail": ""},
    ),
    "home": Facts(takes={"person": None}),
    # addresses have label and url; people name, username and password; apps client_id, client_name and what
    "dev_home": Facts(
        needs=("try_url", "issuer"), takes={"addresses": (), "people": (), "apps": (), "secret": ""}
    ),
    # cookie: the browser state's physical name (OIDC Session Management §3.2); the one page others may frame
    "check_session": Facts(needs=("cookie",)),
    # made by limen.demo; rows: [{name, value, meaning}], steps: [{title, detail, milliseconds}]
    "demo_result": Facts(
        needs=("id_token", "header", "claims", "access_token", "token_response", "userinfo", "steps", *_FORM),
        takes={"name": "", "refreshed": False, "can_refresh": False},
        sends=("refresh", "sign_out"),
    ),
    "demo_failed": Facts(needs=("what", "again"), takes={"error": "", "description": ""}),
}


def complete(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return `facts` with the page's defaults; TypeError for a fact that is missing or unknown."""
    page = PAGES[name]
    completed = {**page.takes, "ui_locales": "", **facts}
    if completed.keys() == _names(name):
        return completed
    if missing := [fact for fact in page.needs if fact not in facts]:
        raise TypeError(f"page {name} needs {missing}")
    raise TypeError(f"page {name} does not take {sorted(completed.keys() - _names(name))}")


@cache
def _names(name: str) -> frozenset[str]:
    """Return the names of all facts that a page has."""
    return frozenset({*PAGES[name].needs, *PAGES[name].takes, "ui_locales"})
