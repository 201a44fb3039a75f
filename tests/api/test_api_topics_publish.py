"""A draft is checked, tried, published and rolled back over HTTP, by an admin alone, for one tenant alone."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.api.published import PublishedTopics
from skill.clock import now
from skill.compiler.folder import Compiler, read_folder
from skill.errors import NotPublished, TopicError
from skill.publish import publish
from skill.sample import sample_topics
from skill.settings import Secret, Settings
from skill.store.engine import Store
from skill.store.topics import Expected, Wanted, files_of, make_current
from tests.api.doors import ADA, ADMIN, bearer, fill, key, settings_in
from tests.api.test_api_refusals import refused
from tests.store.conftest import postgres_url

__all__ = ["postgres_url"]

BROKEN = "---\nkind: nonsense\nowner: a@b.example\nreview_by: 2030-01-01\n---\n# X\n"
QUESTION = {"question": "Can I export to Salesforce?"}
CASE = {
    "account": {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
        "admins": ["Ada"],
    },
    "person": {"id": "u_admin", "role": "admin"},
}
OTHER_ADMIN = key("admin@other")


def draft(mark: str = "") -> dict[str, str]:
    """The sample Topics; with a mark, another version in which every file has changed."""
    files = read_folder(sample_topics())
    return {n: f"{t}\n<!-- {mark} -->\n" for n, t in files.items()} if mark else files


def version_of(files: dict[str, str]) -> str:
    return Compiler().compile_sources(files, now().date()).playbook.version


def published_in(folder: Path, url: str = "") -> Settings:
    return replace(settings_in(folder), topics=None, published=True, database_url=Secret(url))


def named(version: str) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def post(client: TestClient, verb: str, body: Any, **headers: str) -> Any:
    return client.post(f"/v1/topics/{verb}", json=body, headers={**ADMIN, **headers})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestClient]:
    """A server of what is published, with nothing published yet."""
    with TestClient(create_app(published_in(tmp_path)), raise_server_exceptions=False) as client:
        fill(client, now())
        yield client


def test_a_tenant_with_nothing_published_is_told_so_with_the_mend(server: TestClient) -> None:
    for response in (
        server.post("/v1/ask", json=QUESTION, headers=ADA),
        server.get("/v1/features/salesforce-export/access", headers=ADA),
        server.get("/v1/topics", headers=ADMIN),
    ):
        body = refused(response, 404)
        assert body["code"] == "topics_not_published"
        assert "publish" in body["help"]
    assert server.get("/readyz").status_code == 200


def test_what_is_published_is_answered_from_at_once(server: TestClient) -> None:
    response = post(server, "publish", {"files": draft(), "note": "the first"})

    assert response.status_code == 200
    body = response.json()
    assert body["version"] == version_of(draft())
    assert response.headers["etag"] == f'"{body["version"]}"'
    assert (body["sequence"], body["changed"], body["serving"]) == (1, True, True)
    answer = server.post("/v1/ask", json=QUESTION, headers=ADA).json()
    assert answer["topics_version"] == body["version"]


def test_what_is_served_can_be_fetched_changed_and_published_again(server: TestClient) -> None:
    post(server, "publish", {"files": draft()})
    got = server.get("/v1/topics", headers=ADMIN)
    assert got.json()["files"] == draft()
    changed = {**got.json()["files"], "features.md": draft("new")["features.md"]}

    response = post(server, "publish", {"files": changed}, **{"If-Match": got.headers["etag"]})

    assert response.status_code == 200
    assert response.json()["previous"] == got.json()["version"]
    assert server.get("/v1/topics", headers=ADMIN).headers["etag"] == response.headers["etag"]
    answer = server.post("/v1/ask", json=QUESTION, headers=ADA).json()
    assert answer["topics_version"] == response.json()["version"]


def test_what_is_replaced_must_be_named_and_must_be_current(server: TestClient) -> None:
    first, second = version_of(draft()), version_of(draft("2"))
    assert post(server, "publish", {"files": draft()}, **named(first)).status_code == 412
    assert post(server, "publish", {"files": draft()}, **{"If-Match": "*"}).status_code == 412
    done = post(server, "publish", {"files": draft()}, **{"If-None-Match": "*"})
    assert done.status_code == 200

    body = refused(post(server, "publish", {"files": draft("2")}), 428)
    assert body["current"] == first
    again = post(server, "publish", {"files": draft("2")}, **{"If-None-Match": "*"})
    assert refused(again, 412)["current"] == first
    assert post(server, "publish", {"files": draft("2")}, **named(first)).status_code == 200
    late = post(server, "publish", {"files": draft("3")}, **named(first))
    assert refused(late, 412)["current"] == second
    assert late.headers["etag"] == f'"{second}"'
    several = {"If-Match": f'"{first}", "{second}"'}
    assert post(server, "publish", {"files": draft("3")}, **several).status_code == 200
    assert post(server, "rollback", {}).status_code == 428


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("sha256:abcd", 422),
        ('"a" "b"', 422),
        ('"a', 422),
        ("", 422),
        ("*, *", 422),
        ('"*"', 412),
        ('W/"{current}"', 412),
        ('"x", W/"{current}"', 412),
        (' ,"{current}" , ', 200),
        ('"a,b", "{current}",, "x"', 200),
        ('"a"x,"{current}"', 422),
        (",,", 422),
        ('*, "{current}"', 422),
    ],
)
def test_if_match_is_read_as_the_standard_says(server: TestClient, value: str, status: int) -> None:
    post(server, "publish", {"files": draft()})
    value = value.replace("{current}", version_of(draft()))

    response = post(server, "publish", {"files": draft("2")}, **{"If-Match": value})

    assert response.status_code == status


def test_a_broken_draft_is_refused_with_places_and_the_last_good_goes_on(
    server: TestClient,
) -> None:
    good = post(server, "publish", {"files": draft()}).json()["version"]
    files = {**draft(), "one.md": BROKEN, "two.md": BROKEN}

    body = refused(post(server, "publish", {"files": files}, **named(good)), 422)

    assert body["code"] == "draft_refused"
    found = {(e["pointer"], e["code"]) for e in body["errors"]}
    assert {("one.md:2", "T001"), ("two.md:2", "T001")} <= found
    assert server.get("/v1/topics", headers=ADMIN).json()["version"] == good
    answer = server.post("/v1/ask", json=QUESTION, headers=ADA).json()
    assert answer["topics_version"] == good


def test_a_check_tells_all_findings_and_keeps_nothing(server: TestClient) -> None:
    fine = post(server, "check", {"files": draft()}).json()
    assert fine["servable"]
    assert fine["version"] == version_of(draft())

    broken = post(server, "check", {"files": {**draft(), "one.md": BROKEN}}).json()

    assert not broken["servable"]
    (first,) = [d for d in broken["diagnostics"] if d["code"] == "T001"]
    assert (first["file"], first["line"], first["severity"]) == ("one.md", 2, "error")
    assert {"name", "message", "help", "column"} <= first.keys()
    assert server.get("/v1/topics/history", headers=ADMIN).json()["items"] == []


@pytest.mark.parametrize(
    "name", ["../x.md", "..\\x.md", "/etc/x.md", "a/b.md", ".x.md", "x\u200b.md"]
)
@pytest.mark.parametrize("verb", ["check", "preview", "diff", "publish"])
def test_a_name_that_leads_elsewhere_is_refused_with_its_place(
    server: TestClient, verb: str, name: str
) -> None:
    more = {"question": "hello"} if verb == "preview" else {}

    body = refused(post(server, verb, {"files": {**draft(), name: "# X"}, **more}), 422)

    assert body["errors"][0]["pointer"] == "/files/" + name.replace("/", "~1")
    assert body["errors"][0]["code"] == "file_name"


def test_a_preview_answers_as_asking_would_and_records_nothing(server: TestClient) -> None:
    files = draft("tried")
    body = {"files": files, "case": CASE, **QUESTION}

    tried = post(server, "preview", body).json()

    assert tried["topics_version"] == version_of(files)
    assert server.get("/v1/decisions", headers=ADMIN).json()["items"] == []
    post(server, "publish", {"files": files})
    asked = server.post("/v1/ask", json=QUESTION, headers=ADA).json()
    same = ("answer", "feature", "quotes", "topics_version", "triggered")
    assert {k: tried[k] for k in same} == {k: asked[k] for k in same}
    copilot = post(server, "preview", {**body, "surface": "support_copilot"}).json()
    assert "talking_points" in copilot
    assert "talking_points" not in tried


def test_a_difference_tells_what_is_said_otherwise(server: TestClient) -> None:
    whole = post(server, "diff", {"files": draft()}).json()
    assert whole["from"] is None
    assert {one["change"] for one in whole["differences"]} == {"added"}
    version = post(server, "publish", {"files": draft()}).json()["version"]
    dearer = {name: text.replace("EUR 49 ", "EUR 59 ") for name, text in draft().items()}

    body = post(server, "diff", {"files": dearer}).json()

    assert (body["from"], body["to"]) == (version, version_of(dearer))
    (one,) = [d for d in body["differences"] if d["name"] == "Connect Pack"]
    assert (one["what"], one["change"]) == ("bundle", "changed")
    assert "49" in one["before"]
    assert "59" in one["after"]
    assert one["span"]["file"] == "product-bundles.md"
    same = post(server, "diff", {"files": draft("a comment alone")}).json()
    assert same["differences"] == []


def test_on_a_server_of_a_folder_a_difference_is_from_what_is_served(tmp_path: Path) -> None:
    with TestClient(create_app(settings_in(tmp_path))) as client:
        assert post(client, "diff", {"files": draft()}).json()["differences"] == []


def test_a_preview_names_what_is_wrong_in_its_case(server: TestClient) -> None:
    body = {"files": draft(), "case": {"account": {"paln": "x"}}, **QUESTION}
    assert (
        refused(post(server, "preview", body), 422)["errors"][0]["pointer"] == "/case/account/paln"
    )

    broken = {**body, "case": CASE, "files": {**draft(), "one.md": BROKEN}}

    assert refused(post(server, "preview", broken), 422)["code"] == "draft_refused"


def test_rolling_back_brings_the_same_bytes_and_the_history_tells_who(
    server: TestClient,
) -> None:
    ada = bearer(sub="u_ada", scope="admin", account=None)
    first = post(server, "publish", {"files": draft(), "note": "start"}).json()["version"]
    second = server.post(
        "/v1/topics/publish", json={"files": draft("2")}, headers={**ada, **named(first)}
    ).json()["version"]

    back = post(server, "rollback", {"version": first[7:19], "note": "oops"}, **named(second))

    assert back.json()["version"] == first
    assert server.get("/v1/topics", headers=ADMIN).json()["files"] == draft()
    items = server.get("/v1/topics/history", headers=ADMIN).json()["items"]
    digest = hashlib.sha256(b"key-admin").hexdigest()[:8]
    assert [(i["act"], i["version"], i["by"], i["note"]) for i in items] == [
        ("rollback", first, f"key {digest}", "oops"),
        ("publish", second, "u_ada", ""),
        ("publish", first, f"key {digest}", "start"),
    ]
    page = server.get("/v1/topics/history?limit=2", headers=ADMIN).json()
    rest = server.get(
        f"/v1/topics/history?limit=2&cursor={page['next_cursor']}", headers=ADMIN
    ).json()
    assert [*page["items"], *rest["items"]] == items
    assert rest["next_cursor"] is None


def test_a_token_that_names_nobody_stands_in_the_history_as_such(server: TestClient) -> None:
    nobody = bearer(sub=None, account=None, scope="admin")

    made = server.post("/v1/topics/publish", json={"files": draft()}, headers=nobody).json()

    assert made["by"] == "a token without `sub`"


def test_a_request_that_is_sent_twice_is_done_once(server: TestClient) -> None:
    once = {"Idempotency-Key": "abc"}
    first = post(server, "publish", {"files": draft()}, **once)

    again = post(server, "publish", {"files": draft()}, **once)

    assert again.json() == first.json()
    assert post(server, "publish", {"files": draft("2")}, **once).status_code == 409
    assert len(server.get("/v1/topics/history", headers=ADMIN).json()["items"]) == 1


def test_tenants_never_see_each_others_versions(server: TestClient) -> None:
    ours = post(server, "publish", {"files": draft("from acme")}).json()["version"]
    theirs = server.post(
        "/v1/topics/publish", json={"files": draft("from other")}, headers=OTHER_ADMIN
    ).json()["version"]

    assert "from other" not in server.get("/v1/topics", headers=ADMIN).text
    assert "from acme" not in server.get("/v1/topics", headers=OTHER_ADMIN).text
    assert theirs not in server.get("/v1/topics/history", headers=ADMIN).text
    response = post(server, "rollback", {"version": theirs}, **named(ours))
    assert refused(response, 404)["code"] == "not_found"
    asked = server.post("/v1/ask", json=QUESTION, headers=bearer(tenant="other"))
    assert asked.json()["topics_version"] == theirs
    assert server.post("/v1/ask", json=QUESTION, headers=ADA).json()["topics_version"] == ours


def race(
    clients: dict[str, TestClient], drafts: dict[str, dict[str, str]], headers: dict[str, str]
) -> list[Any]:
    """What two processes answer to two publishers who name the same version and begin together."""
    ready, out = threading.Barrier(len(clients)), list[Any]()

    def send(who: str) -> None:
        ready.wait()
        out.append(post(clients[who], "publish", {"files": drafts[who]}, **headers))

    threads = [threading.Thread(target=send, args=(who,)) for who in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_of_two_publishers_at_once_one_wins_and_the_other_learns_what_is_current(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    settings, headers = published_in(tmp_path, url), dict[str, str]()
    with TestClient(create_app(settings)) as ann, TestClient(create_app(settings)) as bob:
        for one in (ann, bob):
            # The first request of a route makes its models, which is not what races here.
            assert one.post("/v1/topics/publish", json={}).status_code == 401
        for number in range(4):
            drafts = {who: draft(f"{who} {number}") for who in ("ann", "bob")}
            out = race({"ann": ann, "bob": bob}, drafts, headers)

            (won,) = [r for r in out if r.status_code == 200]
            (lost,) = [r for r in out if r.status_code != 200]
            # At the first there was nothing to name, so whoever is late has named nothing.
            assert lost.status_code == (412 if number else 428)
            assert lost.json()["current"] == won.json()["version"]
            headers = named(won.json()["version"])
        assert len(ann.get("/v1/topics/history", headers=ADMIN).json()["items"]) == 4


def until(look: Any, n: int = 300) -> bool:
    """Whether it becomes so before long."""
    for _ in range(n):
        if look():
            return True
        time.sleep(0.1)
    return False


def test_every_process_notices_a_newer_version(server: TestClient, tmp_path: Path) -> None:
    first = post(server, "publish", {"files": draft()}).json()["version"]
    with TestClient(create_app(published_in(tmp_path))) as other:

        def version() -> str:
            return str(other.post("/v1/ask", json=QUESTION, headers=ADA).json()["topics_version"])

        assert version() == first
        second = post(server, "publish", {"files": draft("2")}, **named(first)).json()["version"]

        assert until(lambda: version() == second)
        post(server, "rollback", {}, **named(second))
        assert until(lambda: version() == first)


def test_no_answer_mixes_two_versions(server: TestClient) -> None:
    """Each answer's quotes stand in the very version it names, while versions come and go."""
    versions = [post(server, "publish", {"files": draft("0")}).json()["version"]]
    answers: list[Any] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            answers.append(server.post("/v1/ask", json=QUESTION, headers=ADA).json())

    asking = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in asking:
        thread.start()
    for mark in "1234":
        made = post(server, "publish", {"files": draft(mark)}, **named(versions[-1]))
        versions.append(made.json()["version"])
        # More answers than there were askers on their way.
        enough = len(answers) + 5
        assert until(lambda enough=enough: len(answers) >= enough)
    done.set()
    for thread in asking:
        thread.join()

    store: Store = server.app.state.desk.store  # type: ignore[attr-defined]
    digests = {
        version: {
            name: "sha256:" + hashlib.sha256(text.encode()).hexdigest()
            for name, text in files_of(store, "default", version).items()
        }
        for version in versions
    }
    assert {answer["topics_version"] for answer in answers} == set(versions)
    for answer in answers:
        for quote in answer["quotes"]:
            assert quote["digest"] == digests[answer["topics_version"]][f"{quote['topic']}.md"]


