"""Certificates of applications, converted on upload (rows 48 and 49 of the behaviour list)."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from joserfc.jwk import RSAKey

from limen.cli.__main__ import main
from tests.proofs import x5t

KEY = rsa.generate_private_key(65537, 2048)


def certificate(*, ends_in=30, key=KEY, by="CN=shop,O=Limen", of="CN=shop,O=Limen"):
    now, name = dt.datetime.now(dt.UTC), x509.Name.from_rfc4514_string(of)
    issuer = x509.Name.from_rfc4514_string(by)
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=name, public_key=key.public_key())
    builder = builder.serial_number(7).not_valid_before(now - dt.timedelta(days=60))
    return builder.not_valid_after(now + dt.timedelta(days=ends_in)).sign(key, hashes.SHA256())


FORMS = {
    "shop.pem": lambda c: c.public_bytes(Encoding.PEM),
    "shop.crt": lambda c: b"Bag Attributes\n  friendlyName: shop\n" + c.public_bytes(Encoding.PEM),
    "shop.der": lambda c: c.public_bytes(Encoding.DER),
    "shop.cer": lambda c: c.public_bytes(Encoding.DER),
    "shop.p7b": lambda c: pkcs7.serialize_certificates([c], Encoding.DER),
    "shop.p7c": lambda c: pkcs7.serialize_certificates([c], Encoding.PEM),
}


@pytest.fixture(scope="module")
def limen(tmp_path_factory):
    """The command line in a folder with the application `shop`."""
    folder, runner = tmp_path_factory.mktemp("limen"), CliRunner()

    def run(*arguments):
        return runner.invoke(main, [*arguments], env={"LIMEN_DATA": str(folder)})

    made = run("init", "--dir", str(folder), "--issuer", "https://id.example", "--non-interactive")
    assert made.exit_code == 0, made.output
    created = run("app", "create", "Shop", "--client-id", "shop", "--redirect-uri", "https://rp.example/cb")
    assert created.exit_code == 0, created.output
    run.folder = folder
    return run


def test_row_49_a_chain_with_its_authority_first_registers_the_application_s_own_key(limen):
    authority = certificate(of="CN=authority", by="CN=authority", key=ec.generate_private_key(ec.SECP256R1()))
    ours = certificate(by="CN=authority")
    path = limen.folder / "chain.p7b"
    path.write_bytes(pkcs7.serialize_certificates([authority, ours], Encoding.PEM))

    result = limen("app", "update", "shop", "--certificate", str(path), "-o", "json")

    assert result.exit_code == 0, result.output
    (key,) = json.loads(result.stdout)["jwks"]["keys"]
    assert key["x5t#S256"] == x5t(ours.public_bytes(Encoding.DER))


@pytest.mark.parametrize("name", FORMS)
def test_row_49_a_certificate_is_taken_in_every_form_people_have(limen, name):
    ours = certificate()
    path = limen.folder / name
    path.write_bytes(FORMS[name](ours))

    result = limen("app", "update", "shop", "--certificate", str(path), "-o", "json")

    assert result.exit_code == 0, result.output
    (key,) = json.loads(result.stdout)["jwks"]["keys"]
    assert key["x5t#S256"] == x5t(ours.public_bytes(Encoding.DER))
    numbers = KEY.public_key().public_numbers()
    assert RSAKey.import_key(key).raw_value.public_numbers() == numbers
    assert "d" not in key


def test_row_48_a_certificate_can_be_encrypted_to(limen):
    path = limen.folder / "enc.pem"
    path.write_bytes(certificate().public_bytes(Encoding.PEM))
    wanted = "id_token_encrypted_response_alg=RSA-OAEP-256"

    without = limen("app", "update", "shop", "--unset", "jwks", "--set", wanted)
    result = limen("app", "update", "shop", "--certificate", str(path), "--set", wanted)

    assert without.exit_code != 0
    assert result.exit_code == 0, result.output


def test_row_48_an_expired_certificate_is_taken_with_a_warning(limen):
    path = limen.folder / "old.pem"
    path.write_bytes(certificate(ends_in=-1).public_bytes(Encoding.PEM))

    result = limen("app", "update", "shop", "--certificate", str(path))

    assert result.exit_code == 0
    assert "Warning" in result.stderr


@pytest.mark.parametrize("made", ["nonsense", "private", "weak"])
def test_row_48_what_is_no_good_certificate_is_refused(limen, made):
    path = limen.folder / "bad"
    pem, pkcs8, plain = Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    content = {
        "nonsense": lambda: b"nonsense",
        "private": lambda: KEY.private_bytes(pem, pkcs8, plain),
        "weak": lambda: certificate(key=ec.generate_private_key(ec.SECP192R1())).public_bytes(pem),
    }
    path.write_bytes(content[made]())

    result = limen("app", "update", "shop", "--certificate", str(path))

    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_row_2_secrets_are_listed_with_their_times_and_never_shown(limen):
    added = limen("app", "add-secret", "shop", "--days", "90", "-o", "json")
    listed = json.loads(limen("app", "list-secrets", "shop", "-o", "json").stdout)

    assert json.loads(added.stdout)["client_secret"] not in json.dumps(listed)
    assert [row["last_used_at"] for row in listed] == [None, None]
    assert listed[0]["expires_at"] is None
    assert listed[1]["expires_at"] is not None


def test_row_41_an_encryption_none_of_the_clients_keys_can_open_is_refused_when_it_is_set(limen):
    path = limen.folder / "ec.pem"
    path.write_bytes(certificate(key=ec.generate_private_key(ec.SECP256R1())).public_bytes(Encoding.PEM))
    asked = ("app", "update", "shop", "--certificate", str(path), "--set")

    refused = limen(*asked, "id_token_encrypted_response_alg=RSA-OAEP-256")
    taken = limen(*asked, "id_token_encrypted_response_alg=ECDH-ES")

    assert refused.exit_code != 0
    assert "id_token_encrypted_response_alg RSA-OAEP-256: jwks has no key" in refused.output
    assert taken.exit_code == 0, taken.output


def test_row_2_a_new_secret_that_is_not_shown_is_not_said_to_be(limen):
    shown = limen("app", "rotate-secret", "shop", "-o", "json")
    hidden = limen("app", "rotate-secret", "shop", "-o", "id")

    assert "lm_cs_" in shown.output
    assert "shown this once" in shown.output
    assert "lm_cs_" not in hidden.output
    assert "shown this once" not in hidden.output
    assert "left out" in hidden.output
