import pickle
import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.fetch.reasons import REASONS
from pipeline.fetch.settings import FetchSettings, split_host_port


def test_only_what_results_depend_on_is_in_the_repr():
    ways = FetchSettings(concurrency=3, per_host=2, decode_threads=1, allow_private=["127.0.0.1:1"], resolve={"a.test": "127.0.0.1:2"})
    assert repr(ways) == repr(FetchSettings())
    assert repr(FetchSettings(size=256)) != repr(FetchSettings())


def test_settings_are_frozen_and_travel():
    settings = FetchSettings(resolve={"B.test": "127.0.0.1:2", "a.test": "127.0.0.1:1"}, opt_out=["NoAI"])
    assert settings.resolve == (("a.test", "127.0.0.1:1"), ("b.test", "127.0.0.1:2"))
    assert settings.opt_out == ("noai",)
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert hash(settings) == hash(FetchSettings(resolve=settings.resolve, opt_out=("noai",)))


def test_the_agent_has_a_name_and_a_contact():
    settings = FetchSettings(user_agent="MyBot/2.0 (research)", contact="https://example.org/bot")
    assert settings.agent == "MyBot/2.0 (research) (+https://example.org/bot)"
    assert settings.agent_token == "mybot"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"resize": "squeeze"}, "fetch resize 'squeeze': there is no such resize; there are no, border, keep_ratio"),
        ({"size": 0}, "fetch size 0: must be greater than 0"),
        ({"retries": -1}, "fetch retries -1: must not be negative"),
        ({"format": "gif"}, "fetch format 'gif': there is no such format; there are jpeg, webp, png"),
        ({"quality": 101}, "fetch quality 101: must be between 1 and 100"),
        ({"subsampling": 440}, "fetch subsampling 440: there is no such subsampling; there are 444 and 420"),
        ({"size": "big"}, "fetch size 'big': must be of type int"),
        ({"size": True}, "fetch size True: must be of type int"),
        ({"refuse_mislabelled": "no"}, "fetch refuse_mislabelled 'no': must be of type bool"),
        ({"opt_out": "noai"}, "fetch opt_out 'noai': must be a list, as [A, B]"),
        ({"max_aspect": 0.5}, "fetch max_aspect 0.5: must be at least 1"),
        ({"user_agent": "bot\r\nX: y"}, "must be ASCII and begin with a name"),
        ({"allow_private": ("localhost",)}, "'localhost': must be HOST:PORT"),
        ({"resolve": {"a.test": "127.0.0.1"}}, "'127.0.0.1': must be HOST:PORT"),
        ({"resolve": {"a.test": "b.test:80"}}, "fetch resolve 'b.test:80': must be ADDRESS:PORT, as 127.0.0.1:8000 or [::1]:8000"),
        ({"resolve": {"a b": "127.0.0.1:80"}}, "fetch resolve 'a b': is no host; write it as it stands in URLs"),
        ({"resolve": {"a.test": 80}}, "fetch resolve ('a.test', 80): must be HOST: ADDRESS:PORT"),
        ({"resolve": [1]}, "fetch resolve 1: must be HOST: ADDRESS:PORT"),
        ({"allow_private": ("a b:80",)}, "fetch allow_private 'a b:80': is no host; write it as it stands in URLs"),
        ({"allow_private": (80,)}, "fetch allow_private 80: must be text; write it in quotes"),
        ({"proxy": "http://a b:80"}, "fetch proxy: must be http://HOST:PORT"),
        ({"proxy": "http://[:80"}, "fetch proxy: must be http://HOST:PORT"),
        ({"max_aspect": float("nan")}, "fetch max_aspect nan: must be at most 2147483647"),
        ({"robots_hours": float("inf")}, "fetch robots_hours inf: must be at most 2147483647"),
        ({"connect_seconds": 1e6}, "fetch connect_seconds 1000000.0: must be at most 86400"),
        ({"max_bytes": 2**31}, "fetch max_bytes 2147483648: must be at most 2147483647"),
        ({"decode_threads": 10**6}, "fetch decode_threads 1000000: must be at most 1024"),
        ({"enlarge": True, "size": 10_000}, "fetch size 10000: squares of it have more than max_pixels 64000000"),
        ({"resize": "a\nb"}, "fetch resize 'a\\nb': there is no such resize"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(setting, message):
    with pytest.raises(ValueError, match=f"^.*{re.escape(message)}.*$"):
        FetchSettings(**setting)


def test_whole_numbers_will_do_for_others():
    assert FetchSettings(deadline_seconds=4, max_aspect=3).deadline_seconds == 4


def test_host_and_port():
    assert split_host_port("[::1]:80") == ("::1", 80)
    assert split_host_port("Example.org:8080") == ("example.org", 8080)
    for bad in ("::1:80", "host:", ":80", "host:0", "host:65536", "host:+8"):
        with pytest.raises(ValueError, match="must be HOST:PORT"):
            split_host_port(bad)


def test_reasons_are_said_in_words():
    assert all(reason.words for reason in REASONS.values())
    assert {name for name, reason in REASONS.items() if reason.transient} == {
        "dns_unavailable", "connect_refused", "connect_failed", "connection_lost", "deadline", "busy", "server_error", "robots_unavailable",
        "proxy", "out_of_files",
    }  # fmt: skip


def test_the_docs_name_every_setting():
    told = re.findall(r"`(\w+)`", (Path(__file__).parents[3] / "docs" / "fetching.md").read_text(encoding="utf-8"))
    flags = {"proxy", "allow_private", "verify_hash"}
    assert {f.name for f in fields(FetchSettings)} - flags <= set(told)
