"""The client of OpenAI-compatible servers against a real one on loopback: concurrency, retries, what is never written down."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import endpoint
from models.endpoint import Answer, Endpoint, EndpointError, EndpointSettings, describe_endpoint, parse_endpoint
from models.protocols import ModelCard
from models.registry import describe_model
from models.specs import ModelError
from tests.models.endpoint_server import KEY, Server, answer, body, half, reset, slow, status


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are a fiftieth of what they are."""
    monkeypatch.setattr(endpoint, "_FIRST_WAIT", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def chat(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def echo(asked: dict) -> dict:
    return answer(asked["messages"][-1]["content"].upper(), [-0.5, -0.25])


def client(server: Server, **settings: object) -> Endpoint:
    return Endpoint(server.url, "tiny", EndpointSettings(**settings))  # type: ignore[arg-type]


def test_answers_come_in_order_over_few_connections_many_at_a_time() -> None:
    with Server(echo, delay=0.02) as server:
        asked = client(server, in_flight=8)
        texts = [f"number {number}" for number in range(40)]
        assert asked.ask([chat(text) for text in texts]) == [Answer(text.upper(), -0.375, True) for text in texts]
        assert (server.busiest, len(server.connections)) == (8, 8)
        assert server.requests[0].keys() == {"model", "messages", "temperature", "seed", "max_tokens", "logprobs"}
        assert {(r["model"], r["temperature"], r["seed"], r["max_tokens"], r["logprobs"]) for r in server.requests} == {
            ("tiny", 0, 0, 512, True)
        }
        asked.close()


def test_threads_share_the_slots() -> None:
    with Server(echo, delay=0.02) as server:
        asked = client(server, in_flight=4)
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda worker: asked.ask([chat(f"{worker} {n}") for n in range(5)]), range(4)))
        assert [[a.text for a in answers] for answers in made] == [[f"{worker} {n}" for n in range(5)] for worker in range(4)]
        assert server.busiest == 4


def test_equal_conversations_are_asked_once() -> None:
    with Server(echo) as server:
        assert [a.text for a in client(server).ask([chat("a"), chat("b"), chat("a")])] == ["A", "B", "A"]
        assert len(server.requests) == 2
        assert client(server).ask([]) == []


@pytest.mark.parametrize(
    "fault",
    [
        status(429), status(500), status(503), status(408), body("{"), body("[]"), body('{"choices": []}'), body("null"),
        body('{"choices": [{"message": {"content": null}}]}'), reset, half,
    ],
    ids=["429", "500", "503", "408", "broken", "list", "no choice", "null", "no text", "reset", "half"],
)  # fmt: skip
def test_what_can_pass_is_tried_again(fault: object) -> None:
    with Server(echo, faults=[fault, fault]) as server:  # type: ignore[list-item]
        assert client(server).ask([chat("a")])[0].text == "A"
        assert len(server.requests) == 3


def test_a_slow_answer_is_asked_for_again() -> None:
    with Server(echo, faults=[slow]) as server:
        assert client(server, timeout=0.3).ask([chat("a")])[0].text == "A"


def test_retry_after_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(endpoint.asyncio, "sleep", sleep)
    dates = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    faults = [status(429, **{"Retry-After": "7"}), status(503, **{"Retry-After": "9000"}), status(429, **dates), status(429)]
    with Server(echo, faults=faults) as server:
        assert client(server).ask([chat("a")])[0].text == "A"
    assert waits[:2] == [7, 60]
    assert 0.02 <= waits[2] <= 0.04 <= waits[3] <= 0.08


def test_waits_double_and_differ_but_are_the_same_in_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_FIRST_WAIT", 0.5)
    assert all(0.25 * 2**n <= endpoint._wait(name, n) <= 0.5 * 2**n for n in range(6) for name in "abc")
    assert endpoint._wait("a", 50) <= 60
    assert len({endpoint._wait(name, 0) for name in "abcdef"}) == 6
    assert endpoint._wait("a", 3) == endpoint._wait("a", 3)


@pytest.mark.parametrize(
    ("code", "message", "mend"),
    [
        (400, "image is too large", "status 400: image is too large"),
        (404, "no such model", "status 404: no such model"),
        (401, "who are you?", "status 401: who are you?; put a key into the environment variable OPENAI_API_KEY"),
        (400, "logprobs are not supported", "status 400: logprobs are not supported; add logprobs=off to the spec, as #MODEL?logprobs=off"),
        (
            422,
            "continue_final_message: extra field",
            "continue_final_message: extra field; add prefill=off to the spec, as #MODEL?prefill=off",
        ),
    ],
)
def test_a_refusal_is_not_tried_again(code: int, message: str, mend: str) -> None:
    with Server(echo, faults=[status(code, message)]) as server:
        with pytest.raises(EndpointError) as error:
            client(server).ask([chat("a")])
        assert str(error.value).startswith(f"{server.url}/chat/completions: ")
        assert str(error.value).endswith(mend)
        assert len(server.requests) == 1


