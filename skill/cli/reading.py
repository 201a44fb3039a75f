"""`tactful topics explain, slots, fmt, diff`: rules read back, slots with examples, a tidy layout, and what changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError

if TYPE_CHECKING:
    from skill.compiler.explain import Matrix, Sentence
    from skill.compiler.folder import Compiled
    from skill.model.playbook import Bundle, Playbook

Folder = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Folder of Topics.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_TITLES = {
    "feature": "Features",
    "bundle": "What is sold",
    "meter": "What is counted",
    "trait": "What is known of an account",
    "role": "Roles",
    "audience": "Audiences",
    "moment": "The journey",
    "threshold": "Signals",
    "play": "Plays, in their order",
    "restraint": "When we stay quiet",
    "article": "Help pages",
    "setting": "Settings of the workspace",
}


def register(topics_app: typer.Typer) -> None:
    """Add these commands."""
    topics_app.command("explain")(explain)
    topics_app.command("slots")(slots)
    topics_app.command("fmt")(fmt)
    topics_app.command("diff")(diff)


def explain(
    folder: Folder = None,
    only: Annotated[
        str | None, typer.Option(metavar="NAME", help="One thing, or one kind such as `play`.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read every rule back as a plain sentence with its place, and every feature as a matrix of plans."""
    with exits():
        from skill.compiler.explain import matrix, sentences

        playbook = _compiled(folder).playbook
        said, table = sentences(playbook), matrix(playbook)
        if only is not None:
            said, table = _only(only, said, table)
        if as_json:
            rows = [
                s.model_dump(exclude={"span"}) | {"file": s.span.file, "line": s.span.line}
                for s in said
            ]
            body = {"sentences": rows, "matrix": table.model_dump(mode="json")}
            typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
            return
        blocks = []
        for what, title in _TITLES.items():
            own = [f"- {s.text} ({s.span})" for s in said if s.what == what]
            blocks += ["\n".join([f"# {title}", "", *own])] if own else []
        if table.rows:
            blocks.append(f"# Every feature, plan by plan\n\n{table.markdown()}")
        typer.echo("\n\n".join(blocks))


def _only(
    name: str, said: tuple[Sentence, ...], table: Matrix
) -> tuple[tuple[Sentence, ...], Matrix]:
    """The sentences and rows of one thing, or of one kind of thing."""
    from skill.compiler.labels import nearest_help
    from skill.model.common import slug

    key = slug(name)
    kinds = [key, key.removesuffix("s")]
    chosen = tuple(s for s in said if slug(s.name) == key or s.what in kinds)
    rows = tuple(r for r in table.rows if r.feature == key or "feature" in kinds)
    if not chosen and not rows:
        known = dict.fromkeys((*(s.name for s in said), *_TITLES))
        raise InputError(
            f"nothing is called `{name}`", pointer="--only", help=nearest_help(name, known)
        )
    return chosen, table.model_copy(update={"rows": rows})


def slots(folder: Folder = None, as_json: AsJson = False) -> None:
    """Say which words in {curly} brackets can be filled in under which label, each with an example."""
    with exits():
        from skill.compiler.labels import LABELS

        playbook = _compiled(folder).playbook
        examples = slot_examples(playbook)
        signals = {
            f"{t.key}.{part}": examples[part] for t in playbook.thresholds for part in _OF_SIGNALS
        }
        by_label = {
            f"{label} {of.subject.upper()}".strip(): {
                s: examples[s] for s in dict.fromkeys(of.slots)
            }
            for label, of in LABELS.items()
        }
        if as_json:
            body = {"labels": by_label, "signals": signals}
            typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
            return
        for label, of in zip(by_label, LABELS.values(), strict=True):
            typer.echo(f"{label}: {of.used_for}")
            typer.echo(_table(by_label[label]) + "\n")
        if signals:
            typer.echo("The signals of this folder, under every label")
            typer.echo(_table(signals))


def _table(examples: Mapping[str, str]) -> str:
    width = max(map(len, examples), default=0) + 2
    return "\n".join(f"  {'{' + slot + '}':<{width}}  {said}" for slot, said in examples.items())


_OF_SIGNALS = ("count", "value", "window", "percent")
"""What the words about a signal may name with its key in front."""


