import datetime

import pytest

from pipeline.strict_yaml import MOST_BYTES, MOST_VALUES, read_yaml


def test_what_yaml_is_for():
    text = "\ufefflangs: &l [en, de]\ncaption_langs: *l\nfetch:\n  <<: {size: 256}\n  retries: 0\nsince: 2001-01-01\n"
    assert read_yaml(text.encode()) == {
        "langs": ["en", "de"],
        "caption_langs": ["en", "de"],
        "fetch": {"size": 256, "retries": 0},
        "since": datetime.date(2001, 1, 1),
    }
    assert read_yaml(b"# nothing\n") is None


def chain(part: str) -> str:
    return "\n".join(["b0: &b0 {x: 1}", *(f"b{n + 1}: &b{n + 1} {part}".replace("*b", f"*b{n}") for n in range(40))])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "has 'a' in line 1 and again in line 3; keep one"),
        ("f:\n  x: 1\n  y: {z: 1, z: 1}\n", "has 'z' in line 3 and again in line 3; keep one"),
        ("a: &a [*a]\n", "has a value that holds itself in line 1; write it out"),
        (chain("[*b, *b]"), f"has more than {MOST_VALUES} values in line 13, aliases counted; write fewer"),
        (chain("{<<: [*b, *b]}"), f"has more than {MOST_VALUES} values in line 12, aliases counted; write fewer"),
        ("a: 1\nb: 2001-99-99\n", "has '2001-99-99' in line 2, which is no timestamp although it looks like one; write it in quotes"),
        ("a: 0x_\n", "has '0x_' in line 1, which is no int although it looks like one; write it in quotes"),
        (f"a: {'9' * 5000}\n", f"has '{'9' * 40}' in line 1, which is no int although it looks like one; write it in quotes"),
        ("a: !!bool maybe\n", "has 'maybe' in line 1, which is no bool although it looks like one; write it in quotes"),
        ("[" * 100_000, "is nested too deeply; write 'setting: value' lines"),
        (" " * (MOST_BYTES + 1), f"has more than {MOST_BYTES} bytes; name a file of settings"),
    ],
)
def test_what_would_pass_in_silence_or_not_end(text, message):
    with pytest.raises(ValueError) as error:
        read_yaml(text.encode())
    assert str(error.value) == message


@pytest.mark.parametrize("text", ["a: [", "a: !!python/object:os.system x", "a: \0", "{[a]: b}", "a: =", "a\n---\nb"])
def test_what_is_no_yaml(text):
    with pytest.raises(ValueError, match=r"^is not YAML: .*$"):
        read_yaml(text.encode())


def test_other_bytes_than_utf_8():
    with pytest.raises(ValueError, match=r"^is not UTF-8 in line 2; save it as UTF-8$"):
        read_yaml("a: 1\nb: ü\n".encode("latin-1"))
