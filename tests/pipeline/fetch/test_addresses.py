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
