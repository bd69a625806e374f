"""TLS at our own listener, with and without a client's certificate (row MT)."""

import asyncio
import datetime as dt
import json
import pathlib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limen.http.tls import Tls, context_of, trust
from tests.http.edge.small import listening

DAY = dt.timedelta(days=1)


class Identity:
    """A key with its certificate, by itself or by an authority."""

    def __init__(self, folder, name, authority=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority.certificate.subject if authority else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=name == "authority", path_length=None), critical=True)
            .sign(authority.key if authority else self.key, hashes.SHA256())
        )
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.chain, self.secret = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
        pathlib.Path(self.chain).write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        pathlib.Path(self.secret).write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = {name: Identity(folder, name) for name in ("server", "authority", "alone", "stranger")}
    made["member"] = Identity(folder, "member", made["authority"])
    return made


@pytest.fixture(scope="module")
def context(people):
    server, authority = people["server"], people["authority"]
    made = context_of(
        Tls(
            certificate=server.chain,
            key=server.secret,
            client_certificates=True,
            client_authorities=authority.chain,
        )
    )
    trust(made, [people["alone"].der])
    return made


@pytest.fixture(scope="module")
async def port(context):
    async with listening(context=context) as port:
        yield port


def speaking(server, identity=None):
    made = ssl.create_default_context(cafile=server.chain)
    made.check_hostname = False
    if identity:
        made.load_cert_chain(identity.chain, identity.secret)
    return made


async def seen_by(port, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(b"GET /register/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
    received = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"strict-transport-security" in head
    return json.loads(body)


async def test_without_a_certificate_there_is_none(port, people):
    assert (await seen_by(port, speaking(people["server"])))["certificate"] is None


@pytest.mark.parametrize("name", ["member", "alone"])
async def test_mt_a_certificate_of_an_authority_or_a_registered_one_reaches_the_room(port, people, name):
    seen = await seen_by(port, speaking(people["server"], people[name]))

    assert seen["certificate"] == people[name].der.hex()


async def test_mt_an_unknown_certificate_is_refused_until_it_is_trusted(port, people, context):
    stranger = speaking(people["server"], people["stranger"])
    with pytest.raises((ssl.SSLError, ConnectionError, ValueError, AssertionError)):
        await seen_by(port, stranger)

    trust(context, [people["stranger"].der])

    assert (await seen_by(port, stranger))["certificate"] == people["stranger"].der.hex()


async def test_old_tls_is_refused(port, people):
    old = speaking(people["server"])
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA:@SECLEVEL=0")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await seen_by(port, old)


async def test_tls_1_2_has_forward_secrecy(port, people):
    context = speaking(people["server"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    cipher = writer.get_extra_info("cipher")[0]
    writer.close()

    assert cipher.startswith("ECDHE-")
    assert "-GCM-" in cipher
