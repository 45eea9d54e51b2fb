import pytest

from pipeline.fetch.optout import refusing_directive
from pipeline.fetch.settings import OPT_OUT


@pytest.mark.parametrize(
    ("headers", "directive"),
    [
        ([], None),
        (["all"], None),
        (["noai"], "noai"),
        (["NoImageAI"], "noimageai"),
        (["nofollow, noindex"], "noindex"),
        (["nofollow", "noimageindex"], "noimageindex"),
        (["none"], "none"),
        (["ourbot: noai"], "noai"),
        (["*: noai"], "noai"),
        (["otherbot: noai"], None),
        (["otherbot: noindex, noai"], None),
        (["otherbot: noindex, ourbot: noai"], "noai"),
        (["ourbot: nofollow, otherbot: noai"], None),
        (["otherbot: nofollow", "noai"], "noai"),
        (["max-image-preview: large, noai"], "noai"),
        (["max-snippet: 50, otherbot: noai"], None),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noai"], "noai"),
        (["unavailable_after: Friday, 25-Jun-10 15:00:00 UTC, noai"], "noai"),
        (["noaiart"], None),
        (["ourbot/0.1: noai"], "noai"),
        (["otherbot/0.1: noai"], None),
        (["otherbot:noai noindex;none"], None),
        (["otherbot : noai"], None),
        (["follow:yes, noai"], "noai"),
        (["rating: adult, noai"], "noai"),
        (["follow: noai"], "noai"),
        (["noindex: true"], "noindex"),
        (["noindex;noai"], "noindex"),
        (["nofollow; noai"], "noai"),
        (["noai noimageai"], "noai"),
        (["nofollow noai"], "noai"),
        (["max-image-preview: none"], None),
        (["max-image-preview: none, none"], "none"),
        (["otherbot: max-snippet: 5, noai"], None),
        (["", ",,", ":"], None),
    ],
)
def test_what_refuses_us(headers, directive):
    assert refusing_directive(headers, "ourbot", OPT_OUT) == directive


def test_directives_are_data():
    assert refusing_directive(["noai, nosnippet"], "ourbot", ("nosnippet",)) == "nosnippet"
    assert refusing_directive(["noai"], "ourbot", ()) is None