# A server that serves a folder


def test_on_a_server_of_a_folder_publishing_keeps_the_version_and_says_it_is_not_served(
    tmp_path: Path,
) -> None:
    with TestClient(create_app(settings_in(tmp_path))) as client:
        served = client.get("/v1/topics", headers=ADMIN).json()
        assert (served["source"], served["published"]) == ("folder", None)

        body = post(client, "publish", {"files": draft("2")}).json()

        assert not body["serving"]
        assert "TACTFUL_TOPICS=published" in body["help"]
        now_served = client.get("/v1/topics", headers=ADMIN).json()
        assert now_served["version"] == served["version"]
        assert now_served["published"] == body["version"]


# Bounds


def test_an_admin_may_send_a_draft_that_is_larger_than_a_question_may_be(
    server: TestClient,
) -> None:
    large = {**draft(), "large.md": "x" * 600_000}

    assert post(server, "check", {"files": large}).status_code == 200
    for headers in (ADA, key("support"), {}):
        response = server.post("/v1/topics/check", json={"files": large}, headers=headers)
        assert refused(response, 413)
    assert post(server, "rollback", {"note": "x" * 600_000}).status_code == 413


@pytest.mark.parametrize(
    "body",
    [{}, {"files": {}}, {"files": []}, {"files": {"a.md": 1}}, {"files": {"a.md": None}}, [],
     {"files": {"a.md": "\0"}}, {"files": {"a.md": "x" * 2_000_001}}, {"files": {"a.md": ""}, "x": 1}],
)  # fmt: skip
def test_what_is_no_draft_is_refused(server: TestClient, body: Any) -> None:
    for verb in ("check", "publish"):
        refused(post(server, verb, body), 422)


