"""What an operator has to mend about the store; the message says how."""


class StorageError(Exception):
    """The store cannot be opened, migrated, backed up or restored as asked."""
