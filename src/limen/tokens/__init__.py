"""Minting and reading. A grant proves an `Authorization`; only this package turns one into tokens."""
