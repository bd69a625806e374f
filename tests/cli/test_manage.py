"""Managing applications, people, tenants and keys from the command line, over a real store."""

import contextlib
import json
import ssl
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import apsw
import pytest

from tests.cli.conftest import Cli
from tests.identity import Identity

CB = "https://rp.example/cb"
GOOD = "violet umbrella 42 trains\n"


def test_init_writes_what_nobody_else_may_read_and_prints_a_set_up_link(tmp_path, cli):
    folder = tmp_path / "new"

    result = cli.ok("init", "--dir", str(folder), "--issuer", "https://id.example/", "--non-interactive")

    assert result.stdout.startswith("https://id.example/setup/")
    assert "password" not in result.output.lower()
    for name in ("limen.toml", "master.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_init_overwrites_nothing(cli):
    before = (cli.folder / "master.key").read_bytes()

    result = cli("init", "--dir", str(cli.folder), "--issuer", "https://other.example", "--non-interactive")

    assert result.exit_code == 5
    assert (cli.folder / "master.key").read_bytes() == before


def test_init_refuses_a_public_address_in_the_clear(tmp_path, cli):
    result = cli("init", "--dir", str(tmp_path / "x"), "--issuer", "http://id.example", "--non-interactive")

    assert result.exit_code == 3
    assert "https" in result.output
    assert not (tmp_path / "x" / "limen.toml").exists()


def test_init_without_its_database_leaves_nothing_behind_and_says_what_to_do(tmp_path, cli):
    folder, nowhere = tmp_path / "x", "postgresql://nobody@127.0.0.1:1/none"

    options = ("--issuer", "https://id.example", "--db", nowhere, "--non-interactive")
    result = cli("init", "--dir", str(folder), *options)

    assert result.exit_code == 7
    assert "Connect call failed" in result.output
    assert "database.url" in result.output
    assert list(folder.iterdir()) == []


def test_init_says_how_to_start_what_it_wrote(tmp_path, cli):
    folder = tmp_path / "elsewhere"

    result = cli.ok("init", "--dir", str(folder), "--issuer", "https://id.example", "--non-interactive")

    assert f"limen serve --config {folder / 'limen.toml'}" in result.stderr


def test_init_asks_what_it_was_not_told(tmp_path, cli):
    result = cli("init", "--dir", str(tmp_path / "y"), stdin="https://id.example\n\n127.0.0.1:9999\n")

    assert result.exit_code == 0, result.output
    assert 'bind = "127.0.0.1:9999"' in (tmp_path / "y" / "limen.toml").read_text()


def test_an_application_is_created_shown_changed_and_deleted(cli):
    made = cli.json(
        "app", "create", "Shop", "--redirect-uri", CB, "--client-id", "shop", "--set", "default_max_age=60"
    )
    assert made["client_secret"].startswith("lm_cs_")
    assert made["default_max_age"] == 60

    shown = cli.json("app", "show", "shop")
    assert "client_secret" not in shown
    assert made["client_secret"] not in json.dumps(shown)
    changed = cli.json("app", "update", "shop", "--set", "client_name=New", "--unset", "default_max_age")
    assert changed["client_name"] == "New"
    assert "default_max_age" not in changed
    assert "shop" in cli.ok("app", "list", "-o", "id").stdout.split()
    assert "New" in cli.ok("app", "list").stdout
    assert "redirect_uris" in cli.ok("app", "show", "shop").stdout

    assert cli("app", "delete", "shop").exit_code == 2
    cli.ok("app", "delete", "shop", "--yes")
    assert cli("app", "show", "shop").exit_code == 4


def test_a_secret_is_rotated_added_and_revoked(cli):
    cli.ok("app", "create", "Rotating", "--template", "service", "--client-id", "rotating")

    rotated = cli.json("app", "rotate-secret", "rotating", "--overlap", "60")
    assert rotated["client_secret"].startswith("lm_cs_")
    assert len(rotated["client_secrets"]) == 2
    added = cli.json("app", "add-secret", "rotating")
    cli.ok("app", "revoke-secret", "rotating", added["client_secrets"][0]["secret_id"])
    assert len(cli.json("app", "show", "rotating")["client_secrets"]) == 2


def test_metadata_is_read_from_a_file_and_from_standard_input(cli, tmp_path):
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"redirect_uris": [CB], "contacts": ["a@example.com"]}))

    made = cli.json(
        "app", "create", "Filed", "--template", "spa", "--client-id", "filed", "--file", str(path)
    )
    patched = cli.json("app", "update", "filed", "--file", "-", stdin='{"client_uri": "https://rp.example"}')

    assert made["contacts"] == ["a@example.com"]
    assert patched["client_uri"] == "https://rp.example"


