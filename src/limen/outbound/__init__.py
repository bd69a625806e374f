"""The adapters that call other people's servers."""
