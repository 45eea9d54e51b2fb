import subprocess
import sys
import time

import pytest

from pipeline.config import ConfigError, load_config


def test_flags_win_over_file_and_file_over_preset(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("min_clip: 0.3\ntop_n: 2\nfetch: {timeout: 5}\n")
    config = load_config("demo", str(file), {"top_n": 7, "min_lang_prob": None})
    assert (config.min_clip, config.top_n, config.min_lang_prob, config.fetch) == (0.3, 7, 0.5, {"timeout": 5})
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