# What is kept ready


def kept_ready(tmp_path: Path, **more: Any) -> tuple[Store, PublishedTopics, list[str]]:
    store, said = Store.open(f"sqlite:///{tmp_path / 'x.db'}"), list[str]()
    topics = PublishedTopics(store, data_dir=None, clock=now, say=said.append, **more)
    return store, topics, said


def put(store: Store, tenant: str, files: dict[str, str], said: str = "none_yet") -> str:
    expected = Expected.model_validate({"said": said})
    return publish(store, tenant, files, expected=expected, by="ada", now=now()).act.version


def test_only_so_many_tenants_are_kept_ready(tmp_path: Path) -> None:
    store, topics, _ = kept_ready(tmp_path, most=2)
    for tenant in "abc":
        put(store, tenant, draft())
    first = topics.of("a")
    topics.of("b")
    assert topics.of("a") is first

    topics.of("c")

    assert topics.told()["tenants_open"] == 2
    # The one asked longest ago was closed, and is opened again when it is asked.
    assert topics.of("a") is first
    assert topics.of("b").workspace.playbook.version == version_of(draft())
    with pytest.raises(NotPublished):
        topics.of("nobody")
    assert topics.told()["tenants_open"] == 2


def test_a_version_is_swapped_whole_and_an_unchanged_one_not_at_all(tmp_path: Path) -> None:
    store, topics, said = kept_ready(tmp_path)
    put(store, "acme", draft())
    before = topics.of("acme")
    topics.refresh()
    assert topics.of("acme") is before

    second = put(store, "acme", draft("2"), "anything")
    topics.refresh()

    assert topics.of("acme").workspace.playbook.version == second
    assert before.workspace.playbook.version == version_of(draft())
    assert said == [f"topics of acme: now serving {second}"]


