"""Files under names that change with their content."""

import hashlib

import pytest

from limen.pages.static import asset, assets


def test_a_name_carries_the_digest_of_its_content():
    for name, (content, media_type) in assets().items():
        assert name.split(".")[-2] == hashlib.sha256(content).hexdigest()[:8]
        assert media_type


def test_templates_link_to_the_versioned_name():
    assert asset("limen.css").removeprefix("/static/") in assets()
    assert asset("form-post.js") != asset("limen.js")


def test_an_unknown_file_is_a_fault():
    with pytest.raises(KeyError):
        asset("limen.txt")
