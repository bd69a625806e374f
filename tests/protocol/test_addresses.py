"""The addresses that no stranger may make us call (SS-02; RFC 6890)."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.protocol.addresses import is_address, is_public, is_within, parse_network


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2606:4700::1111%eth0",
    ],
)
def test_special_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "168.63.129.15",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
    ],
)
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "01.2.3.4", "1.2.3.4.5", "0x7f.0.0.1", "[::1]", "::g"])
def test_what_is_no_address_is_not_public(text):
    assert not is_public(text)


@given(st.ip_addresses())
def test_whatever_the_standard_library_holds_for_private_is_not_public(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(address)


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_address_gets_the_same_answer(address):
    assert is_public(address.exploded) == is_public(address.compressed) == is_public(str(address).upper())


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_disguise_is_never_public(address):
    for network in ("::ffff:0:0/96", "64:ff9b::/96", "::/96"):
        disguised = ipaddress.IPv6Address(int(ipaddress.IPv6Network(network)[0]) | int(address))
        assert not is_public(disguised)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "[::1]",
        "::1",
        "1.2.3.4.",
        "0x",
    ],
)
def test_every_spelling_a_resolver_takes_is_an_address(host):
    assert is_address(host)


@pytest.mark.parametrize(
    "host", ["example.com", "a.b", "127.0.0.1.example", "0xg.test", "a.0xg", "localhost", "x1"]
)
def test_a_name_is_no_address(host):
    assert not is_address(host)


def test_a_network_contains_its_addresses_however_they_come():
    network = parse_network("10.0.0.0/8")

    assert is_within("10.1.2.3", network)
    assert is_within("::ffff:10.1.2.3", network)
    assert not is_within("11.0.0.1", network)
    assert not is_within("::1", network)
    assert not is_within("x", network)
    assert parse_network("10.0.0.1/8") is None
    assert parse_network("host") is None
    assert is_within("::1", parse_network("::1"))
