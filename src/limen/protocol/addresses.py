"""Which addresses belong to the public Internet (RFC 6890 and the IANA special-purpose registries).

The table is our own: `ipaddress.is_global` has changed its mind between Python versions, and it does
not know the metadata services of clouds. An address that carries another one is judged by both.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and 100.100.100.200 of a cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's platform service, though its block is public
        "169.254.0.0/16",  # link-local, and 169.254.169.254 of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and 192.0.0.192 of a cloud
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only global unicast can be public; inside it these cannot.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def is_public(address: str | Address) -> bool:
    """Tell whether the address may be called on a stranger's wish; False for what is no address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _SPECIAL_V4)
    if ip.scope_id is not None or ip.ipv4_mapped is not None or any(ip in network for network in _NAT64):
        # The address of an IPv4 host in disguise; nobody needs it to reach a public one.
        return False
    return ip in _GLOBAL_V6 and not any(ip in network for network in _SPECIAL_V6)


def is_address(host: str) -> bool:
    """Tell whether a URL's host is an address in any spelling a resolver would take, not a name."""
    text = host.strip("[]")
    if ":" in text:
        return True
    # inet_aton reads 127.1, 0x7f000001 and 017700000001: a last label that is a number is an address.
    last = text.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))


def parse_network(text: str) -> Network | None:
    """Return the network of CIDR text or of a single address, or None."""
    try:
        return ip_network(text)
    except ValueError:
        return None


def is_within(address: str | Address, network: Network) -> bool:
    """Tell whether the address, or the IPv4 address it maps, lies in the network."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip in network
