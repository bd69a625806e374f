"""Limen: an OpenID Connect Provider and OAuth 2.0 Authorization Server."""

__version__ = "0.1.0"
