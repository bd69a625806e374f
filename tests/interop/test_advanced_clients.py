"""Node's client libraries go the flows beyond the main job, over our own TLS, on each database."""

import json
from contextlib import ExitStack

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc.jwk import RSAKey

from limen.model.tenant import DetailType, Registration, Resource
from limen.protocol.registered_values import CIBA, DEVICE_CODE, TOKEN_EXCHANGE
from tests import services
from tests.identity import Identity
from tests.interop.person import Person
from tests.interop.test_node_clients import run
from tests.live import live_server
from tests.proofs import ClientKey
from tests.world import SECRET

CALLBACK = "https://app.test/cb"
CODE = frozenset({"authorization_code", "refresh_token"})
SERVICE = CODE | {"client_credentials"}
OTHER_CALLBACK = "https://other.test/cb"
API, FILES = "https://api.test/", "https://files.test/"

BY_AUTHORITY = {
    "token_endpoint_auth_method": "tls_client_auth",
    "tls_client_auth_subject_dn": "CN=member,O=Limen",
}


class Cast:
    """Everybody's keys and certificates, in a folder that the programs read."""

    def __init__(self, folder):
        self.folder, self.port = folder, services.free_port()
        self.authority = Identity(folder, "authority", signs=True)
        self.server = Identity(folder, "server")
        self.member = Identity(folder, "member", self.authority, subject="CN=member,O=Limen")
        for name in ("alone", "late", "stranger"):
            setattr(self, name, Identity(folder, name))
        self.keys = {
            "es256": ClientKey("ES256"),
            "ps256": ClientKey("PS256"),
            "eddsa": ClientKey("EdDSA"),
            "rsa": ClientKey("RS256"),
            "ec": ClientKey("ES256"),
            "stranger": ClientKey("ES256"),
        }
        (folder / "keys.json").write_text(json.dumps({name: private(key) for name, key in self.keys.items()}))

    @property
    def jwks(self):
        """What all clients registered: keys to sign with, and keys to encrypt to."""
        signing = [self.keys[name].jwk for name in ("es256", "ps256", "eddsa")]
        return {"keys": [*signing, *(encrypting(self.keys[name]) for name in ("rsa", "ec"))]}

    async def seed(self, seed):
        """Register everybody."""
        await seed.tenant(
            legacy=frozenset({"implicit"}),
            resources=(Resource(resource=API), Resource(resource=FILES)),
            registration=Registration(mode="open"),
            detail_types=(DetailType(type="payment", display_name="A payment", required=("amount",)),),
        )
        await seed.person()
        for client_id, fields in self.clients().items():
            common = {"grant_types": CODE, "redirect_uris": (CALLBACK,), "jwks": self.jwks}
            await seed.client(client_id, **{**common, **fields})

    def clients(self):
        """client_id -> its metadata."""
        return {
            **self.flows(),
            **self.proofs(),
            **self.tokens(),
            **self.requests(),
            **self.fapi(),
            **self.backchannel(),
        }

    def flows(self):
        hybrid = ("code", "code id_token", "code token", "code id_token token")
        return {
            "hybrid": {"grant_types": CODE | {"implicit"}, "response_types": hybrid},
            "implicit": {
                "grant_types": frozenset({"implicit"}),
                "response_types": ("id_token", "id_token token"),
                "token_endpoint_auth_method": "none",
            },
            "tv": {
                "grant_types": frozenset({DEVICE_CODE, "refresh_token"}),
                "redirect_uris": (),
                "response_types": (),
                "token_endpoint_auth_method": "none",
                "settings": {"device_code_interval": 1},
            },
        }

    def proofs(self):
        bound = {"tls_client_certificate_bound_access_tokens": True}
        nonce = {"require_dpop_nonce": True}
        return {
            "secret-jwt": {"grant_types": SERVICE, "token_endpoint_auth_method": "client_secret_jwt"},
            "private-key": {"grant_types": SERVICE, "token_endpoint_auth_method": "private_key_jwt"},
            "by-authority": {"grant_types": SERVICE, **BY_AUTHORITY, **bound},
            "self-signed": self.self_signed(self.alone),
            "public-bound": {"token_endpoint_auth_method": "none", "jwks": self.alone.jwks, **bound},
            "dpop": {"grant_types": SERVICE, "dpop_bound_access_tokens": True},
            "dpop-nonce": {"grant_types": SERVICE, "dpop_bound_access_tokens": True, "settings": nonce},
            "dpop-public": {"token_endpoint_auth_method": "none", "dpop_bound_access_tokens": True},
        }

    def tokens(self):
        jwt_tokens = {"access_token_format": "jwt"}
        exchange = {"exchange_audiences": (API,), "exchange_clients": ("jwt-es256",)}
        return {
            "jwt-es256": {"grant_types": SERVICE, "settings": jwt_tokens},
            "jwt-rs256": {
                "grant_types": SERVICE,
                "settings": {**jwt_tokens, "access_token_signing_alg": "RS256"},
            },
            "exchanger": {
                "grant_types": frozenset({TOKEN_EXCHANGE, "client_credentials"}),
                "settings": {**jwt_tokens, **exchange, "exchange_impersonation": True},
            },
            "api": {"introspection_signed_response_alg": "ES256"},
            "encrypted-rsa": encrypted("RSA-OAEP-256", "A256GCM"),
            "encrypted-ec": encrypted("ECDH-ES", "A128CBC-HS256"),
            "pairwise": {"subject_type": "pairwise"},
            "pairwise-other": {"subject_type": "pairwise", "redirect_uris": (OTHER_CALLBACK,)},
        }

    def requests(self):
        answer = {"authorization_signed_response_alg": "ES256"}
        return {
            "requests": {},
            "must-push": {"require_pushed_authorization_requests": True},
            "must-sign": {"require_signed_request_object": True},
            "jarm": answer,
            "jarm-encrypted": {
                **answer,
                "authorization_encrypted_response_alg": "RSA-OAEP-256",
                "authorization_encrypted_response_enc": "A256GCM",
            },
        }

    def fapi(self):
        """Each client authentication with each sender constraint, and message signing."""
        signed = {"id_token_signed_response_alg": "PS256", "authorization_signed_response_alg": "PS256"}
        profile = {"settings": {"security_profile": "fapi2-security"}}
        key = {"token_endpoint_auth_method": "private_key_jwt"}
        dpop = {"dpop_bound_access_tokens": True}
        tls = {"tls_client_certificate_bound_access_tokens": True}
        return {
            "fapi1": {
                **signed,
                **key,
                **tls,
                "grant_types": CODE | {"implicit"},
                "response_types": ("code id_token",),
                "settings": {"security_profile": "fapi1-advanced"},
            },
            "fapi2-key-dpop": {**signed, **profile, **key, **dpop},
            "fapi2-key-tls": {**signed, **profile, **key, **tls},
            "fapi2-tls-dpop": {**signed, **profile, **BY_AUTHORITY, **dpop},
            "fapi2-tls-tls": {**signed, **profile, **BY_AUTHORITY, **tls},
            "fapi2-messages": {
                **signed,
                **key,
                **dpop,
                "introspection_signed_response_alg": "PS256",
                "settings": {"security_profile": "fapi2-message-signing"},
            },
        }

    def backchannel(self):
        polls = {
            "grant_types": frozenset({CIBA, "refresh_token"}),
            "redirect_uris": (),
            "response_types": (),
            "backchannel_token_delivery_mode": "poll",
            "settings": {"ciba_interval": 1},
        }
        return {
            "ciba-poll": polls,
            "ciba-signed": {
                **polls,
                "token_endpoint_auth_method": "private_key_jwt",
                "backchannel_authentication_request_signing_alg": "ES256",
            },
            "ciba-ping": {
                **polls,
                "backchannel_token_delivery_mode": "ping",
                "backchannel_client_notification_endpoint": f"http://127.0.0.1:{self.port}/ping",
            },
        }

    def self_signed(self, identity):
        return {
            "grant_types": SERVICE,
            "redirect_uris": (CALLBACK,),
            "token_endpoint_auth_method": "self_signed_tls_client_auth",
            "tls_client_certificate_bound_access_tokens": True,
            "jwks": identity.jwks,
        }


