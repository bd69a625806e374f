"""A foreign issuer that a tenant may trust: its key, and the JWTs it signs."""

from joserfc import jwt
from joserfc.jwk import ECKey

from limen.model.tenant import TrustedIssuer

ISSUER = "https://other.test"


class Issuer:
    """`jwks` is published; `sign` makes a JWT with good claims unless told otherwise."""

    def __init__(self, clock, *, iss=ISSUER, kid="k1"):
        self.clock, self.iss = clock, iss
        self.key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
        self.jwks = {"keys": [self.key.as_dict(private=False)]}
        self.made = 0

    def trusted(self, **fields):
        return TrustedIssuer(issuer=self.iss, **{"jwks": self.jwks, **fields})

    def claims(self, **claims):
        self.made += 1
        now = self.clock.now()
        good = {
            "iss": self.iss, "sub": "sub-alice", "aud": "https://id.test", "iat": now, "exp": now + 300,
            "jti": f"jti-{self.made}", **claims,
        }  # fmt: skip
        return {name: value for name, value in good.items() if value is not None}

    def sign(self, *, header=None, **claims):
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "JWT", **(header or {})}
        return jwt.encode(header, self.claims(**claims), self.key)
