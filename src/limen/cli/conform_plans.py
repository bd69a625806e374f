"""Which plans of the OpenID conformance suite a run consists of, and what each is told."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from limen.cli.conform_browser import Visitor
from limen.cli.conform_clients import AUTHENTICATION, CONSTRAINTS, DELIVERIES, FAPI2_PROFILES, Suite
from limen.cli.conform_credentials import Seat
from limen.credentials.password import ACR
from limen.routes import ADDRESSES

_RESPONSE_TYPES = (
    "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
)  # fmt: skip
_CERTIFIED = ("basic", "formpost-basic", "implicit", "hybrid", "formpost-implicit", "formpost-hybrid")
_SCOPE = "openid profile email"
_LOGIN = {"hint_type": "login_hint", "acr_value": ACR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run: the suite's name of the plan, its variant, and the name of the configuration file."""

    name: str
    variant: Mapping[str, str]
    file: str

    @property
    def line(self) -> str:
        """Return it as the suite's own runner takes it."""
        return self.name + "".join(f"[{k}={v}]" for k, v in self.variant.items()) + f" {self.file}"


def plans() -> Iterator[Plan]:
    """Yield every plan, in the order of its worth."""
    yield Plan(name="oidcc-config-certification-test-plan", variant={}, file="dynamic.json")
    for registration, file in (("dynamic_client", "dynamic.json"), ("static_client", "static.json")):
        for kind in _CERTIFIED:
            variant = {"server_metadata": "discovery", "client_registration": registration}
            yield Plan(name=f"oidcc-{kind}-certification-test-plan", variant=variant, file=file)
    for kind, types in (("dynamic", _RESPONSE_TYPES), ("3rdparty-init-login", ("code",))):
        for response in types:
            variant = {"response_type": response}
            yield Plan(name=f"oidcc-{kind}-certification-test-plan", variant=variant, file="dynamic.json")
    yield from _fapi2()
    yield from _fapi1()
    for auth, mode in itertools.product(AUTHENTICATION, DELIVERIES):
        variant = {"client_auth_type": auth, "fapi_ciba_profile": "plain_fapi", "ciba_mode": mode}
        variant["client_registration"] = "static_client"
        yield Plan(name="fapi-ciba-id1-test-plan", variant=variant, file=f"ciba-{auth}-{mode}.json")


def _fapi2() -> Iterator[Plan]:
    for kind, auth, constraint in itertools.product(FAPI2_PROFILES, AUTHENTICATION, CONSTRAINTS):
        file = f"{kind}-{auth}-{constraint}.json"
        variant = {"client_auth_type": auth, "sender_constrain": constraint, "openid": "openid_connect"}
        variant |= {"fapi_profile": "plain_fapi", "authorization_request_type": "simple"}
        if kind == "fapi2":
            yield Plan(name="fapi2-security-profile-final-test-plan", variant=variant, file=file)
            continue
        for mode in ("plain_response", "jarm"):
            signed = {"fapi_request_method": "signed_non_repudiation", "fapi_response_mode": mode}
            yield Plan(name="fapi2-message-signing-final-test-plan", variant={**variant, **signed}, file=file)


def _fapi1() -> Iterator[Plan]:
    modes = itertools.product(AUTHENTICATION, ("by_value", "pushed"), ("plain_response", "jarm"))
    for auth, request, response in modes:
        variant = {"client_auth_type": auth, "fapi_auth_request_method": request}
        variant |= {"fapi_profile": "plain_fapi", "fapi_response_mode": response}
        yield Plan(name="fapi1-advanced-final-test-plan", variant=variant, file=f"fapi1-{auth}.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurations:
    """Makes the configuration files. `secrets` are those of the registered applications."""

    suite: Suite
    visitor: Visitor
    seats: tuple[Seat, Seat]
    secrets: Mapping[str, str]

    def files(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield name and content of every file that `plans` mentions."""
        yield "dynamic.json", {**self._common(), **self._named()}
        yield (
            "static.json",
            {**self._common(), "alias": self.suite.named("static").alias, **self._secret_clients()},
        )
        for file in dict.fromkeys(plan.file for plan in plans()):
            if file not in {"dynamic.json", "static.json"}:
                yield file, self._financial(file.removesuffix(".json"))

    def _common(self) -> dict[str, Any]:
        return {
            "description": "Limen",
            "server": {
                "discoveryUrl": f"{self.visitor.issuer}/.well-known/openid-configuration",
                "login_hint": self.visitor.username,
            },
            "browser": self.visitor.script(),
            "override": self.visitor.overrides(),
            # Pages are read, not seen.
            "options": {"browsercontrol_css_enable": False},
        }

    def _named(self) -> dict[str, Any]:
        return {
            "client": {"client_name": "Conformance one", "scope": _SCOPE},
            "client2": {"client_name": "Conformance two", "scope": _SCOPE},
        }

    def _secret_clients(self) -> dict[str, Any]:
        names = {"client": "basic-1", "client2": "basic-2", "client_secret_post": "post-1"}
        return {
            place: {"client_id": name, "client_secret": self.secrets[name]} for place, name in names.items()
        }

    def _financial(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = {**self._common(), "alias": self.suite.named(kind).alias}
        found["resource"] = {"resourceUrl": self.visitor.issuer + ADDRESSES["userinfo_endpoint"]}
        for seat in self.seats:
            place = "" if seat.number == 1 else str(seat.number)
            found[f"client{place}"] = {
                "client_id": f"{kind}-{seat.number}",
                "scope": _SCOPE,
                "jwks": {"keys": [seat.jwk]},
                **_LOGIN,
                "hint_value": self.visitor.username,
            }
            found[f"mtls{place}"] = {"cert": seat.pem.certificate, "key": seat.pem.key}
        return found
