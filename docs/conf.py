"""Sphinx builds the documentation from these Markdown files: make docs."""

project = "Limen"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
