"""Text that is a URL, nearly one, or none. None leads to a machine of the open web."""

from hypothesis import strategies as st

from tests.pipeline.fetch.test_misbehaving import SPELLINGS

_PRIVATE = (
    "10.0.0.1", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "[fd00::1]", "[fe80::1%25lo]", "[fe80::1]", "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]",
    "224.0.0.1", "[ff02::1]", "0", "127.1", "0x7f.1", "1.2.3.4.5", "999.1.1.1", "0x", "[", "[]", "[::]", "", ".", "..", "-", "_",
)  # fmt: skip
HOSTS = st.sampled_from(
    (*SPELLINGS, *_PRIVATE, "a.invalid", "A.Invalid.", "ü.invalid", "xn--.invalid", "a..invalid", f"{'a' * 64}.invalid")
)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_LOOSE = st.text("/\\.:@?#%[]&=+ \t\r\n\0ax٣é\u3002\uff0f0", max_size=12)
_PORTS = st.sampled_from(("", "", ":", ":0", ":80", ":1", ":65535", ":65536", ":-1", ":٣", ":" + "9" * 5000, ": 80"))
_SCHEMES = st.sampled_from(("http", "https", "HTTP", "ftp", "file", "javascript", "data", "", "http "))
_USERS = st.sampled_from(("", "", "", "user@", "user:pass@", "@", "a@b@"))
_SLASHES = st.sampled_from(("://", "://", "://", ":", ":/", "//", ":\\\\", ":////"))

URLS = st.builds("".join, st.tuples(_SCHEMES, _SLASHES, _USERS, HOSTS, _PORTS, _LOOSE | _TEXT | st.just("/" + "a" * 9000))) | _LOOSE | _TEXT
"""Only where a host was drawn is there one that could be reached; those are of this machine, of its network, or of none."""
