"""certificate: the token works over connections with one client certificate (RFC 8705 §3)."""

from typing import ClassVar

from limen.binding.base import Proof, is_same
from limen.errors import InvalidRequest
from limen.model.client import Client
from limen.protocol.certificate import thumbprint
from limen.protocol.message import Message
from limen.protocol.policy import Policy

_BY_CERTIFICATE = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})


class CertificateBinding:
    """The reference is the certificate's x5t#S256."""

    binding_type: ClassVar[str] = "certificate"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Take the certificate whose key the TLS layer saw proven."""
        if message.certificate is not None:
            return Proof(thumbprint(message.certificate))
        if access_token is None and policy is not None and policy.token_binding_type == "certificate":
            raise InvalidRequest("a TLS client certificate is required")
        return None

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """RFC 8705 §3: the very same certificate."""
        return is_same(proof, reference)

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """RFC 8705 §4, §6.3: who authenticates by certificate may come with its next one."""
        if client.token_endpoint_auth_method in _BY_CERTIFICATE:
            return proof is not None
        return is_same(proof, reference)
