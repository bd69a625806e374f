"""Distinguished names: one value, whether written by RFC 4514 or encoded in a certificate."""

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from limen.protocol.distinguished_name import InvalidName, parse_name, relative_names


def name(*rdns):
    """Build a certificate's name; each argument is one relative name."""
    return x509.Name(
        [x509.RelativeDistinguishedName([x509.NameAttribute(o, v) for o, v in rdn]) for rdn in rdns]
    )


COUNTRY, COMPANY = NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME
UNIT, COMMON = NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME
US = name([(COUNTRY, "US")], [(COMPANY, "Example, Inc.")], [(UNIT, "A"), (COMMON, "rp+1")])


@pytest.mark.parametrize(
    "text",
    [
        "OU=A+CN=rp\\+1,O=Example\\, Inc.,C=US",
        "CN=rp\\2b1+OU=A,O=Example\\2C Inc.,C=US",
        "ou=A + cn=rp\\+1, o=Example\\, Inc. , c=US",
        "2.5.4.11=A+2.5.4.3=rp\\+1,2.5.4.10=Example\\, Inc.,OID.2.5.4.6=US",
        "OU=A+CN=#0c0472702b31,O=Example\\, Inc.,C=#13025553",
    ],
)
def test_every_way_to_write_a_name_is_that_name(text):
    assert parse_name(text) == relative_names(US)


@pytest.mark.parametrize(
    "text",
    [
        "OU=A,CN=rp\\+1,O=Example\\, Inc.,C=US",
        "C=US,O=Example\\, Inc.,OU=A+CN=rp\\+1",
        "OU=A+CN=rp\\+1,O=Example\\, Inc.",
        "OU=A+CN=rp\\+1,O=Example\\, Inc.,C=US,DC=x",
        "OU=A+CN=rp\\+1,O=Example,C=US",
        "OU=a+CN=rp\\+1,O=Example\\, Inc.,C=US",
        "OU=A+CN=rp\\+1,O=Example\\, Inc.,C=US\\20",
        "CN=rp\\+1,O=Example\\, Inc.,C=US",
    ],
)
def test_mt_06_any_other_name_is_another(text):
    assert parse_name(text) != relative_names(US)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "CN",
        "CN=a,",
        "=a",
        "XX=a",
        "CN=a+",
        "CN=a+CN=a",
        "CN=a;O=b",
        'CN="a"',
        "CN=a<b",
        "CN=a\\",
        "CN=a\\x",
        "CN=\\ff",
        "CN=#zz",
        "CN=#0c05616263",
        "CN=#0401ff",
        "CN=#0c01ff",
        "CN=#",
        "CN=a\0b",
        "1..2=a",
        "9.1=a",
        "CN=" + "a" * 5_000,
    ],
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(InvalidName):
        parse_name(text)


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_what_cryptography_writes_is_read_back(values):
    ours = name(*([(COMPANY, value)] for value in values))

    assert parse_name(ours.rfc4514_string()) == relative_names(ours)


@given(st.text(alphabet='CN=O,+\\ #"ab20;<', max_size=30))
def test_any_text_is_a_name_or_refused(text):
    with contextlib.suppress(InvalidName):
        parse_name(text)


def test_a_name_that_is_no_text_equals_none():
    bits = x509.Name(
        [x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x01", x509.name._ASN1Type.BitString)]
    )

    assert relative_names(bits) != parse_name("2.5.4.45=\\01")