def slot_examples(playbook: Playbook) -> dict[str, str]:
    """An example for every slot: from this folder's own data where it has some, else the built-in one."""
    from skill.compiler.labels import SLOTS
    from skill.compiler.sentences import joined

    bundles = sorted(playbook.bundles.values(), key=lambda b: b.position)
    plans = [b.name for b in bundles if b.sold_as == "plan"]
    extras = [b for b in bundles if b.sold_as != "plan"]
    features = list(playbook.features.values())
    sold = next((b for b in (*extras, *bundles) if b.prices and b.unlocks), None)
    asked = next((f for f in features if sold and f.key in sold.unlocks), None)
    asked = asked or next(iter(features), None)
    other = next((f.alternatives[0] for f in (asked, *features) if f and f.alternatives), "")
    own = {
        "plan": plans[0] if plans else "",
        "first_step": plans[1] if len(plans) > 1 else "",
        "feature": asked.name if asked else "",
        "bundle": sold.name if sold else "",
        "price": sold.prices[0].text if sold else "",
        "trial": next((b.try_it for b in bundles if b.try_it), ""),
        "workaround": playbook.features[other].name if other in playbook.features else "",
        "setting": next((s.value for b in bundles for s in b.settings), ""),
        "options": joined([f.name for f in features[:3]], "or"),
        **_amounts(bundles, playbook),
    }
    return {slot: own.get(slot) or built_in for slot, built_in in SLOTS.items()}


def _amounts(bundles: list[Bundle], playbook: Playbook) -> dict[str, str]:
    """A limit of this folder, four fifths of it used."""
    from skill.model.common import plain_number

    limits = [x for b in bundles for x in b.limits if x.value and not x.extends]
    if not limits:
        return {}
    limit = next((x for x in limits if x.value and x.value >= 100), limits[0])
    whole = limit.value or Decimal(1)
    used = Decimal(int(whole * 4 / 5))
    meter = playbook.meters.get(limit.meter)
    return {
        "limit": plain_number(whole),
        "used": plain_number(used),
        "value": plain_number(used),
        "left": plain_number(whole - used),
        "percent": f"{int(used * 100 / whole)}%",
        "meter": meter.name if meter else limit.meter,
    }


def fmt(
    folder: Folder = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where a file would change.")
    ] = False,
) -> None:
    """Lay the files out in one way: tables, headings, quotes, blank lines. No word is ever changed."""
    with exits():
        from skill.cli.workspace import topics_folder
        from skill.compiler.folder import read_folder, write_whole
        from skill.compiler.format import formatted

        at = topics_folder(folder)
        sources = read_folder(at)
        # A byte order mark and foreign line ends are layout too, and reading hides the mark.
        new = {name: formatted(text, name) for name, text in sources.items()}
        changed = [n for n, text in new.items() if text.encode() != (at / n).read_bytes()]
        for name in changed:
            if not check:
                write_whole(at / name, new[name])
            typer.echo(f"{'would change' if check else 'changed'}: {name}")
        same = len(new) - len(changed)
        note(
            f"{len(changed)} of {len(new)} files {'would change' if check else 'changed'}, {same} fine"
        )
        if check and changed:
            raise typer.Exit(FINDINGS)


def diff(
    old: Annotated[str, typer.Argument(help="A folder, or a git revision such as HEAD~1.")],
    new: Annotated[
        str | None,
        typer.Argument(help="A folder or revision. Without it, a folder is compared with HEAD."),
    ] = None,
    as_json: AsJson = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Status 1 where something differs.")
    ] = False,
) -> None:
    """Say what changed in wording, rules and prices, thing by thing; a new layout is no change."""
    with exits():
        from skill.compiler import difference

        if new is None:
            old, new = ("HEAD", old) if Path(old).is_dir() else (old, str(_usual_folder()))
        sides = [_side(side, other) for side, other in ((old, new), (new, old))]
        for named, compiled in zip((old, new), sides, strict=True):
            errors = sum(d.severity.value == "error" for d in compiled.diagnostics)
            if errors:
                said = f"{errors} error{'s' if errors > 1 else ''}"
                note(f"{named}: {said}; compared as far as it compiles")
        found = difference.differences(sides[0].playbook, sides[1].playbook)
        if as_json:
            typer.echo(difference.as_json(found))
        elif found:
            typer.echo(difference.as_text(found))
        note(f"{len(found)} difference{'' if len(found) == 1 else 's'}")
        if found and exit_code:
            raise typer.Exit(FINDINGS)


