"""Writing a master key where nobody else can read it, not even for a moment (OWASP ASVS 13.3)."""

import os
from pathlib import Path


def write_master_key(path: Path) -> None:
    """Make a key in a new file of mode 0600; FileExistsError when there is one."""
    from limen.crypto.master import new_master_key
    from limen.system import SystemEntropy

    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as file:
        file.write(new_master_key(SystemEntropy()) + "\n")
