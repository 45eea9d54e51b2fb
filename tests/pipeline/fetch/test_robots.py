import time

import pytest

from pipeline.fetch.robots import parse_robots

RULES = """
# comment
User-agent: *
Disallow: /private/   # trailing
Allow: /private/open/
Disallow: /*.gif$
Disallow: /search?*q=

User-agent: OurBot/1.0 # and all later ones
User-agent: otherbot
Crawl-delay: 3
Disallow: /ours
Disallow:
Sitemap: https://example.org/sitemap.xml

User-agent: strict
Disallow: /

User-agent: ourbot
Disallow: /more
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        ("anybot", "/", True),
        ("anybot", "/private/a.jpg", False),
        ("anybot", "/private/open/a.jpg", True),
        ("anybot", "/a/b.gif", False),
        ("anybot", "/a/b.gif?x", True),
        ("anybot", "/search?page=1&q=cat", False),
        ("anybot", "/ours", True),
        ("ourbot", "/private/a.jpg", True),
        ("ourbot", "/ours/a.jpg", False),
        ("ourbot", "/more", False),
        ("otherbot", "/more", True),
        ("otherbot", "/ours", False),
        ("strict", "/a", False),
    ],
)
def test_the_longest_rule_of_our_group_decides(agent, path, allowed):
    assert parse_robots(RULES, agent).allows(path) is allowed


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/a%7Eb", "/a~b"),
        ("/ü", "/%C3%BC"),
        ("/%c3%bc", "/%C3%BC"),
        ("/?u=http%3A%2F%2Fe", "/?u=http://e"),
        ("/a%2Ab", "/a*b"),
        ("/a%24", "/a$"),
        ("/a%24b", "/a$b"),
        ("/a%25b", "/a%25b"),
        ("/a%20b", "/a%20b"),
    ],
)
def test_percent_encoding_does_not_matter(rule, path):
    """RFC 9309, 2.2.2."""
    for one, other in ((rule, path), (rule.lower(), path), (path.replace("*", "%2a").replace("$", "%24"), rule)):
        assert not parse_robots(f"User-agent: *\nDisallow: {one}", "ourbot").allows(other), (one, other)


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("/a%2Ab", "/axb", True),
        ("/a*b", "/axb", False),
        ("/a*b", "/a*b", False),
        ("/a%24", "/a", True),
        ("/a%24", "/a$b", False),
        ("/a$", "/a$", True),
        ("/a$b", "/a$bc", False),
        ("/a%25b", "/a%b", True),
        ("/a$$", "/a$", False),
        ("/a$$", "/a$b", True),
    ],
)
def test_encoded_signs_stand_for_themselves(rule, path, allowed):
    """RFC 9309, 2.2.3."""
    assert parse_robots(f"User-agent: *\nDisallow: {rule}", "ourbot").allows(path) is allowed


def test_an_allowing_rule_wins_a_tie():
    assert parse_robots("User-agent: *\nDisallow: /a\nAllow: /a", "ourbot").allows("/a")


@pytest.mark.parametrize(
    "text", ["", "nonsense", "Disallow: /", "<html>404</html>", "User-agent: *\nDisallow:", "User-agent:\nDisallow: /x"]
)
def test_without_rules_all_is_allowed(text):
    assert parse_robots(text, "ourbot").allows("/a")


def test_many_wildcards_take_no_time():
    rules = parse_robots("User-agent: *\nDisallow: /" + "*a" * 2000 + "$", "ourbot")
    start = time.monotonic()
    assert rules.allows("/" + "a" * 1900 + "b")
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("names", ["user-agent: ourbot\n" * 15_000, "".join(f"user-agent: {number}\n" for number in range(15_000))])
def test_many_names_before_many_rules_take_no_time(names):
    start = time.monotonic()
    rules = parse_robots(names + "user-agent: *\n" + "disallow: /a\n" * 20_000, "ourbot")
    assert rules.rules == (("/a", False),) * 20_000
    assert time.monotonic() - start < 2
