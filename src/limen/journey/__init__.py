"""The steps between an authorization request and its answer: one file per step, none calls another."""

from collections.abc import Mapping

from limen.credentials.known_device import KnownDevices
from limen.credentials.password import PasswordCheck
from limen.journey.approve import Approve
from limen.journey.choose_account import ChooseAccount
from limen.journey.consent import ConsentStep
from limen.journey.device_confirm import DeviceConfirm
from limen.journey.sign_in import SignIn
from limen.ports import Ports
from limen.ports.journey import JourneyStep


def all_steps(ports: Ports) -> Mapping[str, JourneyStep]:
    """Return every step by the name in its URL."""
    devices = KnownDevices(ports.keys, ports.entropy)
    check = PasswordCheck(ports.storage, ports.passwords, devices, ports.clock)
    return {
        "sign_in": SignIn(check, devices, ports.clock, ports.entropy, ports.events),
        "choose_account": ChooseAccount(),
        "consent": ConsentStep(ports.clock, ports.entropy),
        "device_confirm": DeviceConfirm(ports.storage, ports.keys, ports.clock),
        "approve": Approve(ports.storage, ports.clock),
    }
