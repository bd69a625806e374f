"""The configuration: where values come from, and every mistake named at once (attack row CF-01)."""

import base64

import pytest

from limen.config import (
    Config,
    ConfigError,
    is_loopback,
    master_keys,
    production_problems,
    read_config,
    split_bind,
)

KEY = base64.b64encode(bytes(range(32))).decode()


def write(folder, text="", name="limen.toml", mode=0o600):
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def problems(path, **environ):
    with pytest.raises(ConfigError) as caught:
        read_config(path, environ=environ)
    return caught.value.problems


def test_without_anything_the_defaults_hold(tmp_path):
    config = read_config(write(tmp_path), environ={})

    assert config.server.bind == "127.0.0.1:8080"
    assert config.database.url == f"sqlite://{tmp_path}/limen.db"
    assert config.secrets.master_key_file == f"{tmp_path}/master.key"


def test_a_flag_beats_the_environment_which_beats_its_file_which_beats_the_toml(tmp_path):
    path = write(tmp_path, '[log]\nlevel = "debug"\n[server]\nworkers = 2\n')
    named = write(tmp_path, "error\n", "level")
    by_file = {"LIMEN_LOG__LEVEL_FILE": str(named)}
    by_variable = {**by_file, "LIMEN_LOG__LEVEL": "warning"}

    assert read_config(path, environ={}).log.level == "debug"
    assert read_config(path, environ=by_file).log.level == "error"
    assert read_config(path, environ=by_variable).log.level == "warning"
    flagged = read_config(path, environ=by_variable, flags={"log.level": "info"})
    assert flagged.log.level == "info"
    assert flagged.origins == {"server.workers": str(path), "log.level": "command line"}


def test_variables_are_read_as_their_settings_types(tmp_path):
    environ = {
        "LIMEN_ISSUER": "https://id.example",
        "LIMEN_SERVER__WORKERS": "3",
        "LIMEN_SERVER__TLS_CLIENT_CERTIFICATES": "true",
        "LIMEN_SERVER__TRUSTED_PROXIES": "10.0.0.0/8, ::1",
        "HOME": "/somewhere",
        "LIMEN_SERVICE_HOST": "10.0.0.1",
        "LIMEN_CONFIG": "ignored",
    }

    config = read_config(write(tmp_path), environ=environ)

    assert config.issuer == "https://id.example"
    assert config.server.workers == 3
    assert config.server.tls_client_certificates is True
    assert config.server.trusted_proxies == ("10.0.0.0/8", "::1")


def test_every_mistake_is_named_at_once_with_a_suggestion(tmp_path):
    path = write(tmp_path, 'isuer = "x"\n[server]\nwokers = 1\nworkers = "two"\n[sever]\nx = 1\n')

    found = problems(
        path, LIMEN_LOG__LEVLE="info", LIMEN_SERVER__DRAIN="soon", LIMEN_ISSUER_FILE="/does/not/exist"
    )

    text = "\n".join(found)
    assert "did you mean issuer?" in text
    assert "did you mean server.workers?" in text
    assert "server.workers: expected `int`, got `str`" in text
    assert "sever.x" in text
    assert "did you mean LIMEN_LOG__LEVEL?" in text
    assert "server.drain" in text
    assert "LIMEN_ISSUER_FILE" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('issuer = "https://id.example/"', "issuer"),
        ('issuer = "https://id.example/path"', "issuer"),
        ('issuer = "id.example"', "issuer"),
        ('[server]\nbind = "8080"', "server.bind"),
        ('[server]\nadmin_bind = "x"', "server.admin_bind"),
        ('[server]\ntrusted_proxies = ["10.0.0.1/8"]', "server.trusted_proxies"),
        ('[server]\ntls_certificate = "x"', "tls_key"),
        ('[server]\nproxy_headers = "any"', "server.proxy_headers"),
        ('[server]\nclient_certificate_header = "a b c"', "rfc9440, pem or base64"),
        ('[log]\nlevel = "loud"', "log.level"),
        ("[", "limen.toml"),
    ],
)
def test_a_malformed_value_is_refused(tmp_path, text, told):
    assert told in "\n".join(problems(write(tmp_path, text)))