def _compiled(folder: Path | None) -> Compiled:
    """A folder as it compiles; what cannot be read is left out, and said."""
    from skill.cli.workspace import topics_folder

    at = topics_folder(folder)
    compiled = _compile(at)
    errors = sum(d.severity.value == "error" for d in compiled.diagnostics)
    if errors:
        said = f"{errors} error{'s' if errors > 1 else ''}"
        note(f"{said}: what they stand in is left out; see `tactful topics check {at}`")
    return compiled


def _compile(folder: Path) -> Compiled:
    from skill import clock
    from skill.compiler.folder import Compiler

    return Compiler().compile_folder(folder, clock.now().date())


def _usual_folder() -> Path:
    from skill.cli.workspace import topics_folder

    return Path("topics") if Path("topics").is_dir() else topics_folder(None)


def _side(named: str, other: str) -> Compiled:
    """One side of a comparison: a folder, or a revision of the repository that holds the other side."""
    if Path(named).is_dir():
        return _compile(Path(named))
    if named.startswith("-"):
        raise InputError(
            f"`{named}` is no revision", help="name a folder, or a revision such as HEAD~1"
        )
    revision, colon, inside = named.partition(":")
    at = Path(other) if Path(other).is_dir() else Path.cwd()
    top, path = _place(at, named)
    if colon:
        path = inside.strip("/")
    elif not Path(other).is_dir():
        # Two revisions: the second may say which folder is meant.
        path = other.partition(":")[2].strip("/") or "topics"
    with tempfile.TemporaryDirectory() as made:
        _check_out(top, revision, path, Path(made))
        return _compile(Path(made))


def _place(at: Path, named: str) -> tuple[Path, str]:
    """The top of the repository that holds this folder, and the folder's path in it."""
    told = _git(at, "rev-parse", "--show-toplevel", "--show-prefix")
    if told is None:
        raise InputError(
            f"`{named}` is no folder, and {at} is in no git repository to look for a revision in",
            help="name two folders, or run this inside the repository",
        )
    top, prefix = (*os.fsdecode(told).splitlines(), "")[:2]
    return Path(top), prefix.strip("/")


_MODES = re.compile(r"(?P<mode>\d+) (?P<type>\w+) (?P<blob>[0-9a-f]+)\t(?P<name>.+)", re.DOTALL)


def _check_out(top: Path, revision: str, path: str, target: Path) -> None:
    """Write the Topics of a folder as they were at a revision.

    Raises:
        InputError: there is no such revision, no such folder in it, or a link among its Topics.
    """
    commit = _git(
        top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit is None:
        raise InputError(
            f"no folder and no git revision `{revision}`",
            pointer=revision,
            help="`git log --oneline` lists the revisions",
        )
    tree = f"{commit.decode().strip()}:{path}"
    listed = _git(top, "ls-tree", "-z", "--full-tree", tree)
    if listed is None:
        raise InputError(
            f"no folder `{path or '.'}` at {revision}", help=f"name it as in `{revision}:topics`"
        )
    for entry in os.fsdecode(listed).split("\0"):
        found = _MODES.fullmatch(entry)
        if found is None or found["type"] != "blob" or not found["name"].endswith(".md"):
            continue
        if found["mode"] == "120000":
            raise InputError(f"`{found['name']}` is a link at {revision}: Topics are plain files")
        (target / found["name"]).write_bytes(_git(top, "show", found["blob"]) or b"")
    if not any(target.iterdir()):
        raise InputError(f"no Topics in `{path or '.'}` at {revision}")


def _git(at: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where it says no.

    Raises:
        InputError: there is no git.
    """
    try:
        done = subprocess.run(["git", "-C", str(at), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise InputError(
            "git is not installed, so a revision cannot be read", help="compare two folders instead"
        ) from None
    return done.stdout if done.returncode == 0 else None
