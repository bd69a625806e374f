"""Clients known by the address of their metadata (OAuth Client ID Metadata Document)."""

import pytest

from limen.errors import InvalidClientMetadata
from limen.model.tenant import Tenant
from limen.protocol.client_document import check_address, is_address, read_client
from limen.protocol.registered_values import DEVICE_CODE

URL = "https://agent.test/client.json"
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
DEVELOPMENT = Tenant(tenant_id="t", name="", issuer="http://localhost", development=True)


def read(**changes):
    document = {"client_id": URL, "redirect_uris": ["https://agent.test/cb"], **changes}
    return read_client(document, URL, tenant=TENANT, base=None)


def test_only_addresses_are_addresses():
    assert is_address(URL)
    assert not is_address("web")


@pytest.mark.parametrize("url", [URL, "https://agent.test/", "https://agent.test:8443/a?b=c"])
def test_3_good_addresses(url):
    check_address(url, TENANT)


@pytest.mark.parametrize(
    "url", ["https://agent.test", "https://agent.test/..", "https://agent.test/./x", "http://agent.test/x"]
)
def test_3_bad_addresses(url):
    with pytest.raises(InvalidClientMetadata):
        check_address(url, TENANT)


def test_3_a_tenant_for_development_may_know_clients_of_this_machine():
    check_address("http://localhost:3000/client.json", DEVELOPMENT)


def test_4_a_document_makes_a_public_client_that_nobody_trusts():
    client = read()

    assert (client.client_id, client.owner, client.is_public) == (URL, "document", True)
    assert (client.client_name, client.settings.consent) == ("agent.test", "ask")


@pytest.mark.parametrize(
    "document",
    [
        [], {"client_id": "https://else.test/"}, {}, {"client_id": URL, "client_secret": "x"},
        {"client_id": URL, "client_secret_expires_at": 0},
        {"client_id": URL, "token_endpoint_auth_method": "client_secret_jwt"},
    ],
)  # fmt: skip
def test_4_what_is_no_document_of_this_client_is_refused(document):
    with pytest.raises(InvalidClientMetadata):
        read_client(document, URL, tenant=TENANT, base=None)


def test_4_grants_that_need_no_person_are_left_out():
    client = read(grant_types=["authorization_code", "client_credentials", DEVICE_CODE])

    assert client.grant_types == {"authorization_code", DEVICE_CODE}


@pytest.mark.parametrize(
    ("uris", "kind"),
    [
        (["http://127.0.0.1/cb", "https://agent.test/cb"], "native"),
        (["http://localhost:7/cb"], "native"),
        (["https://agent.test/cb"], "web"),
    ],
)
def test_4_who_comes_back_to_loopback_is_native(uris, kind):
    assert read(redirect_uris=uris).application_type == kind


def test_4_malformed_members_are_refused_as_everywhere():
    for changes in ({"redirect_uris": "https://agent.test/cb"}, {"grant_types": "authorization_code"}):
        with pytest.raises(InvalidClientMetadata):
            read(**changes)