def test_a_poisonous_item_fails_alone_and_nothing_is_asked_twice() -> None:
    from models.batches import Failure, in_batches

    def reply(asked: dict) -> dict:
        text = asked["messages"][-1]["content"]
        return {"nothing": 0} if text == "poison" else answer(text)

    with Server(reply) as server:
        asked = client(server, attempts=2)
        items = ["a", "b", "poison", "c", "d", "e"]
        made = in_batches(lambda batch: asked.ask([chat(text) for text in batch]), items, 6)
        assert [result.text if isinstance(result, Answer) else type(result) for result in made] == ["a", "b", Failure, "c", "d", "e"]
        assert sorted(r["messages"][0]["content"] for r in server.requests) == ["a", "b", "c", "d", "e", "poison", "poison"]
        assert asked._known == {}


def test_a_server_that_is_not_there_is_told() -> None:
    with Server() as server:
        url = server.url
    with pytest.raises(
        EndpointError, match=r"^http://127.0.0.1:\d+/v1/models: ClientConnectorError: .* after 2 attempts; is the server up\?$"
    ):
        describe_endpoint("openai:x", f"{url}#tiny?attempts=2", ask=True)


def test_an_answer_that_was_cut_off_is_none_where_it_must_be_whole() -> None:
    with Server(lambda asked: answer("half a", finish="length")) as server:
        assert client(server).ask([chat("a")]) == [Answer("half a", 0.0, False)]
        with pytest.raises(EndpointError, match="an answer was cut off after 512 tokens; add max_tokens=1024 to the spec"):
            client(server).ask([chat("a")], whole=True)


def test_the_key_comes_from_the_environment_and_is_written_nowhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    refusal = f"Incorrect API key provided: {KEY}"
    with Server(echo, faults=[status(500, refusal), status(401, refusal)]) as server:
        asked = client(server)
        with pytest.raises(EndpointError) as error:
            asked.ask([chat("a")])
        card = describe_model("translator", f"openai:{server.url}#tiny", fetch=True)
        assert server.keys == [f"Bearer {KEY}"] * 2
    assert str(error.value).endswith("Incorrect API key provided: ***; another key belongs into the environment variable OPENAI_API_KEY")
    assert KEY not in caplog.text + repr(card) + repr(vars(error.value)) + repr(asked.settings)
    assert "Incorrect API key provided: ***" in caplog.text


def test_card_has_what_the_server_lists_but_not_what_it_makes_up() -> None:
    with Server() as server:
        spec = f"openai:{server.url}#tiny"
        one, two = (describe_model("captioner", spec, fetch=True) for _ in range(2))
        assert one == two == ModelCard(spec, "tiny", "/models/tiny", one.sha256)
        server.models[0]["root"] = "/models/other"
        assert describe_model("captioner", spec, fetch=True).sha256 != one.sha256
        assert describe_model("captioner", spec) == ModelCard(spec, "tiny", "", "")
        with pytest.raises(EndpointError, match="has no model 'huge'; it has tiny"):
            describe_model("captioner", f"openai:{server.url}#huge", fetch=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("http://me:secret@host/v1#m", "openai:...#m: specs are written down, so no keys"),
        ("http://host/v1?key=secret#m", "openai:...#m: specs are written down, so no keys"),
        ("http://host/v1", "write openai:URL#MODEL"),
        ("host:8000#m", "write openai:URL#MODEL"),
        ("http://host#m?api_key=secret", "openai:http://host#m: there is no setting 'api_key'; there are in_flight, attempts, "),
        ("http://host#m?in_flight=0", "openai:http://host#m: in_flight=0: must be above 0"),
        ("http://host#m?prefill=no", "openai:http://host#m: prefill=no: must be on or off"),
    ],
)
def test_specs_that_cannot_be(name: str, message: str) -> None:
    with pytest.raises(ModelError) as error:
        parse_endpoint(name)
    assert message in str(error.value)
    assert "secret" not in str(error.value)


def test_specs() -> None:
    assert parse_endpoint("http://host:11434#gemma3:4b") == ("http://host:11434/v1", "gemma3:4b", EndpointSettings())
    assert parse_endpoint("https://host/api/v1/#org/m?in_flight=128&logprobs=off") == (
        "https://host/api/v1",
        "org/m",
        EndpointSettings(in_flight=128, logprobs=False),
    )
