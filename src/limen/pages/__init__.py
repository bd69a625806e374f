"""What people see: server-rendered pages that need no script (OIDC Core §3.1.2.3, §3.1.2.4)."""
