"""The rooms where clients register and manage themselves."""

from limen.admin.registration import ClientRegistrar
from limen.credentials.issuer_keys import IssuerKeys
from limen.credentials.software_statement import SoftwareStatements
from limen.endpoints.client_configuration import ClientConfigurationEndpoint
from limen.endpoints.registration import RegistrationEndpoint
from limen.endpoints.registration_document import RegistrationDocuments
from limen.http.route import Endpoint
from limen.ports import Ports


def registration(ports: Ports) -> dict[str, Endpoint]:
    """Return the endpoints by the names `limen.routes.Rooms` has for them."""
    issuer_keys = IssuerKeys(jose=ports.jose, fetcher=ports.fetcher, clock=ports.clock)
    statements = SoftwareStatements(jose=ports.jose, issuer_keys=issuer_keys, clock=ports.clock)
    documents, registrar = RegistrationDocuments(statements), ClientRegistrar(ports)
    return {
        "registration": RegistrationEndpoint(
            storage=ports.storage, documents=documents, registrar=registrar, clock=ports.clock
        ),
        "client_configuration": ClientConfigurationEndpoint(
            storage=ports.storage, documents=documents, registrar=registrar, clock=ports.clock
        ),
    }
