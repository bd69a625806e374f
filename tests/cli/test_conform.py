"""`limen conform prepare`: everything a run of the OpenID conformance suite needs, in one folder."""

import contextlib
import fnmatch
import json
import ssl
import stat

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from limen.cli.__main__ import main
from limen.config import production_problems, read_config
from tests.cli.conftest import Cli

BASE, SUITE = "https://op.test:9443", "https://suite.test:8443"


def prepare(folder, **changes):
    said = {"data": str(folder), "base": BASE, "suite": SUITE, **changes}
    flags = [text for name, value in said.items() for text in (f"--{name}", value)]
    return CliRunner().invoke(main, ["conform", "prepare", *flags])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("conform") / "run"
    result = prepare(made)
    assert result.exit_code == 0, result.output
    return made


@pytest.fixture(scope="module")
def cli(folder):
    return Cli(folder)


def test_every_plan_has_its_file(folder):
    lines = (folder / "plans" / "plans.txt").read_text().splitlines()

    assert len(lines) == 44
    assert {line.rpartition(" ")[2] for line in lines} | {"plans.txt"} == {
        path.name for path in (folder / "plans").iterdir()
    }


def test_nobody_else_reads_what_is_secret(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "limen.db"]

    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_its_certificates_are_good_enough_for_who_reads_rfc5280_to_the_letter(folder):
    told = json.loads((folder / "plans" / "fapi2-mtls-mtls.json").read_text())
    (folder.parent / "client.crt").write_text(told["mtls"]["cert"])
    (folder.parent / "client.key").write_text(told["mtls"]["key"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.crt", folder / "server.key")
    client = ssl.create_default_context(cafile=folder / "authority.crt")
    client.load_cert_chain(folder.parent / "client.crt", folder.parent / "client.key")
    server.load_verify_locations(folder / "authority.crt")
    server.verify_mode = ssl.CERT_REQUIRED
    for each in (server, client):
        each.verify_flags |= ssl.VERIFY_X509_STRICT

    assert shaken(client, server)["subject"] == ((("commonName", "conformance-client-1"),),)


def shaken(client, server):
    """Let both greet each other in memory; return the client's certificate as the server sees it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname="op.test")
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (here, there, here, there):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return there.getpeercert()


def test_the_applications_of_a_file_are_registered_with_its_keys(folder, cli):
    told = json.loads((folder / "plans" / "fapi2-private_key_jwt-dpop.json").read_text())

    for place in ("client", "client2"):
        app = cli.json("app", "show", told[place]["client_id"], "-t", "conformance")
        ours, theirs = app["jwks"]["keys"][0], told[place]["jwks"]["keys"][0]
        assert "d" not in ours
        assert (ours["n"], ours["kid"]) == (theirs["n"], theirs["kid"])
        assert app["limen_security_profile"] == "fapi2-security"
        assert app["redirect_uris"][0].startswith(f"{SUITE}/test/a/{told['alias']}/callback")


def test_the_certificates_of_clients_are_of_the_authority_the_server_trusts(folder, cli):
    told = json.loads((folder / "plans" / "fapi1-mtls.json").read_text())
    authority = x509.load_pem_x509_certificate((folder / "authority.crt").read_bytes())

    given = x509.load_pem_x509_certificate(told["mtls"]["cert"].encode())
    key = serialization.load_pem_private_key(told["mtls"]["key"].encode(), None)

    given.verify_directly_issued_by(authority)
    assert given.public_key() == key.public_key()
    app = cli.json("app", "show", told["client"]["client_id"], "-t", "conformance")
    assert app["tls_client_auth_subject_dn"] == given.subject.rfc4514_string()


def test_the_person_signs_in_by_the_script(folder, cli):
    told = json.loads((folder / "plans" / "dynamic.json").read_text())
    commands = told["browser"][0]["tasks"][0]["commands"]

    person = cli.json("user", "show", commands[0][3], "-t", "conformance")

    assert commands[0][:3] == ["text", "id", "username"]
    assert len(commands[1][3]) > 20
    # OIDC Core §5.1: the suite warns of each that is missing, but sub.
    assert len(person["claims"]) == 19


@pytest.mark.parametrize("task", ["Sign in", "Consent"])
@pytest.mark.parametrize(
    "at", ["/oauth2/authorize?client_id=basic-1", "/i/lm_jn_1/sign_in", "/i/lm_jn_1/consent"]
)
def test_the_script_finds_the_pages_wherever_they_are_shown(folder, task, at):
    told = json.loads((folder / "plans" / "dynamic.json").read_text())
    steps = {step["task"]: step for step in told["browser"][0]["tasks"]}

    assert fnmatch.fnmatchcase(f"{BASE}/t/conformance{at}", steps[task]["match"])
    assert all(command[-1] == "optional" for command in steps[task]["commands"]), (
        "other pages lack what it presses"
    )


def test_the_folder_may_serve(folder):
    assert production_problems(read_config(folder / "limen.toml", environ={})) == ()


def test_a_folder_that_is_not_empty_stays_as_it_is(folder):
    result = prepare(folder)

    assert result.exit_code == 5
    assert "not empty" in result.output


def test_the_suite_is_never_called_in_the_clear(tmp_path):
    assert prepare(tmp_path / "run", suite="http://suite.test:8443").exit_code == 2