def test_a_missing_file_is_refused(tmp_path):
    assert "limen.toml" in problems(tmp_path / "limen.toml")[0]


def test_the_master_key_may_come_from_the_environment_or_a_file(tmp_path):
    path = write(tmp_path)
    write(tmp_path, KEY, "master.key")

    assert master_keys(read_config(path, environ={}))[0] == bytes(range(32))
    other = base64.b64encode(bytes(range(1, 33))).decode()
    config = read_config(path, environ={"LIMEN_SECRETS__MASTER_KEY": other})
    assert master_keys(config)[0] == bytes(range(1, 33))
    assert other not in repr(config)


@pytest.mark.parametrize("content", ["", "short", base64.b64encode(bytes(32)).decode(), "é"])
def test_a_master_key_that_is_none_or_a_sample_is_refused(tmp_path, content):
    write(tmp_path, content, "master.key")

    with pytest.raises(ConfigError):
        master_keys(read_config(write(tmp_path), environ={}))


def test_cf_01_each_reason_not_to_serve_is_named(tmp_path):
    write(tmp_path, KEY, "master.key", mode=0o644)
    path = write(
        tmp_path,
        'issuer = "http://id.example"\n[server]\ntrusted_proxies = ["0.0.0.0/0", "::/0"]\n',
    )

    found = "\n".join(production_problems(read_config(path, environ={})))

    for told in ("issuer", "0.0.0.0/0", "::/0", "chmod 600"):
        assert told in found


def test_cf_01_without_issuer_and_master_key_nothing_serves(tmp_path):
    found = "\n".join(production_problems(read_config(write(tmp_path), environ={})))

    assert "issuer: is not set" in found
    assert "master key" in found


def test_a_sound_configuration_has_no_problem(tmp_path):
    write(tmp_path, KEY, "master.key")

    for issuer in ("https://id.example", "http://localhost:8080"):
        path = write(tmp_path, f'issuer = "{issuer}"')
        assert production_problems(read_config(path, environ={})) == ()


def test_loopback_is_told_from_the_rest():
    for text in (
        "http://localhost:1",
        "https://127.0.0.1",
        "http://[::1]:8",
        "127.0.0.1:1",
        "[::1]:1",
        "localhost:1",
    ):
        assert is_loopback(text)
    for text in (
        "http://localhost.example",
        "http://127.0.0.1.example",
        "0.0.0.0:1",
        "10.0.0.1:1",
        "",
        Config().issuer,
    ):
        assert not is_loopback(text)
    assert split_bind("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server.workers", -1),
        ("server.workers", 10**20),
        ("server.drain", -5),
        ("server.max_connections", -1),
        ("limits.password_threads", -3),
        ("limits.password_queue", -1),
    ],
)
def test_a_number_that_no_server_can_have_is_refused(tmp_path, name, value):
    section, _, member = name.partition(".")
    (problem,) = problems(write(tmp_path, f"[{section}]\n{member} = {value}\n"))

    assert problem.startswith(f"{name}: must be from ")


@pytest.mark.parametrize(
    "text", ['issuer = "https://id.example:99999"', '[server]\nbind = "127.0.0.1:65536"']
)
def test_a_port_that_does_not_exist_is_refused(tmp_path, text):
    assert len(problems(write(tmp_path, text))) == 1


def test_a_file_nested_too_deep_is_a_problem_like_any_other(tmp_path):
    assert len(problems(write(tmp_path, f"x = {'[' * 5000}"))) == 1


def test_files_are_found_beside_the_configuration(tmp_path):
    path = write(tmp_path, '[outbound]\nca_file = "authority.pem"\n[server]\ntls_client_ca = "clients.pem"\n')
    config = read_config(path, environ={})

    assert config.outbound.ca_file == f"{tmp_path}/authority.pem"
    assert config.server.tls_client_ca == f"{tmp_path}/clients.pem"
