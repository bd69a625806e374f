"""The relational backends: one SQL text for both dialects; what differs is in sqlite.py and postgres.py."""