def test_mistakes_say_what_why_and_what_next(cli):
    typo = cli("app", "create", "X", "--redirect-uri", CB, "--set", "acces_token_lifetime=1")
    assert typo.exit_code == 3
    assert "did you mean limen_access_token_lifetime?" in typo.output
    nowhere = cli("app", "show", "x", "--tenant", "acmee")
    assert nowhere.exit_code == 4
    danger = cli("app", "create", "X", "--redirect-uri", "javascript:alert(1)")
    assert (danger.exit_code, "invalid_redirect_uri" in danger.output) == (3, True)
    taken = ("app", "create", "X", "--redirect-uri", CB, "--client-id", "taken")
    cli.ok(*taken)
    assert cli(*taken).exit_code == 5
    assert cli("app", "update", "taken", "--set", "client_name=Y", "--revision", "9").exit_code == 5
    assert cli("app", "create", "X", "--set", "no-equals").exit_code == 2
    assert cli("app", "update", "taken", "--file", "-", stdin="[]").exit_code == 2
    assert cli("app", "update", "taken", "--file", "-", stdin="{").exit_code == 2


def test_a_person_is_created_changed_disabled_and_deleted(cli):
    made = cli.json(
        "user", "create", "alice", "--password-stdin", "--claim", "email=a@example.com", stdin=GOOD
    )
    assert made["has_password"]
    assert "hash" not in json.dumps(made)

    assert cli.json("user", "update", "alice", "--claim", "locale=en")["claims"] == {
        "email": "a@example.com",
        "locale": "en",
    }
    cli.ok("user", "set-password", "alice", "--password-stdin", stdin="copper lighthouse 7 rain\n")
    cli.ok("user", "disable", "alice")
    assert cli.json("user", "show", "alice")["enabled"] is False
    cli.ok("user", "enable", "alice")
    assert "alice" in cli.ok("user", "list").stdout
    assert cli.json("session", "list", "alice") == []
    assert cli.json("consent", "list", "alice") == []
    cli.ok("session", "end", "alice")
    assert cli("consent", "withdraw", "alice", "shop").exit_code == 4
    cli.ok("user", "delete", "alice", "--yes")
    assert cli("user", "show", "alice").exit_code == 4


def test_a_password_is_never_an_argument_and_a_weak_one_is_refused(cli):
    assert cli("user", "create", "carol", "--password", "x").exit_code == 2
    assert cli("user", "create", "carol").exit_code == 2
    assert cli("user", "create", "carol", "--password-stdin", stdin="short\n").exit_code == 3
    cli.ok("user", "create", "carol", "--no-password", "--role", "auditor")
    assert cli.json("user", "show", "carol")["roles"] == ["auditor"]
    assert cli.json("user", "update", "carol", "--role", "")["roles"] == []


def test_a_tenant_is_created_changed_disabled_and_deleted(cli):
    made = cli.json("tenant", "create", "acme", "--display-name", "Acme", "--compatible")
    assert made["issuer"] == "https://id.example/t/acme/oauth2/token"

    changed = cli.json(
        "tenant",
        "update",
        "acme",
        "--set",
        "settings.access_token_lifetime=600",
        "--set",
        'legacy=["implicit"]',
    )
    assert changed["settings"] == {"access_token_lifetime": 600}
    assert changed["legacy"] == ["implicit"]
    assert cli("tenant", "update", "acme", "--set", "issuer=https://evil.example").exit_code == 3
    assert {row["name"] for row in cli.json("tenant", "list")} == {"", "acme"}
    cli.ok("tenant", "disable", "acme", "--yes")
    assert cli.json("tenant", "show", "acme")["enabled"] is False
    cli.ok("tenant", "enable", "acme")
    cli.ok("tenant", "delete", "acme", "--yes")
    assert cli("tenant", "delete", "", "--yes").exit_code == 5


