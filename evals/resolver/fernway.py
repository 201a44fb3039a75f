"""Questions of our own over the sample company, each with what it may mean, and whether a meaning is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

from skill.model.decision import Meaning, Outcome
from skill.retrieval.resolve import Resolver

HERE = Path(__file__).parent
_PLAIN = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True)
class Asked:
    """One question, and everything that it may honestly mean."""

    form: str
    question: str
    acceptable: tuple[str, ...]
    before: tuple[str, ...] = ()
    """Earlier turns, oldest first."""
    kept: bool = False
    """True where it was kept away from tuning."""


def sixty() -> tuple[Asked, ...]:
    """The questions of `fernway.yaml`, in its order."""
    data = yaml.safe_load((HERE / "fernway.yaml").read_text(encoding="utf-8"))
    return tuple(
        Asked(
            row["form"],
            row["ask"],
            tuple(part.strip() for part in row["is"].split(" | ")),
            tuple(row.get("before", ())),
            half == "kept",
        )
        for half in ("looked_at", "kept")
        for row in data[half]
    )


def phrasings() -> tuple[Asked, ...]:
    """The questions of `phrasings.txt`: mostly named things, each as people write it."""
    out: list[Asked] = []
    for line in (HERE / "phrasings.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        expected, question = (part.strip() for part in line.split("|", 1))
        out.append(Asked("as people write it", question, (_spelled(expected),)))
    return tuple(out)


def _spelled(short: str) -> str:
    """`a+b@price#m=3` as the long form `feature a+b @price #m =3`."""
    if short.startswith("which:"):
        return f"which {short[6:]}"
    if short in _PLAIN:
        return short
    for sign in "@#=":
        short = short.replace(sign, f" {sign}")
    return f"feature {short}"


def fits(meaning: Meaning, acceptable: Sequence[str]) -> bool:
    """True where the meaning is one of the acceptable ones."""
    return any(_is(meaning, one.split()) for one in acceptable)


def _is(meaning: Meaning, told: list[str]) -> bool:
    kind, rest = told[0], told[1:]
    if kind == "which":
        return meaning.outcome is Outcome.WHICH and rest[0] in meaning.candidates
    if kind == "some":
        wanted = set(rest[0].split("+"))
        found = set(meaning.features)
        return meaning.outcome is Outcome.FEATURE and bool(found) and found <= wanted
    if kind != "feature":
        return meaning.outcome is _PLAIN[kind]
    if meaning.outcome is not Outcome.FEATURE or set(meaning.features) != set(rest[0].split("+")):
        return False
    return all(
        {"@": meaning.wants == part[1:], "#": meaning.meter == part[1:]}.get(part[0], True)
        and (part[0] != "=" or meaning.need == Decimal(part[1:]))
        for part in rest[1:]
    )


def told(meaning: Meaning) -> str:
    """A meaning on one line."""
    things = meaning.features or meaning.candidates
    amount = f" #{meaning.meter}" if meaning.meter else ""
    need = f" ={meaning.need}" if meaning.need is not None else ""
    wants = f" @{meaning.wants}" if meaning.wants != "access" else ""
    return f"{meaning.outcome.value} {'+'.join(things)}{wants}{amount}{need}".strip()


def outcomes(resolver: Resolver, questions: Sequence[Asked]) -> list[tuple[Asked, Meaning, bool]]:
    """Each question with what it was taken to mean and whether that fits."""
    out = []
    for one in questions:
        meaning = resolver.resolve(one.question, one.before)
        out.append((one, meaning, fits(meaning, one.acceptable)))
    return out
