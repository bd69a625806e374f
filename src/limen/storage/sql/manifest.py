"""What lies beside a backup and proves it whole (size, SHA-256), so that damage is seen before it is used."""

import hashlib
import os
from pathlib import Path

import msgspec

from limen.storage.errors import StorageError

PIECE = 1 << 20


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dialect` says which kind of database can take the backup in."""

    dialect: str
    size: int
    sha256: str
    format: int = 1


def manifest_path(backup: Path) -> Path:
    return backup.with_name(backup.name + ".manifest.json")


def claim(backup: Path) -> None:
    """Make the backup's file, for its owner alone; refuse to write over another."""
    try:
        os.close(os.open(backup, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StorageError(f"{backup} cannot be written: {error.strerror}") from None


def write_manifest(backup: Path, dialect: str) -> None:
    """Describe a finished backup; both files are on the disk when this returns."""
    size, digest = _measure(backup)
    text = msgspec.json.encode(Manifest(dialect=dialect, size=size, sha256=digest))
    place = os.open(manifest_path(backup), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(place, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    for path, flags in ((backup, os.O_RDONLY), (backup.parent, os.O_RDONLY | os.O_DIRECTORY)):
        opened = os.open(path, flags)
        os.fsync(opened)
        os.close(opened)


def prove(backup: Path) -> Manifest:
    """Return the manifest of a backup that is as it was written; refuse any other."""
    try:
        manifest = msgspec.json.decode(manifest_path(backup).read_bytes(), type=Manifest)
        measured = _measure(backup)
    except OSError as error:
        raise StorageError(f"{error.filename} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError:
        raise StorageError(f"{manifest_path(backup)} is not the manifest of a backup") from None
    if manifest.format != 1:
        raise StorageError(f"{backup} was written by a newer version: restore it with that one")
    if measured != (manifest.size, manifest.sha256):
        raise StorageError(f"{backup} is not as it was written, it is damaged or changed: take another one")
    return manifest


def _measure(path: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            size += len(piece)
            digest.update(piece)
    return size, digest.hexdigest()
