"""Whatever an operator or a client may say is read by somebody: a setting without effect is a lie."""

import re

from limen.model.client import Client
from limen.model.settings import Settings
from limen.model.tenant import DetailType, Registration, Tenant, TrustedIssuer
from limen.protocol.policy import Policy
from tests.house.tree import modules

# Where a member is defined, written and read back, which is no use of it.
_DOORS = {
    "model/client.py", "model/settings.py", "model/tenant.py", "protocol/policy.py",
    "protocol/settings_metadata.py", "protocol/client_metadata.py", "protocol/client_consistency.py",
    "admin/tenant_document.py",
}  # fmt: skip
# For people who read a registration, and for the answer to who wrote it.
_TOLD = {"contacts", "software_id", "software_version"}
_ALWAYS = {"require_auth_time"}  # auth_time is in every ID token of somebody who signed in
_NOTES = {"labels"}
_AT_THE_DOOR = {"require_https_redirect"}


def _rooms():
    return "\n".join(module.text for module in modules() if module.name not in _DOORS)


def _unread(record, pattern=r"[.\"]{}\b", but=frozenset()):
    texts, names = _rooms(), set(record.__struct_fields__) - but
    return sorted(name for name in names if not re.search(pattern.format(name), texts))


def test_every_setting_is_read_as_a_policy():
    assert _unread(Policy, r"(policy|\))\.{}\b") == []


def test_settings_and_policy_name_the_same_things():
    assert Settings.__struct_fields__ == Policy.__struct_fields__


def test_every_member_of_a_client_has_an_effect():
    assert _unread(Client, but=_TOLD | _ALWAYS) == []


def test_every_member_of_a_tenant_has_an_effect():
    assert _unread(Tenant, but=_NOTES | _AT_THE_DOOR) == []
    for record in (Registration, TrustedIssuer, DetailType):
        assert _unread(record) == []