def test_what_no_longer_compiles_leaves_the_last_good_version(tmp_path: Path) -> None:
    store, topics, said = kept_ready(tmp_path)
    good = put(store, "acme", draft())
    topics.of("acme")
    # As if a newer compiler found an error that an older one let through.
    files = {**draft(), "old.md": BROKEN}
    wanted = Wanted(act="publish", version=version_of(files), at=now(), by="ada")
    make_current(store, "acme", wanted, Expected(said="anything"), files=files)

    topics.refresh()
    topics.refresh()

    serving = topics.of("acme")
    assert serving.workspace.playbook.version == good
    assert serving.broken_since is not None
    assert topics.told()["draft"]["state"] == "broken"
    assert len(said) == 1
    assert "old.md:2" in said[0]
    put(store, "acme", draft("mended"), "anything")
    topics.refresh()
    assert topics.of("acme").broken_since is None


def test_a_tenant_whose_version_cannot_be_served_is_told_nothing_of_its_text(
    tmp_path: Path,
) -> None:
    with TestClient(create_app(published_in(tmp_path)), raise_server_exceptions=False) as client:
        store: Store = client.app.state.desk.store  # type: ignore[attr-defined]
        wanted = Wanted(act="publish", version="sha256:" + "0" * 64, at=now(), by="ada")
        make_current(store, "default", wanted, Expected(said="none_yet"), files={"old.md": BROKEN})

        response = client.post("/v1/ask", json=QUESTION, headers=ADA)

    assert refused(response, 503)["errors"] == []
    assert "old.md" not in response.text


