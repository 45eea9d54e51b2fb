"""Flags of the build that concern the fetch."""

import pytest

from pipeline.config import ConfigError, load_config
from pipeline.demo import Specs
from pipeline.run import make_plan

SPECS = Specs("list.txt", "", {})


def plan(**flags: object):
    return make_plan(load_config("demo", None, {"force": True, **flags}), SPECS, fetch=False)


def test_flags_reach_the_fetch() -> None:
    made = plan(proxy="http://proxy.example:3128", verify_hash="md5", allow_private=("127.0.0.1:80",))
    settings = made.settings
    assert (settings.proxy, settings.verify_hash, settings.allow_private) == ("http://proxy.example:3128", "md5", ("127.0.0.1:80",))


def test_an_unknown_setting_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r"^fetch speed: there is no such setting; there are deadline_seconds, connect_seconds, .*resolve$"
    ):
        plan(fetch={"speed": 3})


def test_a_proxy_is_no_part_of_what_a_run_makes_and_a_hash_is() -> None:
    plain = load_config("demo")
    assert load_config("demo", None, {"proxy": "http://me:secret@proxy:1"}).sha256() == plain.sha256()
    assert "secret" not in str(load_config("demo", None, {"proxy": "http://me:secret@proxy:1"}).identity())
    assert load_config("demo", None, {"verify_hash": "md5"}).subject() != plain.subject()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            {"proxy": "socks5://h:1"},
            "fetch proxy: must be http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before HOST if need be",
        ),
        (
            {"fetch": {"proxy": "http://h:1"}},
            "fetch proxy: is no setting of fetch; write it beside fetch, as proxy: ..., or as --proxy",
        ),
        ({"placeholder_urls": 1}, "--placeholder-urls 1: would drop every picture; write at least 2, or 0 to keep placeholders"),
        ({"fetch": {"size": "big"}}, "fetch size 'big': must be of type int"),
        ({"fetch": {"size": 0}}, "fetch size 0: must be greater than 0"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(flags: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        plan(**flags)
    assert str(error.value) == message
