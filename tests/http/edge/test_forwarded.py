"""What proxies tell about the peer."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.http.forwarded import read_address, read_forwarded, read_list


def addresses(hops):
    return [str(hop) if hop else None for hop in hops]


@pytest.mark.parametrize(
    ("value", "hops"),
    [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", ["192.0.2.60"]),
        ('For="[2001:db8:cafe::17]:4711"', ["2001:db8:cafe::17"]),
        ("for=192.0.2.43, for=198.51.100.17", ["192.0.2.43", "198.51.100.17"]),
        ('for=192.0.2.43,for="[2001:db8::1]";proto=https', ["192.0.2.43", "2001:db8::1"]),
        ("for=unknown, for=_hidden", [None, None]),
        ("proto=https", [None]),
        ('for="192.0.2.1:80"', ["192.0.2.1"]),
        ("for=192.0.2.1 bad", [None]),
        ("", [None]),
        ('for="192.0.2.1', [None]),
        ("for=192.0.2.1,", [None]),
        ('for="192.0.2.1"xfor=198.51.100.17', [None]),
        ("for=192.0.2.1;for=", [None]),
        ('for=""', [None]),
    ],
)
def test_forwarded_as_rfc_7239_has_it(value, hops):
    assert addresses(read_forwarded(value)) == hops


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::1]:80", "::1"),
        ("::1", "::1"),
        ("[::1", None),
        ("[::1]x", None),
        ("[::1]:x", None),
        ("[::1]:123456", None),
        ("192.0.2.1:x", None),
        ("192.0.2.256", None),
        ("evil.test", None),
        ("0x7f.1", None),
        ("", None),
    ],
)
def test_an_address_without_its_port(text, address):
    assert addresses([read_address(text)]) == [address]


@given(st.lists(st.one_of(st.ip_addresses(), st.none()), min_size=1, max_size=5))
def test_forwarded_reads_what_was_written(hops):
    def element(hop):
        if hop is None:
            return "for=unknown"
        return f'for="[{hop}]"' if hop.version == 6 else f"for={hop}"

    expected = [getattr(hop, "ipv4_mapped", None) or hop for hop in hops]
    assert read_forwarded(", ".join(map(element, hops))) == expected


@given(st.text(max_size=100))
def test_any_text_is_read_without_failing(text):
    for hop in [*read_forwarded(text), *read_list(text)]:
        assert hop is None or isinstance(hop, ipaddress.IPv4Address | ipaddress.IPv6Address)


@given(st.text(st.sampled_from('for=,;" \\[]:1a.'), max_size=60))
def test_near_misses_are_read_without_failing(text):
    read_forwarded(text)
    read_list(text)