def private(key):
    """A private JWK with its kid."""
    text = jwt.get_algorithm_by_name(key.alg).to_jwk(key.private)
    members = json.loads(text) if isinstance(text, str) else text
    members.pop("key_ops", None)  # the same key may be imported to decrypt
    return {**members, "kid": key.kid, "alg": key.alg}


def encrypted(alg, enc):
    """Metadata of a client that wants everything signed and encrypted."""
    signed = {f"{place}_signed_response_alg": "ES256" for place in ("userinfo", "introspection")}
    algs = {f"{place}_encrypted_response_alg": alg for place in ("id_token", "userinfo", "introspection")}
    encs = {f"{place}_encrypted_response_enc": enc for place in ("id_token", "userinfo", "introspection")}
    return {**signed, **algs, **encs}


def encrypting(key):
    return {**key.bare, "kid": key.kid, "use": "enc"}


@pytest.fixture(scope="session")
def cast(tmp_path_factory):
    return Cast(tmp_path_factory.mktemp("cast"))


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def secure(request, tmp_path_factory, cast):
    """A server with TLS of its own that asks clients for certificates."""
    folder = tmp_path_factory.mktemp(f"secure-{request.param}")
    with ExitStack() as opened:
        url = f"sqlite://{folder}/limen.db"
        if request.param == "postgres":
            url = opened.enter_context(request.getfixturevalue("postgres").database())
        tls = (cast.server.chain, cast.server.secret)
        # CIBA pings an address of this machine.
        server = f'tls_client_ca = "{cast.authority.chain}"\n[outbound]\nallow = ["127.0.0.0/8"]'
        yield opened.enter_context(live_server(folder, url, cast.seed, tls=tls, server=server))


