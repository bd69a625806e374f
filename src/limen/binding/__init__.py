"""Token binding: one file per binding type."""

from limen.binding.base import Binding, BrowserBinding
from limen.binding.certificate import CertificateBinding
from limen.binding.client_request import ClientRequestBinding
from limen.binding.cookie import CookieBinding
from limen.binding.device_flow import DeviceFlowBinding
from limen.binding.dpop import DpopBinding
from limen.binding.none import NoBinding
from limen.binding.sso_session import SsoSessionBinding
from limen.ports import Ports


def browser_bindings(ports: Ports) -> tuple[BrowserBinding, ...]:
    """Return the types that are fixed at the authorization endpoint."""
    return (CookieBinding(ports.entropy), SsoSessionBinding(ports.storage))


def all_bindings(ports: Ports) -> tuple[Binding, ...]:
    """Return every binding type."""
    return (
        NoBinding(),
        *browser_bindings(ports),
        CertificateBinding(),
        DeviceFlowBinding(),
        ClientRequestBinding(),
        DpopBinding(ports.keys, ports.jose, ports.clock),
    )
