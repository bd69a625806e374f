"""The composition root: the one place where rooms and adapters meet."""
