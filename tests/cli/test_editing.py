"""Topics in an editor: a real client speaks to `tactful topics lsp` over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from skill.cli.exits import USAGE
from skill.compiler.schema import playbook_schema, schema_text
from skill.model.playbook import Playbook

ROOT = Path(__file__).parents[2]
TACTFUL = Path(sys.executable).with_name("tactful")
FEATURES = """---
kind: features
owner: ada@fernway.example
review_by: 2099-01-01
---
# Features

### What customers can read

> **Answer:** {bundle} has {feature}.

## Audit log

| Field | Value |
|---|---|
| What it does | Shows who changed what. |
| Free for all | yes |
"""
BUNDLES = """---
kind: product-bundles
owner: ada@fernway.example
review_by: 2099-01-01
---
# Bundles

## Team

| Field | Value |
|---|---|
| Sold as | plan |
| Unlocks | Audit log |
| Price | EUR 10 per month |
"""
CAN = lsp.ClientCapabilities(
    workspace=lsp.WorkspaceClientCapabilities(
        did_change_watched_files=lsp.DidChangeWatchedFilesClientCapabilities(
            dynamic_registration=True
        )
    )
)


class Editor:
    """A client of the server, and what it was told."""

    def __init__(self, folder: Path, client: LanguageClient) -> None:
        self.folder = folder
        self.client = client
        self.told: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.news = asyncio.Condition()
        self.version = 0
        self.registered: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

        @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def _(params: lsp.RegistrationParams) -> None:
            self.registered.set_result([r.method for r in params.registrations])

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def _(params: lsp.PublishDiagnosticsParams) -> None:
            async with self.news:
                self.told[params.uri] = params
                self.news.notify_all()

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def open(self, name: str, text: str) -> None:
        self.version += 1
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(
                lsp.TextDocumentItem(self.uri(name), "markdown", self.version, text)
            )
        )
        await self.until(name, self.version)

    async def type(self, name: str, text: str) -> list[lsp.Diagnostic]:
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.version, self.uri(name)),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return await self.until(name, self.version)

    async def until(self, name: str, version: int) -> list[lsp.Diagnostic]:
        """What was found in a file, as of a version of it."""
        return await self.when(name, lambda told: told.version == version)

    async def when(
        self, name: str, is_so: Callable[[lsp.PublishDiagnosticsParams], bool]
    ) -> list[lsp.Diagnostic]:
        uri = self.uri(name)
        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(lambda: uri in self.told and is_so(self.told[uri]))
        return list(self.told[uri].diagnostics)

    def document(self, name: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(name))


@asynccontextmanager
async def editor(folder: Path) -> Any:
    """An editor with the server started, which is shut down in the end as the protocol wants it."""
    client = LanguageClient("an-editor", "1")
    one = Editor(folder, client)
    await client.start_io(str(TACTFUL), "topics", "lsp")
    try:
        async with asyncio.timeout(60):
            await client.initialize_async(lsp.InitializeParams(capabilities=CAN))
            client.initialized(lsp.InitializedParams())
        yield one
        async with asyncio.timeout(60):
            await client.shutdown_async(None)
            client.exit(None)
            assert client._server is not None
            assert await client._server.wait() == 0
    finally:
        if client._server is not None and client._server.returncode is None:
            client._server.kill()
            await client._server.wait()
        await client.stop()


def run(folder: Path, work: Callable[[Editor], Awaitable[None]]) -> None:
    """Do some work in an editor."""

    async def whole() -> None:
        async with editor(folder) as one:
            await work(one)

    asyncio.run(whole())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of Topics without a finding."""
    at = tmp_path / "my topics"
    at.mkdir()
    (at / "features.md").write_text(FEATURES, "utf-8")
    (at / "bundles.md").write_text(BUNDLES, "utf-8")
    return at


