"""Sample facts for every page, with ordinary and with hostile text; shared by the tests and the preview."""

from typing import Any

from limen.model.scope import STANDARD_SCOPES
from limen.model.tenant import Tenant
from limen.protocol.answer import Page
from limen.protocol.message import Message

FORM = {"action": "/i/9f2c/step", "form_token": "rXq2Yb"}
CLIENT = {
    "client_name": "Payroll",
    "redirect_host": "payroll.acme.example",
    "logo_uri": None,
    "client_uri": "https://payroll.acme.example/",
    "policy_uri": "https://payroll.acme.example/privacy",
    "tos_uri": "https://payroll.acme.example/terms",
}
PERSON = {"name": "Alice Adams", "username": "alice@acme.example"}


def scopes(*known: str) -> list[dict[str, Any]]:
    return [
        {
            "scope": d.scope,
            "display_name": d.display_name,
            "description": d.description,
            "claims": d.claims,
            "already_granted": d.scope in known,
        }
        for d in STANDARD_SCOPES
        if d.scope in {"openid", "profile", "email", "offline_access"}
    ]


ROWS = [
    {"name": "iss", "value": "http://localhost:8080", "meaning": "Who issued it"},
    {
        "name": "sub",
        "value": "01hf7yat00000000000000000a",
        "meaning": "The person, by a name that never changes",
    },
    {"name": "aud", "value": "demo-web", "meaning": "Whom it is for"},
    {"name": "exp", "value": "1795251300", "meaning": "Ends 2026-11-21 10:15 UTC"},
    {"name": "nonce", "value": "q8Zk2bX1r3o", "meaning": "Ties it to this sign-in"},
]
JWT = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ."
    + "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0In0" * 5
    + "."
    + "c2lnbmF0dXJl" * 20
)
STEPS = [
    {
        "title": "Asked for a sign-in",
        "detail": "GET /oauth2/authorize with PKCE, state and nonce",
        "milliseconds": None,
    },
    {
        "title": "Came back with a code",
        "detail": "state and iss were the ones expected",
        "milliseconds": None,
    },
    {"title": "Exchanged the code", "detail": "POST /oauth2/token", "milliseconds": 7},
    {
        "title": "Checked the ID token",
        "detail": "RS256 signature, iss, aud, exp and nonce",
        "milliseconds": 3,
    },
]

