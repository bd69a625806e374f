"""Request objects and pushed requests as clients make them, by other hands than Limen's."""

import base64
import json

from joserfc import jwe, jwk

from tests.proofs import said
from tests.world import CALLBACK, SECRET, pkce

ISSUER = "https://id.test"
URN = "urn:ietf:params:oauth:request_uri:"


def asked(client_id="web", **changes):
    """The parameters of an ordinary authorization request; one that is None is left out."""
    params = {
        "response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "scope": "openid",
        "state": "a-state", **pkce(),
    }  # fmt: skip
    return said(params, changes)


def object_claims(world, client_id="web", **changes):
    """An ordinary request with what FAPI wants of a request object."""
    now = world.clock.now()
    about = {"iss": client_id, "aud": ISSUER, "exp": now + 300, "nbf": now, "iat": now, "jti": "one"}
    return said({**about, **asked(client_id)}, changes)


def signed(world, key, client_id="web", *, header=None, **changes):
    return key.sign(object_claims(world, client_id, **changes), **(header or {}))


def unsigned(world, client_id="web", *, alg="none", **changes):
    parts = ({"alg": alg}, object_claims(world, client_id, **changes))
    return ".".join(_b64(json.dumps(part).encode()) for part in parts) + "."


def encrypted(world, text, alg="RSA-OAEP-256", enc="A128GCM", tenant="tenant-root"):
    """`text` for this issuer's encryption key."""
    kty = "RSA" if alg.startswith("RSA") else "EC"
    published = world.keys.jwks(tenant)["keys"]
    key = next(key for key in published if key.get("use") == "enc" and key["kty"] == kty)
    registry = jwe.JWERegistry(algorithms=[alg, enc])
    header = {"alg": alg, "enc": enc, "kid": key["kid"], "cty": "oauth-authz-req+jwt"}
    members = {name: key[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in key}
    return jwe.encrypt_compact(header, text.encode(), jwk.import_key(members), registry=registry)


async def push(world, *, auth=("web", SECRET), tenant="", headers=None, **params):
    return await world.http.post(f"{tenant}/oauth2/par", form=params, auth=auth, headers=headers)


async def pushed(world, *, auth=("web", SECRET), headers=None, **params):
    """Push a request that must be taken; return its request_uri."""
    reply = await push(world, auth=auth, headers=headers, **params)
    assert reply.status == 201, reply.text
    return reply.json()["request_uri"]


async def visit(browser, client_id="web", *, tenant="", **params):
    """Send the browser to the authorization endpoint with just these parameters."""
    return await browser.get(f"{tenant}/oauth2/authorize", params={"client_id": client_id, **params})


def left_for_client(reply):
    return reply.header("location") is not None and reply.location.startswith(CALLBACK)


def is_page(reply):
    """A refusal that went nowhere."""
    return reply.header("location") is None and reply.status in {400, 401, 403, 404}


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
