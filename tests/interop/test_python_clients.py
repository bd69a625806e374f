"""Clients from PyPI go the main job against a live server on each database."""

from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from requests_oauthlib import OAuth2Session

from tests.interop.person import Person

CALLBACK = "http://127.0.0.1:9/cb"
SCOPE = "openid profile email"


@pytest.fixture(autouse=True)
def _loopback(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def discovered(live):
    import requests

    return requests.get(f"{live.base}/.well-known/openid-configuration", timeout=10).json()


def test_authlib_signs_in_refreshes_and_revokes(live, secret):
    op = discovered(live)
    client = AuthlibSession("basic", secret, scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256")
    url, state = client.create_authorization_url(
        op["authorization_endpoint"], code_verifier="v" * 48, nonce="a-nonce"
    )

    callback = Person().visit(url)
    token = client.fetch_token(
        op["token_endpoint"], authorization_response=callback, code_verifier="v" * 48, state=state
    )
    keys = KeySet.import_key_set(client.get(op["jwks_uri"], withhold_token=True).json())
    claims = CodeIDToken(
        jwt.decode(token["id_token"], keys).claims,
        {},
        options={"iss": {"value": op["issuer"]}, "aud": {"value": "basic"}},
        params={"nonce": "a-nonce", "client_id": "basic"},
    )
    claims.validate(leeway=10)
    userinfo = client.get(op["userinfo_endpoint"]).json()
    assert (userinfo["sub"], userinfo["email"]) == (claims["sub"], "alice@id.test")

    refreshed = client.refresh_token(op["token_endpoint"], refresh_token=token["refresh_token"])
    assert refreshed["refresh_token"] != token["refresh_token"]
    told = client.introspect_token(op["introspection_endpoint"], refreshed["access_token"]).json()
    assert told["active"] is True
    client.revoke_token(op["revocation_endpoint"], refreshed["refresh_token"])
    told = client.introspect_token(op["introspection_endpoint"], refreshed["access_token"]).json()
    assert told == {"active": False}


def test_authlib_gets_a_token_for_a_service(live, secret):
    op = discovered(live)
    client = AuthlibSession("basic", secret)

    token = client.fetch_token(op["token_endpoint"], grant_type="client_credentials")

    assert token["token_type"] == "Bearer"
    assert "refresh_token" not in token


def test_requests_oauthlib_signs_in_and_asks_userinfo(live, secret):
    op = discovered(live)
    client = OAuth2Session("post", redirect_uri=CALLBACK, scope=SCOPE.split(), pkce="S256")
    url, state = client.authorization_url(op["authorization_endpoint"])

    callback = Person().visit(url)
    assert parse_qs(urlsplit(callback).query)["state"] == [state]
    client.fetch_token(
        op["token_endpoint"],
        authorization_response=callback,
        client_secret=secret,
        include_client_id=True,
    )

    assert client.get(op["userinfo_endpoint"]).json()["name"] == "Alice Liddell"


def test_requests_oauthlib_hears_a_denial(live):
    op = discovered(live)
    client = OAuth2Session("public", redirect_uri=CALLBACK, scope=["openid", "phone"], pkce="S256")
    url, _ = client.authorization_url(op["authorization_endpoint"], prompt="consent")

    callback = Person().visit(url, allow=False)

    assert parse_qs(urlsplit(callback).query)["error"] == ["access_denied"]
