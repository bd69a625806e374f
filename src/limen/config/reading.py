"""Reading limen.toml and LIMEN_* variables, all mistakes at once (TOML 1.0).

Precedence: flag, environment, file named by the environment (LIMEN_..._FILE), limen.toml, default.
This is the only file that reads the environment.
"""

import dataclasses
import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from limen.config.values import SECTIONS, TYPES, Config, ConfigError, is_bind, is_issuer

FILE_NAME = "limen.toml"
_PREFIX = "LIMEN_"
# Variables of the command line itself, which name where to look.
_COMMAND_LINE = frozenset({"LIMEN_CONFIG", "LIMEN_DATA"})
_HEADER = re.compile(r"(?:[A-Za-z0-9-]+(?: (?:rfc9440|pem|base64))?)?")
_LEVELS = ("debug", "info", "warning", "error")
_PATHS = (
    "server.tls_certificate",
    "server.tls_key",
    "server.tls_client_ca",
    "secrets.master_key_file",
    "outbound.ca_file",
)
_PATH_LISTS = ("secrets.older_master_key_files",)
_RANGES = {
    "server.workers": (0, 512),
    "server.max_connections": (0, 1_000_000),
    "server.drain": (0, 86_400),
    "limits.password_threads": (0, 512),
    "limits.password_queue": (0, 100_000),
}
_ENVIRONMENT = {f"{_PREFIX}{name.upper().replace('.', '__')}": name for name in TYPES}


def read_config(
    path: Path | None, *, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read the file, if one is given, under environment and flags; refuse with ConfigError."""
    folder = path.parent.resolve() if path is not None else Path.cwd()
    problems: list[str] = []
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    sources = (
        (str(path), _from_file(path, problems)),
        ("environment", _from_environment(os.environ if environ is None else environ, problems)),
        ("command line", iter((flags or {}).items())),
    )
    for origin, found in sources:
        for name, value in found:
            converted = _convert(name, value, problems)
            values[name], origins[name] = converted, origin
    if problems:
        raise ConfigError(*problems)
    values = {name: _absolute(name, value, folder) for name, value in {**_defaults(), **values}.items()}
    config = _assemble(values, origins)
    if problems := _malformed(config):
        raise ConfigError(*problems)
    return config


def _from_file(path: Path | None, problems: list[str]) -> Iterator[tuple[str, Any]]:
    if path is None:
        return
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        problems.append(f"{path}: {wrong}")
        return
    for section, content in document.items():
        flat = (
            {f"{section}.{k}": v for k, v in content.items()}
            if isinstance(content, dict)
            else {section: content}
        )
        for name, value in flat.items():
            if name in TYPES:
                yield name, value
            else:
                problems.append(f"{path}: unknown key {name}{_suggestion(name, TYPES)}")


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> Iterator[tuple[str, Any]]:
    direct = {variable: text for variable, text in environ.items() if variable in _ENVIRONMENT}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(_PREFIX) or variable in direct or variable in _COMMAND_LINE:
            continue
        stem = variable.removesuffix("_FILE")
        if stem not in _ENVIRONMENT or stem == variable:
            if _is_meant_for_us(variable):
                problems.append(f"unknown variable {variable}{_suggestion(variable, _ENVIRONMENT)}")
        elif stem not in direct:
            try:
                yield (
                    _ENVIRONMENT[stem],
                    _typed(_ENVIRONMENT[stem], Path(text).read_text(encoding="utf-8").strip()),
                )
            except (OSError, UnicodeDecodeError) as wrong:
                problems.append(f"{variable}: {wrong}")
    for variable, text in direct.items():
        yield _ENVIRONMENT[variable], _typed(_ENVIRONMENT[variable], text)


def _is_meant_for_us(variable: str) -> bool:
    """Orchestrators invent LIMEN_SERVICE_HOST and the like; ours have a section or nearly a known name."""
    return "__" in variable or bool(difflib.get_close_matches(variable, ["LIMEN_ISSUER"], cutoff=0.8))


def _typed(name: str, text: str) -> Any:
    """Return what a variable's text means for the setting's type."""
    hint = TYPES[name]
    if hint is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if hint is int:
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
    if hint is not str:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _convert(name: str, value: Any, problems: list[str]) -> Any:
    try:
        return msgspec.convert(value, TYPES[name])
    except msgspec.ValidationError as wrong:
        problems.append(f"{name}: {str(wrong)[0].lower()}{str(wrong)[1:]}")
        return None


def _defaults() -> dict[str, Any]:
    defaults = {section: kind() for section, kind in SECTIONS.items()}
    return {
        name: getattr(defaults[name.partition(".")[0]], name.partition(".")[2])
        for name in TYPES
        if "." in name
    }


def _absolute(name: str, value: Any, folder: Path) -> Any:
    """Return a path as seen from the folder of the configuration file."""
    if name in _PATHS and value:
        return str(folder / value)
    if name in _PATH_LISTS:
        return tuple(str(folder / item) for item in value)
    if name == "database.url" and value.startswith("sqlite://"):
        return f"sqlite://{folder / value.removeprefix('sqlite://')}"
    return value


def _assemble(values: Mapping[str, Any], origins: Mapping[str, str]) -> Config:
    sections = {
        section: kind(**{f.name: values[f"{section}.{f.name}"] for f in dataclasses.fields(kind)})
        for section, kind in SECTIONS.items()
    }
    return Config(issuer=values.get("issuer", ""), origins=origins, **sections)


def _suggestion(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _malformed(config: Config) -> list[str]:
    """Return what is wrong whatever the circumstances."""
    problems = []
    if config.issuer and not is_issuer(config.issuer):
        problems.append(
            "issuer: must be a lower-case web address without a path, such as https://id.example.com"
        )
    for name, bind in (("server.bind", config.server.bind), ("server.admin_bind", config.server.admin_bind)):
        if (bind or name == "server.bind") and not is_bind(bind):
            problems.append(f"{name}: must be host:port, such as 127.0.0.1:8080")
    for text in config.server.trusted_proxies:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            problems.append(f"server.trusted_proxies: {text!r} is no address or CIDR range")
    problems += _out_of_range(config)
    if config.log.level not in _LEVELS:
        problems.append(f"log.level: must be one of {', '.join(_LEVELS)}")
    if not _HEADER.fullmatch(config.server.client_certificate_header):
        problems.append(
            "server.client_certificate_header: must be a header's name, with rfc9440, pem or base64 after it"
        )
    if config.server.proxy_headers not in {"x-forwarded", "forwarded"}:
        problems.append("server.proxy_headers: must be x-forwarded or forwarded")
    if bool(config.server.tls_certificate) is not bool(config.server.tls_key):
        problems.append("server: tls_certificate and tls_key belong together")
    return problems


def _out_of_range(config: Config) -> Iterator[str]:
    for name, (least, most) in _RANGES.items():
        section, _, member = name.partition(".")
        if not least <= getattr(getattr(config, section), member) <= most:
            yield f"{name}: must be from {least} to {most}"