def test_while_the_store_is_away_what_was_published_last_is_served(tmp_path: Path) -> None:
    store, topics, said = kept_ready(tmp_path)
    put(store, "acme", draft())
    before = topics.of("acme")
    with store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE topic_current RENAME TO gone")

    topics.refresh()
    topics.refresh()

    assert topics.of("acme") is before
    assert len(said) == 1
    with store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO topic_current")
    second = put(store, "acme", draft("2"), "anything")
    topics.refresh()
    assert topics.of("acme").workspace.playbook.version == second


def test_a_newer_version_that_cannot_be_read_is_told_once_and_looked_at_again(
    tmp_path: Path,
) -> None:
    store, topics, said = kept_ready(tmp_path)
    put(store, "acme", draft())
    before = topics.of("acme")
    second = put(store, "acme", draft("2"), "anything")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE topic_texts SET text = text || ' '")

    topics.refresh()
    topics.refresh()

    assert topics.of("acme") is before
    assert len(said) == 1
    with store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE topic_texts SET text = substr(text, 1, length(text) - 1)"
        )
    topics.refresh()
    assert topics.of("acme").workspace.playbook.version == second


def test_a_new_day_looks_at_review_dates_again(tmp_path: Path) -> None:
    moment = [now()]
    store = Store.open(f"sqlite:///{tmp_path / 'x.db'}")
    topics = PublishedTopics(store, data_dir=None, clock=lambda: moment[0])
    put(store, "acme", draft())
    before = topics.of("acme")
    moment[0] += timedelta(days=1)

    topics.refresh()

    assert topics.of("acme").workspace is not before.workspace
    assert topics.of("acme").since == before.since


def test_many_who_ask_first_open_a_tenant_once(tmp_path: Path) -> None:
    store, topics, _ = kept_ready(tmp_path)
    put(store, "acme", draft())
    out: list[Any] = []
    threads = [threading.Thread(target=lambda: out.append(topics.of("acme"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(serving) for serving in out}) == 1


def test_an_unreadable_version_at_the_start_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    store, topics, _ = kept_ready(tmp_path)
    put(store, "good", draft())
    wanted = Wanted(act="publish", version="sha256:" + "0" * 64, at=now(), by="ada")
    make_current(store, "bad", wanted, Expected(said="none_yet"), files={"old.md": BROKEN})

    topics.warm()

    assert topics.told()["tenants_open"] == 1
    with pytest.raises(TopicError):
        topics.of("bad")