def test_keys_scopes_and_claims(cli):
    assert {"sig", "enc", "seal"} <= {row["use"] for row in cli.json("key", "list")}
    assert "envelope" not in json.dumps(cli.json("key", "list"))
    assert "next" in {row["state"] for row in cli.json("key", "rotate")}
    assert "successor is not waiting" in cli("key", "rotate").output
    assert "ES384" in {row["alg"] for row in cli.json("key", "add", "ES384")}
    cli.ok("claim", "set", "team", "--attribute", "department")
    cli.ok("scope", "set", "staff", "--display-name", "Your team", "--claim", "team")
    assert {"scope": "staff", "claims": ["team"]}.items() <= next(
        row.items() for row in cli.json("scope", "list") if row["scope"] == "staff"
    )
    cli.ok("scope", "remove", "staff")
    cli.ok("claim", "remove", "team")
    assert "team" not in cli.ok("claim", "list").stdout
    assert cli("claim", "set", "sub").exit_code == 3


def test_everything_done_here_is_in_the_audit_trail(cli):
    cli.ok("user", "create", "zoe", "--no-password")

    told = cli.json("audit", "--limit", "200")

    assert {"tenant.created", "setup_link.issued", "person.created"} <= {event["name"] for event in told}
    assert {event["actor"] for event in told} == {"cli"}


def test_a_set_up_link_is_another_one_each_time(cli):
    first, second = (cli.ok("admin", "setup-link").stdout for _ in range(2))

    assert first != second


def test_the_configuration_is_shown_with_origins_and_without_secrets(cli):
    rows = {row["name"]: row for row in cli.json("config", "show")}

    assert rows["issuer"]["origin"].endswith("limen.toml")
    assert rows["log.level"]["value"] == "info"
    assert rows["secrets.master_key"]["value"] == ""


