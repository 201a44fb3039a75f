"""The door to a language model, over real sockets, against a server that behaves as its script says."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import replace
from typing import Any

import pytest

from skill.agent.provider.endpoint import ChatEndpoint, Endpoint, ResponsesEndpoint, endpoint_of
from skill.agent.provider.turns import (
    MAX_CHARS,
    Heard,
    Said,
    System,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    TurnRequest,
    Used,
    User,
)
from skill.errors import ModelFailed, SettingsError
from skill.settings import Secret, Settings
from skill.testing import Answers, Cut, Half, ScriptedServer, Silent, Status, Trickle

Kind = type[ChatEndpoint] | type[ResponsesEndpoint]
HI = TurnRequest((System("Be brief."), User("Can I export?")), seconds=30)
SOON = replace(HI, seconds=0.3)
KEY = "sk-not-a-real-key"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"feature": {"enum": ["export", "sso"]}},
    "required": ["feature"],
    "additionalProperties": False,
}
FIND = Tool("find", "Find a feature.", SCHEMA)
CALLS = (
    ToolCall("call_1", "find", '{"feature": "sso"}'),
    ToolCall("call_2", "find", '{"feature": "export"}'),
)

both_apis = pytest.mark.parametrize("kind", [ChatEndpoint, ResponsesEndpoint])
streamed_or_not = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ignored(piece: str) -> None:
    """Makes a call streamed."""


def turn_of(endpoint: Endpoint, request: TurnRequest = HI, heard: Heard | None = None) -> Turn:
    async def asked() -> Turn:
        try:
            await endpoint.ready()
            return await endpoint.turn(request, heard)
        finally:
            await endpoint.aclose()

    return asyncio.run(asked())


def answer(kind: Kind, step: Any, request: TurnRequest = HI, heard: Heard | None = None) -> Turn:
    with ScriptedServer([step]) as server:
        return turn_of(kind("m", base_url=server.base_url, key=KEY), request, heard)


def failure(kind: Kind, step: Any, *, streamed: bool, request: TurnRequest = HI) -> ModelFailed:
    with pytest.raises(ModelFailed) as failed:
        answer(kind, step, request, ignored if streamed else None)
    assert KEY not in failed.value.detail + failed.value.said
    return failed.value


TURNS = {
    "text": Turn("Yes, with Team.", used=Used(30, 20, 5), finish="stop"),
    "text in other letters": Turn('Ja, „ab“ 3\u202f€.\n\n "So" \\ 🙂', finish="stop"),
    "tools": Turn(calls=CALLS, used=Used(3, 0, 9), finish="tool_calls"),
    "text and a tool": Turn("Let me look.", calls=CALLS[:1], finish="tool_calls"),
    "a refusal": Turn(refusal="I cannot say that.", finish="stop"),
    "cut by its limit": Turn("Yes, with", finish="length"),
    "filtered": Turn("", finish="content_filter"),
    "as long as allowed": Turn(
        "a longer word, again and again: " * (MAX_CHARS // 32), finish="stop"
    ),
}


@both_apis
@streamed_or_not
@pytest.mark.parametrize("said", TURNS)
def test_a_turn_arrives_as_it_was_said(kind: Kind, streamed: bool, said: str) -> None:
    heard: list[str] = []
    turn = answer(kind, TURNS[said], heard=heard.append if streamed else None)
    assert turn == TURNS[said]
    assert "".join(heard) == (turn.text if streamed else "")


@both_apis
def test_a_streamed_text_is_heard_in_pieces(kind: Kind) -> None:
    heard: list[str] = []
    answer(kind, "Yes, with Team.", heard=heard.append)
    assert heard == ["Yes,", " with", " Team."]


WRONG: dict[str, tuple[Any, str]] = {
    "bad request": (Status(400), "refused_request"),
    "wrong key": (Status(401), "refused_request"),
    "no such model": (Status(404), "refused_request"),
    "too many": (Status(429), "rate_limited"),
    "its own fault": (Status(500), "server_error"),
    "a gateway's": (Status(502), "server_error"),
    "its own timeout": (Status(408), "server_error"),
    "another address": (Status(307, location="http://127.0.0.1:1/v1"), "refused_request"),
    "connection cut early": (Cut("Yes, with Team.", 0.0), "broken_off"),
    "connection cut": (Cut("Yes, with Team.", 0.5), "broken_off"),
    "connection cut before the last byte": (Cut("Yes, with Team.", 0.999), "broken_off"),
    "a little too long": ("y" * (MAX_CHARS + 1), "too_long"),
    "calls too long": (Turn(calls=(ToolCall("a", "b", "y" * (MAX_CHARS + 1)),)), "too_long"),
    "refusal too long": (Turn(refusal="y" * (MAX_CHARS + 1)), "too_long"),
    "not JSON": (Answers(b"{nope"), "malformed"),
    "not text": (Answers(b"\xff\xfe{}"), "malformed"),
    "nested without end": (Answers(b'{"a":' * 100_000), "malformed"),
    "half a character": (Answers(b'{"choices": "\\ud800"}'), "malformed"),
    "null": (Answers(None), "malformed"),
    "a list": (Answers([[]]), "malformed"),
    "an empty object": (Answers({}), "malformed"),
    "says nothing": (Turn("", finish="stop"), "malformed"),
    "an error in the place of an answer": (
        Answers({"error": {"message": f"no, {KEY}", "code": "server_error"}}),
        "server_error",
    ),
    "an error that is a text": (Answers({"error": "overloaded"}), "server_error"),
    "a limit in the place of an answer": (
        Answers({"error": {"code": "rate_limit_exceeded"}}),
        "rate_limited",
    ),
}


@both_apis
@streamed_or_not
@pytest.mark.parametrize("what", WRONG)
def test_what_goes_wrong_has_a_name(kind: Kind, streamed: bool, what: str) -> None:
    step, why = WRONG[what]
    assert failure(kind, step, streamed=streamed).why == why


def chat(message: Any, finish: Any = "stop") -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def chunk(delta: Any, finish: Any = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def response(*output: Any, status: Any = "completed", **more: Any) -> dict[str, Any]:
    return {"status": status, "output": list(output), **more}


def end_of(answer: Any) -> list[Any]:
    return [{"type": "response.completed", "response": answer}]


ODD: dict[str, tuple[Kind, bool, Any]] = {
    "no choices": (ChatEndpoint, False, {"choices": []}),
    "choices are null": (ChatEndpoint, False, {"choices": None}),
    "a choice without message": (ChatEndpoint, False, {"choices": [{"finish_reason": "stop"}]}),
    "a message that is null": (ChatEndpoint, False, chat(None)),
    "content in parts": (ChatEndpoint, False, chat({"content": [{"text": "a"}]})),
    "content that is a number": (ChatEndpoint, False, chat({"content": 7})),
    "content that is null": (ChatEndpoint, False, chat({"content": None})),
    "an unknown end": (ChatEndpoint, False, chat({"content": "a"}, "eos")),
    "no end": (ChatEndpoint, False, chat({"content": "a"}, None)),
    "a call without a name": (
        ChatEndpoint,
        False,
        chat({"tool_calls": [{"id": "a", "function": {"arguments": "{}"}}]}),
    ),
    "a call with an empty name": (
        ChatEndpoint,
        False,
        chat({"tool_calls": [{"id": "a", "function": {"name": "", "arguments": "{}"}}]}),
    ),
    "a call with parsed arguments": (
        ChatEndpoint,
        False,
        chat({"tool_calls": [{"id": "a", "function": {"name": "find", "arguments": {}}}]}),
    ),
    "a call that is null": (ChatEndpoint, False, chat({"tool_calls": [None]})),
    "a stream of numbers": (ChatEndpoint, True, [1, 2]),
    "a piece that is a number": (ChatEndpoint, True, [chunk({"content": 7}), chunk({}, "stop")]),
    "a stream without a reason": (ChatEndpoint, True, [chunk({"content": "a"})]),
    "a stream with an unknown end": (ChatEndpoint, True, [chunk({"content": "a"}, "eos")]),
    "a piece of a call without a name": (
        ChatEndpoint,
        True,
        [chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, "tool_calls")],
    ),
    "a piece of a call without its place": (
        ChatEndpoint,
        True,
        [chunk({"tool_calls": [{"function": {"name": "find"}}]}, "tool_calls")],
    ),
    "an unknown status": (ResponsesEndpoint, False, response(status="queued")),
    "output that is null": (ResponsesEndpoint, False, {"status": "completed", "output": None}),
    "no output": (ResponsesEndpoint, False, response()),
    "incomplete without a reason": (ResponsesEndpoint, False, response(status="incomplete")),
    "a message of parts without text": (
        ResponsesEndpoint,
        False,
        response({"type": "message", "content": [{"type": "output_text"}]}),
    ),
    "a message that is a text": (
        ResponsesEndpoint,
        False,
        response({"type": "message", "content": "a"}),
    ),
    "a function call without a name": (
        ResponsesEndpoint,
        False,
        response({"type": "function_call", "call_id": "a", "arguments": "{}"}),
    ),
    "an event without a type": (ResponsesEndpoint, True, [{"delta": "a"}]),
    "a delta that is a number": (
        ResponsesEndpoint,
        True,
        [{"type": "response.output_text.delta", "delta": 7}],
    ),
    "an end that is null": (ResponsesEndpoint, True, end_of(None)),
    "another text at the end than was heard": (
        ResponsesEndpoint,
        True,
        [
            {"type": "response.output_text.delta", "delta": "No."},
            *end_of(
                response({"type": "message", "content": [{"type": "output_text", "text": "Yes."}]})
            ),
        ],
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_an_answer_of_another_shape_is_malformed(what: str) -> None:
    kind, streamed, body = ODD[what]
    assert failure(kind, Answers(body), streamed=streamed).why == "malformed"


@both_apis
def test_a_stream_without_its_end_is_broken_off(kind: Kind) -> None:
    heard: list[str] = []
    with pytest.raises(ModelFailed) as failed:
        answer(kind, Half("Yes, with"), heard=heard.append)
    assert (failed.value.why, heard) == ("broken_off", ["Yes,", " with"])


def test_a_failed_response_is_told() -> None:
    failed = response(status="failed", error={"code": "rate_limit_exceeded", "message": "slow"})
    error = failure(ResponsesEndpoint, Answers(failed), streamed=False)
    assert (error.why, error.said) == ("rate_limited", "slow")


@both_apis
@streamed_or_not
@pytest.mark.parametrize("step", [Silent(), Trickle("Yes, with Team.", 0.05)], ids=repr)
def test_no_server_holds_a_call_past_its_deadline(kind: Kind, streamed: bool, step: Any) -> None:
    with ScriptedServer([step]) as server:
        with pytest.raises(ModelFailed) as failed:
            turn_of(kind("m", base_url=server.base_url), SOON, ignored if streamed else None)
        assert failed.value.why == "timeout"
        assert server.saw_hang_up()


LONG = "y" * 40_000_000


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("step", "why"),
    [(LONG, "too_long"), (Status(500, message=LONG), "server_error")],
    ids=["answer", "error"],
)
def test_what_is_far_too_long_is_not_read_to_its_end(step: Any, why: str, streamed: bool) -> None:
    with ScriptedServer([step]) as server:
        with pytest.raises(ModelFailed) as failed:
            turn_of(ChatEndpoint("m", base_url=server.base_url), HI, ignored if streamed else None)
        assert failed.value.why == why
        assert len(failed.value.said) <= 300
        assert server.saw_hang_up()
        assert server.n_sent < len(LONG)


@both_apis
@streamed_or_not
def test_a_cancelled_call_closes_its_connection_at_once(kind: Kind, streamed: bool) -> None:
    with ScriptedServer([Silent()]) as server:

        async def given_up() -> None:
            endpoint = kind("m", base_url=server.base_url)
            await endpoint.ready()
            call = asyncio.create_task(endpoint.turn(HI, ignored if streamed else None))
            while not server.requests:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(server.saw_hang_up)
            await endpoint.aclose()

        asyncio.run(given_up())


@both_apis
@streamed_or_not
def test_a_listener_that_fails_is_not_taken_for_the_model(kind: Kind, streamed: bool) -> None:
    def deaf(piece: str) -> None:
        raise TimeoutError("mine")

    if not streamed:
        assert answer(kind, "Yes.").text == "Yes."
        return
    with pytest.raises(TimeoutError, match="mine"):
        answer(kind, "Yes.", heard=deaf)


def test_where_nobody_listens_it_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ModelFailed) as failed:
            turn_of(ChatEndpoint("m", base_url=url))
    assert failed.value.why == "unreachable"


def test_an_address_that_is_none_is_unreachable() -> None:
    with pytest.raises(ModelFailed) as failed:
        turn_of(ChatEndpoint("m", base_url="http://[nowhere"))
    assert failed.value.why == "unreachable"


@pytest.mark.parametrize("key", ["", "ключ", "a\nb"])
def test_without_a_key_that_can_be_sent_the_provider_is_not_asked(key: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        asyncio.run(ChatEndpoint("m", key=key).turn(HI))
    assert failed.value.why == "no_key"
    assert "OPENAI_API_KEY" in failed.value.help


@both_apis
def test_a_server_of_ones_own_needs_no_key(kind: Kind) -> None:
    with ScriptedServer(["Yes."]) as server:
        assert turn_of(kind("m", base_url=server.base_url)).text == "Yes."
        assert server.requests[0].headers["authorization"] == "Bearer none"


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_when_to_ask_again_is_passed_on(told: str, seconds: float | None) -> None:
    error = failure(ChatEndpoint, Status(429, retry_after=told), streamed=False)
    assert (error.retry_after_s, error.status) == (seconds, 429)


@pytest.mark.parametrize("body", ["[]", '{"error": null}', '{"error": {}}', "<html>", '"sorry"'])
def test_an_error_of_any_shape_is_told(body: str) -> None:
    error = failure(ChatEndpoint, Status(503, body=body.encode()), streamed=False)
    assert error.why == "server_error"


def test_a_refusal_is_passed_on_in_the_servers_words_without_the_key() -> None:
    error = failure(ChatEndpoint, Status(401, message=f"wrong key {KEY}"), streamed=False)
    assert error.said == "wrong key (the key)"


CONVERSATION = TurnRequest(
    (
        System("s"),
        User("q"),
        Said("", CALLS[:1]),
        ToolResult("call_1", "found"),
        Said("a"),
        User("b"),
    ),
    seconds=30,
    tools=(FIND,),
    schema=SCHEMA,
    schema_name="pick",
    max_tokens=77,
)


def test_a_conversation_is_sent_as_chat_completions_wants_it() -> None:
    with ScriptedServer(["Yes."]) as server:
        turn_of(ChatEndpoint("m", base_url=server.base_url), CONVERSATION)
    sent = server.requests[0].body
    function = {"name": "find", "arguments": CALLS[0].arguments}
    assert sent == {
        "model": "m",
        "max_tokens": 77,
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "q"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "found"},
            {"role": "assistant", "content": "a"},
            {"role": "user", "content": "b"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "find",
                    "description": "Find a feature.",
                    "parameters": SCHEMA,
                    "strict": True,
                },
            }
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "pick", "strict": True, "schema": SCHEMA},
        },
    }


def test_a_conversation_is_sent_as_responses_wants_it() -> None:
    with ScriptedServer(["Yes."]) as server:
        turn_of(ResponsesEndpoint("m", base_url=server.base_url), CONVERSATION)
    sent = server.requests[0].body
    assert sent == {
        "model": "m",
        "max_output_tokens": 77,
        "store": False,
        "input": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "q"},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "find",
                "arguments": CALLS[0].arguments,
            },
            {"type": "function_call_output", "call_id": "call_1", "output": "found"},
            {"role": "assistant", "content": "a"},
            {"role": "user", "content": "b"},
        ],
        "tools": [
            {
                "type": "function",
                "name": "find",
                "description": "Find a feature.",
                "parameters": SCHEMA,
                "strict": True,
            }
        ],
        "text": {
            "format": {"type": "json_schema", "name": "pick", "strict": True, "schema": SCHEMA}
        },
    }


@both_apis
def test_temperature_is_sent_only_where_somebody_set_it(kind: Kind) -> None:
    with ScriptedServer(["Yes.", "Yes."]) as server:
        turn_of(kind("m", base_url=server.base_url))
        turn_of(kind("m", base_url=server.base_url, temperature=0.0))
    assert [asked.body.get("temperature") for asked in server.requests] == [None, 0.0]


@both_apis
def test_half_a_character_in_a_question_does_not_stop_it(kind: Kind) -> None:
    with ScriptedServer(["Yes."]) as server:
        request = replace(HI, messages=(User("Can I \ud83d export?"),))
        assert turn_of(kind("m", base_url=server.base_url), request).text == "Yes."
        assert "Can I ? export?" in str(server.requests[0].body)


@both_apis
@streamed_or_not
def test_connections_are_used_again(kind: Kind, streamed: bool) -> None:
    heard = ignored if streamed else None
    with ScriptedServer(["Yes."] * 5) as server:

        async def five() -> None:
            endpoint = kind("m", base_url=server.base_url)
            await endpoint.ready()
            for _ in range(5):
                await endpoint.turn(HI, heard)
            await endpoint.aclose()

        asyncio.run(five())
        assert server.n_connections == 1


def test_one_endpoint_serves_several_event_loops() -> None:
    with ScriptedServer(["Yes.", "No."]) as server:
        endpoint = ChatEndpoint("m", base_url=server.base_url)
        assert [turn_of(endpoint).text, turn_of(endpoint).text] == ["Yes.", "No."]


def test_many_at_once_get_each_their_own_answer() -> None:
    def echoed(body: dict[str, Any]) -> str:
        return str(body["messages"][-1]["content"])

    with ScriptedServer([echoed] * 40) as server:

        async def forty() -> list[Turn]:
            endpoint = ChatEndpoint("m", base_url=server.base_url)
            await endpoint.ready()
            requests = [replace(HI, messages=(User(f"question {n}"),)) for n in range(40)]
            turns = await asyncio.gather(*map(endpoint.turn, requests))
            await endpoint.aclose()
            return turns

        turns = asyncio.run(forty())
    assert [turn.text for turn in turns] == [f"question {n}" for n in range(40)]


def test_tokens_are_none_where_a_server_does_not_tell_them() -> None:
    for usage in ({}, {"usage": None}, {"usage": {"prompt_tokens": "many"}}):
        told = Answers({**chat({"content": "Yes."}), **usage})
        assert answer(ChatEndpoint, told).used == Used()


def test_a_call_without_an_id_gets_one() -> None:
    calls = [{"function": {"name": "find", "arguments": "{}"}}] * 2
    turn = answer(ChatEndpoint, Answers(chat({"tool_calls": calls}, "tool_calls")))
    assert [call.id for call in turn.calls] == ["call_0", "call_1"]


def test_a_response_whose_stream_has_no_pieces_is_heard_at_its_end() -> None:
    heard: list[str] = []
    said = {"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}
    answer(ResponsesEndpoint, Answers(end_of(response(said))), heard=heard.append)
    assert heard == ["Yes."]


def test_the_configured_model_is_spoken_to_as_configured() -> None:
    assert endpoint_of(Settings()) is None
    chatting = endpoint_of(Settings(model="m"))
    responding = endpoint_of(Settings(model="m", model_api="responses", openai_api_key=Secret("k")))
    assert isinstance(chatting, ChatEndpoint)
    assert isinstance(responding, ResponsesEndpoint)
    assert responding.name == "m"


def test_api_and_deadline_are_settings() -> None:
    told = {"TACTFUL_MODEL": "m", "TACTFUL_MODEL_API": "responses", "TACTFUL_MODEL_SECONDS": "2.5"}
    settings = Settings.from_env(told)
    assert (settings.model_api, settings.model_seconds) == ("responses", 2.5)
    assert Settings.from_env({}).model_seconds == 8.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TACTFUL_MODEL_API", "completions"),
        *[("TACTFUL_MODEL_SECONDS", bad) for bad in ("0.4", "61", "soon", "1e1", "nan", "-1")],
        ("OPENAI_BASE_URL", "http://[nowhere"),
        ("OPENAI_BASE_URL", "http://somewhere:99999"),
    ],
)
def test_a_setting_of_the_model_that_cannot_be_is_named(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{key} is `{re.escape(value)}`"):
        Settings.from_env({key: value})


def test_the_providers_own_newer_name_of_the_limit_is_used_there_alone() -> None:
    own = ChatEndpoint("m", key=KEY)._dialect.body("m", HI, stream=False)
    assert own["max_completion_tokens"] == HI.max_tokens
    assert "max_tokens" not in own