PAGES: dict[str, Page] = {
    "sign_in": Page(name="sign_in", facts={**FORM, "client": CLIENT, "cancel": True}),
    "sign_in_wrong": Page(
        name="sign_in", facts={**FORM, "client": CLIENT, "username": "alice@acme.example", "error": "wrong"}
    ),
    "sign_in_throttled": Page(
        name="sign_in",
        status=429,
        facts={**FORM, "client": CLIENT, "username": "alice", "error": "throttled", "retry_after": 30},
    ),
    "sign_in_throttled_long": Page(
        name="sign_in",
        status=429,
        facts={**FORM, "client": CLIENT, "username": "alice", "error": "throttled", "retry_after": 2_591_000},
    ),
    "sign_in_expired": Page(name="sign_in", facts={**FORM, "username": "alice", "error": "expired"}),
    "sign_in_again": Page(
        name="sign_in",
        facts={
            **FORM,
            "client": CLIENT,
            "person": PERSON,
            "reason": "reauthenticate",
            "another": "/i/9f2c/step?another=1",
            "cancel": True,
        },
    ),
    "sign_in_again_wrong": Page(
        name="sign_in",
        facts={
            **FORM,
            "client": CLIENT,
            "person": PERSON,
            "reason": "reauthenticate",
            "another": "/i/9f2c/step?another=1",
            "cancel": True,
            "error": "wrong",
        },
    ),
    "sign_in_another": Page(
        name="sign_in",
        facts={**FORM, "client": CLIENT, "person": PERSON, "same": "/i/9f2c/step", "cancel": True},
    ),
    "choose_account": Page(
        name="choose_account",
        facts={
            **FORM,
            "client": CLIENT,
            "accounts": [
                {"session_id": "s1", **PERSON},
                {"session_id": "s2", "name": "bob", "username": "bob"},
            ],
        },
    ),
    "consent": Page(
        name="consent",
        facts={
            **FORM,
            "client": CLIENT,
            "person": PERSON,
            "scopes": scopes(),
            "offline": True,
            "remember_days": 90,
            "another": "/i/9f2c/another",
        },
    ),
    "consent_more": Page(
        name="consent",
        facts={
            **FORM,
            "client": {"client_name": "Ledger", "redirect_host": "ledger.example"},
            "person": PERSON,
            "scopes": scopes("openid", "profile"),
            "details": ["Pay EUR 123.50 to Merchant A, once", "Read the balance of account DE40…0078"],
        },
    ),
    "consent_nothing": Page(name="consent", facts={**FORM, "client": CLIENT, "person": PERSON, "scopes": []}),
    "form_post": Page(
        name="form_post",
        facts={
            "target": "https://payroll.acme.example/cb",
            "fields": {"code": "abc", "state": "xyz"},
            "client": CLIENT,
        },
    ),
    "device_code": Page(name="device_code", facts={**FORM}),
    "device_code_unknown": Page(
        name="device_code", facts={**FORM, "user_code": "WDJB-MJHT", "error": "unknown"}
    ),
    "device_confirm": Page(
        name="device_confirm",
        facts={
            **FORM,
            "user_code": "WDJB-MJHT",
            "client": {"client_name": "CineBox"},
            "scopes": scopes()[:2],
            "person": PERSON,
            "source": "203.0.113.7",
            "user_agent": "CineBox/4.2 (TV)",
            "asked_at": 1795250040,
            "now": 1795250110,
        },
    ),
    "device_done": Page(name="device_done", facts={"allowed": True, "client": {"client_name": "CineBox"}}),
    "device_stopped": Page(name="device_done", facts={"allowed": False}),
    "approvals": Page(
        name="approvals",
        facts={
            "requests": [{"url": "/approve/1", "client": CLIENT, "binding_message": "W4-SCT", "asked_at": 1}]
        },
    ),
    "approvals_none": Page(name="approvals", facts={"requests": []}),
    "approve": Page(
        name="approve",
        facts={
            **FORM,
            "client": {"client_name": "Bank Desk", "redirect_host": ""},
            "binding_message": "W4-SCT",
            "scopes": scopes()[:1],
            "details": ["Pay EUR 123.50 to Merchant A, once"],
            "person": PERSON,
            "asked_at": 1795250100,
            "now": 1795250110,
        },
    ),
    "approve_done": Page(
        name="approve_done", facts={"allowed": True, "client": {"client_name": "Bank Desk"}}
    ),
    "sign_out": Page(name="sign_out", facts={**FORM, "person": PERSON}),
    "signed_out": Page(
        name="signed_out", facts={"back_to_app": {"name": "Payroll", "url": "https://payroll.acme.example/"}}
    ),
    "error": Page(
        name="error",
        status=400,
        facts={
            "code": "redirect_uri",
            "reference": "LMN-7F3K-9Q2D",
            "time": 1795250040,
            "detail": "redirect_uri is not registered",
            "retry": "/try",
            "back_to_app": {"name": "Payroll", "url": "https://payroll.acme.example/"},
        },
    ),
    "error_404": Page(name="error", status=404, facts={"code": "not_found"}),
    "error_500": Page(
        name="error",
        status=500,
        facts={"code": "server_error", "reference": "LMN-7F3K-9Q2D", "retry": "/", "time": 1795250040},
    ),
    "home": Page(name="home", facts={}),
    "dev_home": Page(
        name="dev_home",
        facts={
            "try_url": "/demo",
            "issuer": "http://localhost:8080",
            "addresses": [
                {"label": "Discovery", "url": "http://localhost:8080/.well-known/openid-configuration"},
                {"label": "Keys", "url": "http://localhost:8080/oauth2/jwks"},
            ],
            "people": [
                {"name": "Alice Adams", "username": "alice", "password": "wonderland"},
                {"name": "Bob Brown", "username": "bob", "password": "builder"},
            ],
            "apps": [
                {
                    "client_id": "demo-web",
                    "client_name": "Demo web app",
                    "what": "Authorization code with PKCE, refresh",
                },
                {"client_id": "demo-service", "client_name": "Demo service", "what": "Client credentials"},
            ],
        },
    ),
    "demo_result": Page(
        name="demo_result",
        facts={
            **FORM,
            "id_token": JWT,
            "header": [{"name": "alg", "value": "RS256", "meaning": "How it is signed"}],
            "claims": ROWS,
            "access_token": "lat_" + "q8Zk2bX1r3oPf9" * 9,
            "token_response": [
                {"name": "token_type", "value": "Bearer", "meaning": ""},
                {"name": "expires_in", "value": "3600", "meaning": "seconds"},
                {"name": "scope", "value": "openid profile email", "meaning": ""},
            ],
            "userinfo": ROWS[1:2],
            "steps": STEPS,
            "name": "Alice",
            "can_refresh": True,
        },
    ),
    "setup": Page(name="setup", facts={"action": "/setup/x", "form_token": "t"}),
    "setup_refused": Page(
        name="setup",
        facts={
            "action": "/setup/x",
            "form_token": "t",
            "username": "root",
            "problem": "the password is too short",
            "hint": "use at least 15 characters",
        },
    ),
    "setup_done": Page(name="setup_done", facts={"username": "root"}),
    "demo_failed": Page(
        name="demo_failed",
        facts={
            "what": "The server refused.",
            "again": "/demo",
            "error": "access_denied",
            "description": "the person refused",
        },
    ),
}


def tenant(*, development: bool = False, name: str = "Acme") -> Tenant:
    return Tenant(
        tenant_id="t1",
        name="acme",
        issuer="http://localhost/t/acme",
        display_name=name,
        development=development,
        support_url="https://acme.example/help",
        privacy_url="https://acme.example/privacy",
        terms_url="https://acme.example/terms",
    )


def message(*, language: str = "en", development: bool = False) -> Message:
    return Message(
        method="GET",
        path="/",
        url="http://localhost/t/acme/",
        base="http://localhost/t/acme",
        tenant=tenant(development=development),
        headers={"accept-language": language},
    )
