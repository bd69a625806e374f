"""The only package that speaks HTTP (RFC 9110): from ASGI events to messages and back."""
