"""The language server: what a client tells and asks, wired to the folder that holds the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from skill.errors import InputError
from skill.lsp import answers
from skill.lsp.desk import Desk, Leaf
from skill.lsp.folder import OpenFolder
from skill.lsp.wire import Sheet, Units, diagnostic

LOOPBACK = "127.0.0.1"


class TopicsServer(LanguageServer):
    """A language server with the folders that are open in its client."""

    def __init__(self, today: Callable[[], date]) -> None:
        # Whole texts, not parts: where lines end is then read by the compiler alone.
        super().__init__(
            "tactful",
            version("tactful"),
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.desk = Desk(today, to_fs_path, from_fs_path)
        for method, answer, options in _ANSWERS:
            self.feature(method, options)(answer)

    @property
    def units(self) -> Units:
        """How the client counts letters."""
        return self.workspace.position_codec

    def leaf(self, document: types.TextDocumentIdentifier) -> Leaf | None:
        """The open file that a client asks about."""
        return self.desk.leaf(document.uri)

    def publish(self, folder: OpenFolder, version: int | None = None, edited: str = "") -> None:
        """Tell the findings of every file of a folder, and that there are none any more where there were."""
        found = folder.findings() if self.desk.is_open(folder) else {}
        by_address = {self.desk.address(folder, name): name for name in found}
        told = self.desk.told.pop(folder.path, set())
        for address in sorted(told | set(by_address) | ({edited} if edited else set())):
            name = by_address.get(address, "")
            sheet = Sheet(folder.text(name), self.units)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    uri=address,
                    diagnostics=[diagnostic(d, sheet) for d in found.get(name, ())],
                    version=version if address == edited else None,
                )
            )
        if by_address:
            self.desk.told[folder.path] = set(by_address)


def serve(today: Callable[[], date], port: int | None = None) -> None:
    """Speak the protocol over standard input and output, or to one client at a port of this machine."""
    server = TopicsServer(today)
    if port is None:
        server.start_io()
    else:
        server.start_tcp(LOOPBACK, port)


def _initialized(ls: TopicsServer, _: types.InitializedParams) -> None:
    """Ask to be told of files that change outside the editor, where the client can tell."""
    workspace = ls.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if not (watched and watched.dynamic_registration):
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        watchers=[types.FileSystemWatcher(glob_pattern="**/*.md")]
    )
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    registration = types.Registration(id=method, method=method, register_options=options)
    ls.client_register_capability(types.RegistrationParams([registration]))


def _opened(ls: TopicsServer, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    _typed(ls, document.uri, document.text, document.version)


def _changed(ls: TopicsServer, params: types.DidChangeTextDocumentParams) -> None:
    if params.content_changes:
        document = params.text_document
        _typed(ls, document.uri, params.content_changes[-1].text, document.version)


def _typed(ls: TopicsServer, address: str, text: str, version: int) -> None:
    folder = ls.desk.put(address, text)
    if folder is not None:
        ls.publish(folder, version, address)


def _saved(ls: TopicsServer, params: types.DidSaveTextDocumentParams) -> None:
    leaf = ls.leaf(params.text_document)
    if leaf is not None:
        ls.publish(leaf.folder)


def _closed(ls: TopicsServer, params: types.DidCloseTextDocumentParams) -> None:
    folder = ls.desk.close(params.text_document.uri)
    if folder is not None:
        ls.publish(folder)


def _watched(ls: TopicsServer, params: types.DidChangeWatchedFilesParams) -> None:
    leaves = [ls.desk.leaf(change.uri) for change in params.changes]
    for folder in {leaf.folder.path: leaf.folder for leaf in leaves if leaf}.values():
        ls.publish(folder)


def _completion(ls: TopicsServer, params: types.CompletionParams) -> types.CompletionList:
    leaf = ls.leaf(params.text_document)
    items = answers.completion(leaf, params.position, ls.units) if leaf else []
    return types.CompletionList(is_incomplete=False, items=items)


def _hover(ls: TopicsServer, params: types.HoverParams) -> types.Hover | None:
    leaf = ls.leaf(params.text_document)
    return answers.hover(leaf, params.position, ls.units) if leaf else None


def _definition(ls: TopicsServer, params: types.DefinitionParams) -> types.Location | None:
    leaf = ls.leaf(params.text_document)
    return answers.definition(leaf, params.position, ls.desk, ls.units) if leaf else None


def _references(ls: TopicsServer, params: types.ReferenceParams) -> list[types.Location]:
    leaf = ls.leaf(params.text_document)
    if leaf is None:
        return []
    declared = params.context.include_declaration
    return answers.references(leaf, params.position, ls.desk, ls.units, with_declaration=declared)


def _symbols(ls: TopicsServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    leaf = ls.leaf(params.text_document)
    return answers.symbols(leaf, ls.units) if leaf else []


def _actions(ls: TopicsServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    leaf = ls.leaf(params.text_document)
    if leaf is None:
        return []
    asked = params.context.only
    only = None if asked is None else [str(getattr(kind, "value", kind)) for kind in asked]
    return answers.actions(leaf, params.range, only, params.text_document.uri, ls.units)


def _formatting(ls: TopicsServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    leaf = ls.leaf(params.text_document)
    return answers.formatting(leaf, ls.units) if leaf else []


def _can_rename(
    ls: TopicsServer, params: types.PrepareRenameParams
) -> types.PrepareRenamePlaceholder | None:
    leaf = ls.leaf(params.text_document)
    return answers.can_rename(leaf, params.position, ls.units) if leaf else None


def _rename(ls: TopicsServer, params: types.RenameParams) -> types.WorkspaceEdit | None:
    leaf = ls.leaf(params.text_document)
    try:
        return (
            answers.rename(leaf, params.position, params.new_name, ls.desk, ls.units)
            if leaf
            else None
        )
    except InputError as wrong:
        raise JsonRpcInvalidParams(wrong.detail) from wrong


_ANSWERS: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    (types.INITIALIZED, _initialized, None),
    (types.TEXT_DOCUMENT_DID_OPEN, _opened, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, _changed, None),
    (types.TEXT_DOCUMENT_DID_SAVE, _saved, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, _closed, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _watched, None),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        _completion,
        types.CompletionOptions(trigger_characters=["|", "{", "*", ":", ",", " ", "."]),
    ),
    (types.TEXT_DOCUMENT_HOVER, _hover, None),
    (types.TEXT_DOCUMENT_DEFINITION, _definition, None),
    (types.TEXT_DOCUMENT_REFERENCES, _references, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, _symbols, None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        _actions,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, answers.FIX_ALL]),
    ),
    (types.TEXT_DOCUMENT_FORMATTING, _formatting, None),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, _can_rename, None),
    (types.TEXT_DOCUMENT_RENAME, _rename, types.RenameOptions(prepare_provider=True)),
)
"""What is answered, by the method of the protocol, with its options."""
