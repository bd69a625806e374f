"""Where an app is sent to begin a sign-in (OIDC Core §4)."""

import pytest

from limen.model.client import Client
from limen.protocol.initiate_login import initiate_login_url

ISSUER = "https://id.test"


def client(**fields):
    return Client(tenant_id="t", client_id="web", **fields)


def test_4_an_app_that_registered_no_address_is_sent_nowhere():
    assert initiate_login_url(client(), ISSUER) is None


@pytest.mark.parametrize(
    ("registered", "url"),
    [
        ("https://app.test/go", "https://app.test/go?iss=https%3A%2F%2Fid.test"),
        ("https://app.test/go?x=1", "https://app.test/go?x=1&iss=https%3A%2F%2Fid.test"),
    ],
)
def test_4_the_issuer_is_added(registered, url):
    assert initiate_login_url(client(initiate_login_uri=registered), ISSUER) == url


def test_4_hints_go_along_and_foreign_targets_do_not():
    app = client(initiate_login_uri="https://app.test/go", client_uri="https://www.app.test/")

    def told(target):
        return initiate_login_url(app, ISSUER, target_link_uri=target, login_hint="al")

    for ours in ("https://app.test/deep", "https://www.app.test/deep"):
        assert "login_hint=al&target_link_uri=https" in told(ours)
    for foreign in ("https://evil.test/", "https://[", "/deep"):
        assert told(foreign).endswith("&login_hint=al")