@pytest.fixture
def go(secure, cast):
    """Run a program of the folder `advanced`."""

    def going(name):
        environment = {"NODE_EXTRA_CA_CERTS": cast.server.chain, "FOLDER": str(cast.folder)}
        environment["PORT"] = str(cast.port)
        try:
            run(f"advanced/{name}.mjs", secure.base, **environment)
        finally:
            broken = [line for line in secure.log.read_text().splitlines() if '"event":"fault"' in line]
            assert not broken, "\n".join(broken)

    return going


@pytest.mark.parametrize(
    "name",
    [
        "hybrid",
        "implicit",
        "device",
        "private_key_jwt",
        "dpop",
        "access_tokens",
        "encrypted",
        "exchange",
        "introspection",
        "requests",
        "resources",
        "registration",
        "fapi",
        "backchannel",
    ],
)
def test_a_library_goes_a_flow_beyond_the_main_job(go, name):
    go(name)


def test_clients_prove_themselves_with_certificates_also_ones_registered_while_the_server_runs(
    go, secure, cast
):
    async def register(seed):
        await seed.client("late", **cast.self_signed(cast.late))

    secure.run(register)

    go("mutual_tls")


@pytest.mark.parametrize("client_id", ["secret-jwt", "private-key"])
def test_authlib_proves_itself_with_assertions_that_live_an_hour(secure, cast, client_id):
    issuer = secure.base
    key = RSAKey.import_key(private(cast.keys["ps256"]))
    secret, auth = {
        "secret-jwt": (SECRET, ClientSecretJWT(issuer)),
        "private-key": (key, PrivateKeyJWT(issuer, headers={"kid": key.kid}, alg="PS256")),
    }[client_id]
    more = {"revocation_endpoint_auth_method": auth, "code_challenge_method": "S256"}
    client = OAuth2Session(client_id, secret, auth, scope="openid email", redirect_uri=CALLBACK, **more)
    client.trust_env, client.verify = False, cast.server.chain
    url, state = client.create_authorization_url(f"{issuer}/oauth2/authorize", code_verifier="v" * 48)
    callback = Person(verify=cast.server.chain).visit(url)

    token = client.fetch_token(
        f"{issuer}/oauth2/token", authorization_response=callback, code_verifier="v" * 48, state=state
    )
    refreshed = client.refresh_token(f"{issuer}/oauth2/token", refresh_token=token["refresh_token"])
    told = client.introspect_token(f"{issuer}/oauth2/introspect", refreshed["access_token"]).json()

    assert told["active"] is True
    assert client.get(f"{issuer}/oauth2/userinfo").json()["email"] == "alice@id.test"
    assert client.revoke_token(f"{issuer}/oauth2/revoke", refreshed["refresh_token"]).status_code == 200
