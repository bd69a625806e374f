"""A demonstration application, in development only: a real client, over HTTP (OIDC Core §3.1)."""
