"""The scripted model and the scripted server: they do what the script says, and tell where it was not followed."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from http.client import IncompleteRead
from typing import Any

import pytest

from skill.agent.provider.turns import ToolCall, Turn, TurnRequest, User
from skill.testing import (
    Answers,
    Cut,
    Half,
    Late,
    ScriptedModel,
    ScriptedServer,
    Silent,
    Status,
    Trickle,
    always,
)

HI = TurnRequest((User("Can I export?"),), seconds=8)
CALL = ToolCall("call_1", "find", '{"feature": "sso"}')


def post(server: ScriptedServer, path: str = "/chat/completions", **body: Any) -> tuple[int, bytes]:
    data = json.dumps({"model": "m", "messages": [], **body}).encode()
    request = urllib.request.Request(server.base_url + path, data)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status), bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def events(data: bytes) -> list[Any]:
    lines = [line[6:] for line in data.decode().split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


# -- in process ----------------------------------------------------------------------------------------------


def test_a_scripted_model_follows_its_steps() -> None:
    heard: list[str] = []
    with ScriptedModel("Yes.", lambda asked: Turn(asked.messages[0].text), OSError()) as model:  # type: ignore[union-attr]
        assert asyncio.run(model.turn(HI, heard.append)).text == "Yes."
        assert asyncio.run(model.turn(HI)).text == "Can I export?"
        with pytest.raises(OSError):  # noqa: PT011 - the very error of the script
            asyncio.run(model.turn(HI))
    assert heard == ["Yes."]
    assert model.requests == [HI, HI, HI]


def test_a_question_that_the_script_does_not_expect_fails() -> None:
    model = ScriptedModel()
    with pytest.raises(AssertionError, match=r"0 steps, and was asked once more: .*Can I export"):
        asyncio.run(model.turn(HI))


def test_steps_left_over_fail_unless_something_else_did() -> None:
    with pytest.raises(AssertionError, match=r"1 steps were left over, first: 'Yes\.'"):
        ScriptedModel("Yes.").finish()
    with pytest.raises(ZeroDivisionError), ScriptedModel("Yes."):
        _ = 1 / 0


# -- over HTTP -----------------------------------------------------------------------------------------------


def test_chat_completions_are_answered() -> None:
    with ScriptedServer([Turn("Yes.", (CALL,))]) as server:
        _, body = post(server)
    choice = json.loads(body)["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Yes."
    assert choice["message"]["tool_calls"][0]["function"] == {
        "name": "find",
        "arguments": CALL.arguments,
    }


def test_a_stream_of_chat_completions_ends_with_done() -> None:
    with ScriptedServer(["Yes, with Team."]) as server:
        _, body = post(server, stream=True, stream_options={"include_usage": True})
    *chunks, usage, done = events(body)
    said = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(said) == "Yes, with Team."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert done == "[DONE]"


def test_usage_is_streamed_only_where_it_was_asked_for() -> None:
    with ScriptedServer(["Yes."]) as server:
        _, body = post(server, stream=True)
    assert not any("usage" in event for event in events(body)[:-1])


def test_responses_are_answered_whole_and_streamed() -> None:
    with ScriptedServer([Turn("Yes.", (CALL,))] * 2) as server:
        whole = json.loads(post(server, "/responses")[1])
        streamed = events(post(server, "/responses", stream=True)[1])
    assert [item["type"] for item in whole["output"]] == ["reasoning", "message", "function_call"]
    assert streamed[-1] == {"type": "response.completed", "response": whole}
    assert {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Yes."} in streamed


def test_an_answer_may_be_made_of_the_request() -> None:
    with ScriptedServer([lambda body: {"model": body["model"]}]) as server:
        _, body = post(server)
        assert json.loads(body)["choices"][0]["message"]["content"] == '{"model": "m"}'
        assert server.requests[0].body["model"] == "m"


@pytest.mark.parametrize("code", [400, 401, 404, 429, 500])
def test_a_status_is_answered(code: int) -> None:
    with ScriptedServer([Status(code, retry_after="1")]) as server:
        assert post(server)[0] == code


def test_a_body_is_sent_as_it_stands() -> None:
    with ScriptedServer([Answers(b"{nope"), Answers({"choices": None})]) as server:
        assert [post(server)[1], post(server)[1]] == [b"{nope", b'{"choices":null}']


def test_a_cut_answer_breaks_in_the_middle() -> None:
    with ScriptedServer([Cut("Yes.")]) as server, pytest.raises(IncompleteRead):
        post(server)


def test_half_a_stream_ends_politely_and_without_an_end() -> None:
    with ScriptedServer([Half("Yes, with")]) as server:
        _, body = post(server, stream=True)
    assert [e["choices"][0]["delta"]["content"] for e in events(body)] == ["Yes,", " with"]


def test_slow_answers_arrive_whole() -> None:
    with ScriptedServer([Trickle("Yes.", pause_s=0.0), Late("Yes.", 0.01)]) as server:
        assert post(server) == post(server)


def test_megabytes_arrive_whole() -> None:
    with ScriptedServer(["y" * 10_000_000]) as server:
        assert len(post(server)[1]) > 10_000_000


def test_an_endless_script_is_never_over() -> None:
    with ScriptedServer(always("Yes.")) as server:
        assert [post(server)[0] for _ in range(5)] == [200] * 5
        assert len(server.requests) == 5


def test_a_request_too_many_fails_and_is_told() -> None:
    with (
        pytest.raises(AssertionError, match="unexpected request after all 0 steps"),
        ScriptedServer([]) as server,
    ):
        assert post(server)[0] == 500


def test_steps_that_nobody_asked_for_fail() -> None:
    with (
        pytest.raises(AssertionError, match=r"1 steps were left over, first: 'Yes\.'"),
        ScriptedServer(["Yes."]),
    ):
        pass


def test_an_unknown_path_fails() -> None:
    with (
        pytest.raises(AssertionError, match="unexpected request to `/embeddings`"),
        ScriptedServer([]) as server,
    ):
        assert post(server, "/embeddings")[0] == 404


def test_a_step_that_raises_is_told() -> None:
    with (
        pytest.raises(AssertionError, match="a step raised KeyError: 'tools'"),
        ScriptedServer([lambda body: str(body["tools"])]) as server,
    ):
        assert post(server)[0] == 500


def test_what_went_wrong_first_is_what_is_told() -> None:
    with pytest.raises(ZeroDivisionError), ScriptedServer(["Yes."]):
        _ = 1 / 0


def test_a_silent_server_can_be_left() -> None:
    with ScriptedServer([Silent()]) as server:
        data = json.dumps({"messages": []}).encode()
        with pytest.raises(OSError, match="timed out"):
            urllib.request.urlopen(server.base_url + "/chat/completions", data, timeout=0.2)
        assert server.saw_hang_up()
