import subprocess
import sys
import time

import pytest

from pipeline.config import ConfigError, load_config


def test_flags_win_over_file_and_file_over_preset(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("min_clip: 0.3\ntop_n: 2\nfetch: {retries: 5}\n")
    config = load_config("demo", str(file), {"top_n": 7, "min_lang_prob": None})
    assert (config.min_clip, config.top_n, config.min_lang_prob, config.fetch["retries"]) == (0.3, 7, 0.5, 5)
    assert config.fetch == {**load_config("demo").fetch, "retries": 5}
    assert config.langs == ("en", "de", "fr", "es", "ru", "zh")
    assert config.held_out == ("fr", "es", "ru", "zh")


def test_languages_of_a_flag_limit_the_captions_of_the_preset():
    assert load_config("demo", None, {"langs": "en,fr"}).caption_langs == ("en",)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"langs": "en-GB,de"}, "--langs en-GB,de: there is one English, which captions begin in; write en for en-GB"),
        ({"langs": "de,fr"}, "--langs de,fr: no English; captions begin in English, so write en,de,fr"),
        ({"langs": "en,de,de"}, "--langs en,de,de: a language is named twice"),
        ({"caption_langs": "en,it"}, "--caption-langs it: not among --langs en,de,fr,es,ru,zh; add it there or drop it here"),
        ({"images": ""}, "--images is empty: name an image list, a folder of pictures, or 'microworld'"),
        ({"min_clip": 1.5}, "--min-clip 1.5: must be between -1 and 1"),
        ({"shard_size": 0}, "--shard-size 0: must be at least 1"),
        ({"candidates": 2}, "--candidates 2: must be at least --top-n 4 and --neighbours 4"),
        ({"pair_origins": "mt"}, "--pair-origins mt: must be translator, bitext or both"),
        ({"langs": "en,../x"}, "--langs ../x: is no language code; write one of BCP-47, as de or pt-BR"),
        ({"langs": "en,de\nfr"}, "--langs de\\nfr: is no language code; write one of BCP-47, as de or pt-BR"),
        ({"min_clip": float("nan")}, "--min-clip nan: must be a finite number"),
        ({"max_ratio": float("inf")}, "--max-ratio inf: must be a finite number"),
        ({"seed": 2**63}, f"--seed {2**63}: must be between -2^63 and 2^63 - 1"),
        ({"seed": 10**5000}, "--seed of too many digits: must be between -2^63 and 2^63 - 1"),
        ({"min_clip": 10**400}, f"--min-clip {10**400}: must be between -2^63 and 2^63 - 1"),
        ({"workers": 10**9}, "--workers 1000000000: must be between 0 and 4096"),
        ({"out": ""}, "--out is empty: name a folder or a URL that can be written to"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(flags, message):
    with pytest.raises(ConfigError) as error:
        load_config("demo", None, flags)
    assert str(error.value) == message


def test_unknown_settings_and_presets_are_named(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("min_klip: 0.3\n")
    with pytest.raises(ConfigError, match="unknown setting 'min_klip'"):
        load_config("demo", str(file))
    with pytest.raises(ConfigError, match="--preset huge: there is no such preset; there are demo, endpoint, finetune, paper, small"):
        load_config("huge")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("langs: [en, no]", "--langs False: is no text to YAML; write it in quotes"),
        ("allow_private: [1:30]", "--allow-private 90: is no text to YAML; write it in quotes"),
        ("out: 2001-01-01", "--out 2001-01-01: must be text; write it in quotes"),
        ("limit: yes", "--limit True: must be of type int"),
        ("min_clip: .nan", "--min-clip nan: must be a finite number"),
        ("fetch: {deadline_seconds: .inf}", "fetch deadline_seconds inf: must be a finite number"),
        ("fetch: {contact: 2001-01-01}", "fetch contact 2001-01-01: is a date to YAML; write it in quotes"),
        ("fetch: {1: 2}", "fetch 1: is no text to YAML; write it in quotes"),
        ("fetch: {resolve: {a.test: [.nan]}}", "fetch resolve a.test nan: must be a finite number"),
        ("langs: [en]\nlangs: [en, de]", "--config FILE: has 'langs' in line 1 and again in line 2; keep one"),
        ("false", "--config FILE: must be a list of 'setting: value' lines"),
        ("[]", "--config FILE: must be a list of 'setting: value' lines"),
    ],
)
def test_what_yaml_makes_of_a_value_is_told(tmp_path, text, message):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config("demo", str(file))
    assert str(error.value) == message.replace("FILE", str(file))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "cannot be read: No such file or directory; name a file that can"),
        (".", "cannot be read: Is a directory; name a file that can"),
        ("/dev/zero", "has more than 262144 bytes; name a file of settings"),
        ("a\0b", "cannot be read: embedded null byte; name a file that can"),
    ],
)
def test_what_is_no_file_of_settings(place, message):
    with pytest.raises(ConfigError) as error:
        load_config("demo", place)
    assert str(error.value) == f"--config {place}: {message}".replace("\0", "\\x00")


def test_an_empty_file_sets_nothing(tmp_path):
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert load_config("demo", str(tmp_path / "empty.yaml")) == load_config("demo")


def test_an_error_is_one_line_of_bounded_length():
    assert str(ConfigError("a\nb\x1b[31m\u2028")) == "a\\nb\\x1b[31m\\u2028"
    message = str(ConfigError(f"--images {'x' * 10_000}: is too long; write less"))
    assert len(message) == 2005
    assert message.startswith("--images xxx")
    assert message.endswith("xxx: is too long; write less")


def test_identity_leaves_out_what_only_changes_how_a_run_goes():
    one, other = load_config("demo"), load_config("demo", None, {"workers": 7, "out": "elsewhere", "embed_batch": 3})
    assert one.sha256() == other.sha256()
    judged = load_config("demo", None, {"min_clip": 0.25})
    assert judged.sha256() != one.sha256()
    assert judged.subject() == one.subject()
    assert load_config("demo", None, {"langs": "en,de"}).subject() != one.subject()


def test_help_loads_nothing_heavy():
    start = time.monotonic()
    code = """
import runpy, sys
sys.argv = ["build", "--help"]
try:
    runpy.run_module("pipeline.build", run_name="__main__")
except SystemExit:
    print(sorted({"torch", "apache_beam", "pyarrow", "numpy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--min-clip" in done.stdout
    assert time.monotonic() - start < 5
