"""What a serving process makes of its configuration."""

from limen.app import process


def test_the_host_field_may_name_the_default_port():
    """RFC 9110 §4.2.3: with and without it is the same address."""
    assert process.hosts_of("https://id.test").keys() == {"id.test", "id.test:443"}
    assert process.hosts_of("http://id.test:8080").keys() == {"id.test:8080"}
