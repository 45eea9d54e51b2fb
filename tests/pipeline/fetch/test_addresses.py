import ipaddress
import random

import pytest

from pipeline.fetch.addresses import plain_host, refusal


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared by carriers"),
        ("100.100.100.200", "shared by carriers"),  # Alibaba's metadata
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "cloud metadata"),
        ("169.254.169.254", "link-local"),  # metadata of most clouds
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),  # Oracle's metadata
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "reserved"),  # IPv4-compatible
        ("::ffff:127.0.0.1", "loopback"),  # mapped
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:0:127.0.0.1", "reserved"),  # translated
        ("64:ff9b::127.0.0.1", "loopback"),  # NAT64
        ("64:ff9b::169.254.169.254", "link-local"),
        ("64:ff9b:1::1", "local translation"),
        ("100::1", "discard"),
        ("2001::1", "reserved"),  # Teredo
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("5f00::1", "reserved"),
        ("fc00::1", "unique local"),
        ("fd00:ec2::254", "unique local"),  # Amazon's metadata
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "bound to an interface"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address, kind):
    assert refusal(address) == f"{address} is {kind}"


@pytest.mark.parametrize(
    "address",
    "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255 172.32.0.0 "
    "192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700:4700::1111 2a00:1450::1 64:ff9b::1.1.1.1 ::ffff:1.1.1.1".split(),
)
def test_a_public_address_is_not(address):
    assert refusal(address) is None


RANGES = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/4 240.0.0.0/4"
).split()
RANGES_6 = (
    "::/8 64:ff9b:1::/48 100::/8 200::/7 400::/6 800::/5 1000::/4 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 4000::/2 "
    "8000::/2 c000::/3 e000::/4 f000::/5 f800::/6 fc00::/7 fe00::/9 fe80::/10 fec0::/10 ff00::/8"
).split()
"""The special-purpose registries of the IANA, and for IPv6 also what is not given out (all but 2000::/3)."""


@pytest.mark.parametrize("network", RANGES)
def test_no_range_has_a_gap(network):
    """First, last and middle, plain and in the IPv6 forms that lead to IPv4; and what lies beside a range is judged by itself."""
    there = ipaddress.IPv4Network(network)
    for address in {there[0], there[-1], there[there.num_addresses // 2]}:
        spelled = (str(address), f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::")
        assert all(refusal(form) for form in spelled), address
        assert refusal(f"::{address}")
    for beside in (number for number in (int(there[0]) - 1, int(there[-1]) + 1) if 0 <= number < 2**32):
        address = ipaddress.IPv4Address(beside)
        assert bool(refusal(str(address))) == any(address in ipaddress.IPv4Network(other) for other in RANGES), address


@pytest.mark.parametrize("network", RANGES_6)
def test_no_range_of_version_6_has_a_gap(network):
    there = ipaddress.IPv6Network(network)
    outside = ipaddress.IPv6Network("64:ff9b::/96")
    for address in {there[0], there[-1], there[there.num_addresses // 2]}:
        assert address in outside or refusal(str(address)), address


def test_whatever_the_library_calls_private_is_refused():
    """Python's own registry, drawn from at random, finds nothing that ours lets through."""
    chance = random.Random(0)
    drawn = [ipaddress.IPv4Address(chance.getrandbits(32)) for _ in range(20_000)]
    drawn += [
        ipaddress.IPv4Address(int(ipaddress.IPv4Network(network)[0]) + chance.randrange(256)) for network in RANGES for _ in range(50)
    ]
    let_through = [address for address in drawn if not address.is_global and not refusal(str(address))]
    assert let_through == []
    assert sum(refusal(str(address)) is None for address in drawn[:20_000]) > 15_000


def test_what_is_no_address_is_refused():
    assert refusal("localhost") == "localhost is no address"


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7F.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("10.0.0.1.", "10.0.0.1"),
        ("0", "0.0.0.0"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::FFFF:7f00:1", "::ffff:7f00:1"),
        ("WWW.Example.ORG.", "www.example.org"),
        ("a_b.example", "a_b.example"),
        ("3com.com", "3com.com"),
    ],
)
def test_a_host_has_one_form(spelled, plain):
    assert plain_host(spelled) == plain


@pytest.mark.parametrize("host", ["256.256.256.256", "4294967296", "0x", "a b.com", "%31.com", "a..b", "", "-" * 300, "a/b"])
def test_what_is_no_host(host):
    with pytest.raises(ValueError, match="is no"):
        plain_host(host)