def test_a_backup_can_be_restored_and_a_damaged_one_cannot(cli, tmp_path):
    copy = tmp_path / "copy.db"
    cli.ok("db", "upgrade")
    cli.ok("db", "check")
    cli.ok("db", "backup", str(copy))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert cli("db", "backup", str(copy)).exit_code == 5
    cli.ok("user", "create", "late", "--no-password")

    cli.ok("db", "restore", str(copy), "--yes")

    assert cli("user", "show", "late").exit_code == 4
    assert (cli.folder / "limen.db.before").exists()
    before = cli.ok("user", "list", "-o", "id").stdout
    whole = copy.read_bytes()
    middle = whole.index(b"Limen")
    for damaged in (whole[: len(whole) // 2], whole[:middle] + b"Nemil" + whole[middle + 5 :]):
        copy.write_bytes(damaged)
        refused = cli("db", "restore", str(copy), "--yes")
        assert refused.exit_code != 0
        assert str(copy) in refused.output
        assert cli.ok("user", "list", "-o", "id").stdout == before


def test_a_database_in_use_is_not_replaced(cli, tmp_path):
    copy = tmp_path / "copy.db"
    cli.ok("db", "backup", str(copy))
    server = apsw.Connection(str(cli.folder / "limen.db"))
    server.execute("SELECT count(*) FROM clients").fetchall()

    refused = cli("db", "restore", str(copy), "--yes")

    assert refused.exit_code != 0
    assert "stop the servers first" in refused.output
    server.close()
    cli.ok("db", "restore", str(copy), "--yes")


@pytest.mark.parametrize("ending", [".before", ".partial"])
def test_a_backup_is_not_lost_to_a_name_that_restoring_needs(tmp_path, ending):
    cli = Cli(tmp_path / "place")
    cli.ok("init", "--dir", str(cli.folder), "--issuer", "https://id.example", "--non-interactive")
    copy = cli.folder / f"limen.db{ending}"
    cli.ok("db", "backup", str(copy))
    whole, present = copy.read_bytes(), (cli.folder / "limen.db").read_bytes()

    refused = cli("db", "restore", str(copy), "--yes")

    assert (refused.exit_code, "rename" in refused.output) == (5, True)
    assert copy.read_bytes() == whole
    assert (cli.folder / "limen.db").read_bytes() == present


def test_a_backup_of_another_master_key_replaces_nothing(cli, tmp_path):
    other = Cli(tmp_path / "other")
    other.ok("init", "--dir", str(other.folder), "--issuer", "https://id.example", "--non-interactive")
    copy = tmp_path / "copy.db"
    other.ok("db", "backup", str(copy))
    before = (cli.folder / "limen.db").read_bytes()

    refused = cli("db", "restore", str(copy), "--yes")

    assert (refused.exit_code, "master key" in refused.output) == (3, True)
    assert (cli.folder / "limen.db").read_bytes() == before


def test_postgresql_is_backed_up_and_restored_into_an_empty_database(postgres, tmp_path):
    place, copy = Cli(tmp_path / "place"), tmp_path / "copy.dump"
    with postgres.database() as one, postgres.database() as two:
        options = ("--issuer", "https://id.example", "--db", one, "--non-interactive")
        place.ok("init", "--dir", str(place.folder), *options)
        place.ok("user", "create", "early", "--no-password")
        place.ok("db", "backup", str(copy))
        refused = place("db", "restore", str(copy))
        assert (refused.exit_code, "an empty one" in refused.output) == (7, True)
        said = place.folder / "limen.toml"
        said.write_text(said.read_text().replace(one, two))

        place.ok("db", "restore", str(copy))

        assert "early" in place.ok("user", "list").stdout


def test_km_05_a_wrong_master_key_opens_nothing(cli, tmp_path):
    other = tmp_path / "other"
    cli.ok("init", "--dir", str(other), "--issuer", "https://id.example", "--non-interactive")
    (other / "limen.db").write_bytes((cli.folder / "limen.db").read_bytes())

    result = cli("app", "list", "--data", str(other))

    assert result.exit_code == 3
    assert "master key" in result.output


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(cli):
    key = cli.folder / "master.key"
    sound = {row["id"]: row for row in json.loads(cli("doctor", "-o", "json").stdout)}
    assert {"D01", "D02", "D03", "D04", "D08", "D10", "D11", "D13"} <= sound.keys()
    assert sound["D10"]["level"] == "ok"

    key.chmod(0o644)
    try:
        result = cli("doctor")
    finally:
        key.chmod(0o600)
    assert result.exit_code == 3
    assert "chmod 600" in result.output


@contextlib.contextmanager
def misdirecting(identity=None):
    """Somebody who answers 421 to everything, over TLS where an identity is given."""

    class Misdirected(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(421)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Misdirected) as server:
        if identity is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(identity.chain, identity.secret)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{'https' if identity else 'http'}://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("tls", "mended"), [(False, "Host"), (True, "SSL_CERT_FILE")])
def test_the_doctor_tells_a_proxy_s_refusal_and_a_strange_certificate_from_no_server(
    cli, tmp_path, tls, mended
):
    with misdirecting(Identity(tmp_path, "alone") if tls else None) as base:
        cli.ok("init", "--dir", str(tmp_path), "--issuer", base, "--non-interactive")
        rows = json.loads(cli("doctor", "-o", "json", "--data", str(tmp_path)).stdout)

    (found,) = [row for row in rows if row["id"] == "D04"]
    assert (found["level"], mended in found["fix"]) == ("warning", True), found


def test_the_doctor_and_every_command_say_that_the_database_is_away(cli, tmp_path):
    (tmp_path / "master.key").write_bytes((cli.folder / "master.key").read_bytes())
    (tmp_path / "limen.toml").write_text(
        'issuer = "https://id.example"\n[database]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n'
        '[secrets]\nmaster_key_file = "master.key"\n'
    )

    found = {
        row["id"]: row for row in json.loads(cli("doctor", "-o", "json", "--data", str(tmp_path)).stdout)
    }
    listed = cli("app", "list", "--data", str(tmp_path))

    assert found["D08"]["level"] == "failure"
    assert "Connect call failed" in found["D08"]["finding"]
    assert listed.exit_code == 7
    assert "database.url" in listed.output


def test_serve_refuses_what_must_not_serve(cli, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "limen.toml").write_text('issuer = "http://id.example"\n')

    result = cli("serve", "--data", str(empty))

    assert result.exit_code == 3
    for told in ("https", "master key"):
        assert told in result.output
