"""The process's configuration; what an operator changes while it runs lives in the store instead."""

from limen.config.production import master_keys, production_problems, secret_files
from limen.config.reading import FILE_NAME, read_config
from limen.config.values import SECRET_NAMES, TYPES, Config, ConfigError, is_below, is_loopback, split_bind

__all__ = [
    "FILE_NAME",
    "SECRET_NAMES",
    "TYPES",
    "Config",
    "ConfigError",
    "is_below",
    "is_loopback",
    "master_keys",
    "production_problems",
    "read_config",
    "secret_files",
    "split_bind",
]