def position(text: str, words: str, skip: int = 0) -> lsp.Position:
    """Where some words begin, in UTF-16 as the protocol counts."""
    at = text.index(words) + skip
    line = text[:at].rpartition("\n")[2]
    return lsp.Position(text[:at].count("\n"), len(line.encode("utf-16-le")) // 2)


def test_a_slip_is_told_while_it_is_typed_and_taken_back_when_it_is_mended(folder: Path) -> None:
    async def work(one: Editor) -> None:
        await one.open("bundles.md", BUNDLES)
        (found,) = await one.type("bundles.md", BUNDLES.replace("Audit log", "Audti log"))
        assert (found.code, found.severity) == ("T103", lsp.DiagnosticSeverity.Error)
        assert "help: did you mean `Audit log`" in found.message
        assert found.code_description is not None
        assert found.code_description.href.endswith("/T103.md")
        assert await one.type("bundles.md", BUNDLES) == []

    run(folder, work)


def test_places_are_counted_in_utf_16(folder: Path) -> None:
    text = FEATURES.replace("Shows who", "Shows 🙂 who").replace(
        "> **Answer:** {bundle} has {feature}.",
        "> **Answer:** 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂 {bundle} has {featrue}.",
    )

    async def work(one: Editor) -> None:
        await one.open("features.md", FEATURES)
        (found,) = await one.type("features.md", text)
        assert (found.code, found.range.start) == ("T203", position(text, "{featrue}"))
        (action,) = await one.client.text_document_code_action_async(
            lsp.CodeActionParams(
                one.document("features.md"), found.range, lsp.CodeActionContext([found])
            )
        )
        (edit,) = action.edit.changes[one.uri("features.md")]
        assert edit.range.start == position(text, "{featrue}")
        assert edit.range.end == position(text, "{featrue}", len("{featrue}"))
        assert edit.new_text == "{feature}"
        (start, end) = position(text, "{featrue}", 1), position(text, "{featrue}", 9)
        offered = await one.client.text_document_completion_async(
            lsp.CompletionParams(one.document("features.md"), start)
        )
        assert offered.items
        at = position(text, "{bundle}", 1)
        said = await one.client.text_document_hover_async(
            lsp.HoverParams(one.document("features.md"), at)
        )
        assert said.contents.value.startswith("`{bundle}`: what is offered")
        assert all(i.text_edit.range == lsp.Range(start, end) for i in offered.items)

    run(folder, work)


def test_findings_of_files_that_are_not_open_are_told_and_taken_back(folder: Path) -> None:
    renamed = FEATURES.replace("## Audit log", "## Activity feed")

    async def work(one: Editor) -> None:
        await one.open("features.md", FEATURES)
        await one.type("features.md", renamed)
        (found,) = await one.when("bundles.md", lambda told: bool(told.diagnostics))
        assert found.code == "T103"
        await one.type("features.md", FEATURES)
        assert await one.when("bundles.md", lambda told: not told.diagnostics) == []

    run(folder, work)


def test_a_file_that_changes_on_disk_is_read_again(folder: Path) -> None:
    async def work(one: Editor) -> None:
        await one.open("bundles.md", BUNDLES)
        (folder / "features.md").write_text(FEATURES.replace("Audit log", "Feed"), "utf-8")
        one.client.text_document_did_save(lsp.DidSaveTextDocumentParams(one.document("bundles.md")))
        (found,) = await one.when("bundles.md", lambda told: bool(told.diagnostics))
        assert found.code == "T103"

    run(folder, work)


def test_names_are_offered_explained_found_and_renamed_over_the_folder(folder: Path) -> None:
    typed = BUNDLES.replace("| Unlocks | Audit log |", "| Unlocks | Au |")

    async def work(one: Editor) -> None:
        await one.open("bundles.md", typed)
        document = one.document("bundles.md")
        offered = await one.client.text_document_completion_async(
            lsp.CompletionParams(document, position(typed, "| Au |", 4))
        )
        assert [(i.label, i.text_edit.new_text) for i in offered.items] == [("Audit log",) * 2]
        await one.type("bundles.md", BUNDLES)
        at = position(BUNDLES, "Audit log")
        said = await one.client.text_document_hover_async(lsp.HoverParams(document, at))
        assert "Shows who changed what." in said.contents.value
        there = await one.client.text_document_definition_async(lsp.DefinitionParams(document, at))
        assert there.uri == one.uri("features.md")
        assert there.range.start == position(FEATURES, "Audit log")
        used = await one.client.text_document_references_async(
            lsp.ReferenceParams(lsp.ReferenceContext(True), document, at)
        )
        assert [u.uri for u in used] == [one.uri("features.md"), one.uri("bundles.md")]
        edit = await one.client.text_document_rename_async(
            lsp.RenameParams(text_document=document, position=at, new_name="Feed")
        )
        assert {uri: [e.new_text for e in edits] for uri, edits in edit.changes.items()} == {
            one.uri("features.md"): ["Feed"],
            one.uri("bundles.md"): ["Feed"],
        }

    run(folder, work)


def test_a_file_is_outlined_and_laid_out(folder: Path) -> None:
    rough = BUNDLES.replace("| Sold as | plan |", "|Sold as|plan|\n")

    async def work(one: Editor) -> None:
        await one.open("bundles.md", BUNDLES)
        document = one.document("bundles.md")
        (title,) = await one.client.text_document_document_symbol_async(
            lsp.DocumentSymbolParams(document)
        )
        assert (title.name, [s.name for s in title.children]) == ("Bundles", ["Team"])
        options = lsp.FormattingOptions(tab_size=4, insert_spaces=True)
        ask = lsp.DocumentFormattingParams(document, options)
        assert not await one.client.text_document_formatting_async(ask)
        await one.type("bundles.md", rough.replace("plan|\n\n", "plan|\n"))
        (edit,) = await one.client.text_document_formatting_async(ask)
        assert edit.new_text == BUNDLES

    run(folder, work)


def test_a_folder_that_vanishes_and_a_file_of_another_kind_end_nothing(folder: Path) -> None:
    async def work(one: Editor) -> None:
        await one.open("bundles.md", BUNDLES)
        shutil.rmtree(folder)
        (found,) = await one.type("bundles.md", BUNDLES + "\n")
        assert found.code == "T103"  # the file that declares it is gone
        await one.open("readme.md", "# Not a Topic\n")
        hover = lsp.HoverParams(one.document("readme.md"), lsp.Position(99, 99))
        assert await one.client.text_document_hover_async(hover) is None

    run(folder, work)


def test_a_folder_without_topics_is_left_alone_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n", "utf-8")
    before = sorted((p.name, p.read_bytes()) for p in tmp_path.iterdir())

    async def work(one: Editor) -> None:
        await one.open("diary.md", "# Diary\n\n| a |\n")
        assert not one.told[one.uri("diary.md")].diagnostics
        assert one.uri("notes.md") not in one.told

    run(tmp_path, work)
    assert sorted((p.name, p.read_bytes()) for p in tmp_path.iterdir()) == before


def test_the_server_listens_on_this_machine_alone_where_a_port_is_given(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def connected(client: LanguageClient, server: subprocess.Popen[bytes]) -> None:
        while server.poll() is None:
            try:
                return await client.start_tcp("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)  # it is still starting; its end would be seen above
        raise AssertionError("the server ended")

    async def whole(server: subprocess.Popen[bytes]) -> None:
        client = LanguageClient("an-editor", "1")
        async with asyncio.timeout(60):
            await connected(client, server)
            known = await client.initialize_async(
                lsp.InitializeParams(capabilities=lsp.ClientCapabilities())
            )
            assert known.server_info.name == "tactful"
            await client.shutdown_async(None)
            client.exit(None)
            assert await asyncio.to_thread(server.wait) == 0
            await client.stop()

    command = [str(TACTFUL), "topics", "lsp", "--tcp", str(port)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        asyncio.run(whole(server))
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("lacking", ["pygls", "lsprotocol"])
def test_without_the_extra_the_command_says_what_to_install(lacking: str) -> None:
    code = f"import sys; sys.modules[{lacking!r}] = None; from skill.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "topics", "lsp"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "pip install 'tactful[lsp]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_starts_without_the_language_server() -> None:
    code = (
        "import sys, skill.cli.app; print([m for m in sys.modules if m in ('pygls', 'lsprotocol')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture(scope="module")
def printed() -> str:
    """What the command prints."""
    command = [str(TACTFUL), "topics", "schema"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_printed_schema_is_one_and_the_sample_company_fits_it(
    printed: str, fernway: Playbook
) -> None:
    schema = json.loads(printed)
    Draft202012Validator.check_schema(schema)
    compiled = json.loads(fernway.model_dump_json())
    assert list(Draft202012Validator(schema).iter_errors(compiled)) == []
    compiled["features"]["csv-export"]["free_for_all"] = "maybe"
    (wrong,) = Draft202012Validator(schema).iter_errors(compiled)
    assert list(wrong.absolute_path) == ["features", "csv-export", "free_for_all"]


def test_the_schema_describes_fields_by_their_docstrings() -> None:
    fields = playbook_schema()["$defs"]["Feature"]["properties"]
    assert fields["alternatives"]["description"] == (
        "Keys of features that do the job for free today."
    )


def test_the_published_schema_is_current() -> None:
    published = ROOT / "docs" / "reference" / "playbook.schema.json"
    assert published.read_text("utf-8") == schema_text() + "\n"


def test_the_page_on_editors_starts_the_command_that_there_is() -> None:
    page = (ROOT / "docs" / "how-to" / "edit-topics.md").read_text("utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))
    server = tomllib.loads(blocks["toml"])["language-server"]["tactful"]
    assert [server["command"], *server["args"]] == ["tactful", "topics", "lsp"]
    assert json.loads(blocks["json"])["main"] == "./extension.js"
    assert '"tactful", "topics", "lsp"' in blocks["lua"]
    assert '"tactful" "topics" "lsp"' in blocks["lisp"]
    assert 'command: "tactful", args: ["topics", "lsp"]' in blocks["js"]


def test_a_name_that_is_taken_is_refused_in_one_sentence(folder: Path) -> None:
    async def work(one: Editor) -> None:
        await one.open("features.md", FEATURES + "\n## Feed\n")
        ask = lsp.RenameParams(
            text_document=one.document("features.md"),
            position=position(FEATURES, "## Audit log", 5),
            new_name="feed",
        )
        with pytest.raises(JsonRpcException, match=r"`Feed` .* has that name"):
            await one.client.text_document_rename_async(ask)

    run(folder, work)


def test_a_client_that_can_tell_of_changed_files_is_asked_to_and_heard(folder: Path) -> None:
    async def work(one: Editor) -> None:
        assert await asyncio.wait_for(one.registered, 60) == [
            lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
        ]
        await one.open("bundles.md", BUNDLES)
        (folder / "features.md").unlink()
        gone = lsp.FileEvent(one.uri("features.md"), lsp.FileChangeType.Deleted)
        one.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([gone]))
        (found,) = await one.when("bundles.md", lambda told: bool(told.diagnostics))
        assert found.code == "T103"

    run(folder, work)


def test_the_server_ends_with_its_editor() -> None:
    command = [str(TACTFUL), "topics", "lsp"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
