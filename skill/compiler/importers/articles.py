"""Help pages as Topics: an article for each section with the feature that it needs, and plans where pages name them.

What customers may not read as it stands, above all a price typed into the text, stands under `Internal only`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from skill.compiler.folder import Compiler
from skill.compiler.importers.drafts import Draft
from skill.compiler.importers.help_pages import HelpPage, read_pages
from skill.compiler.importers.help_text import Passage, Read, plain, read_text
from skill.compiler.importers.plain import plain_name, shown
from skill.compiler.importers.writing import GENERATED, Imported, Page, write
from skill.compiler.text import MARKER
from skill.compiler.wording import wording_problem
from skill.errors import InputError
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.model.topic import Diagnostic, Severity

MAX_CHARS = 1_000_000
"""Of one file of articles; a Topic may have twice as much."""
_MAX_HEADING = 160
_ROUNDS = 10
"""What goes inside may be repeated by what was outside, which then goes inside too."""
_TOLD = 3
"""So many places are named of what happens often."""
_OURS = re.compile(r"articles(?:-\d+)?\.md")
_FRONT = 2_000
"""So many characters a front matter has at most."""
_UNSAFE = re.compile(r"[|*`#\\<>\[\]]")
_FOR_US = re.compile(
    r"^\W*(?:\d+\W+)?internal(?: \w+){0,2}\W*:|\binternal (?:use|only)\b|\bnot for customers\b",
    re.IGNORECASE | re.MULTILINE,
)
"""What says of itself that it is not for customers."""
_INTERNAL = re.compile(r"\binternal\b", re.IGNORECASE)


@dataclass(frozen=True)
class HelpTopics(Imported):
    """What an import of help pages made: the pages of every import, and the text of the articles beside them."""

    articles: Mapping[str, str] = field(default_factory=dict)
    """The text of each file of articles by its name."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """For the key of each article the file, or the line of a file, that it came from."""

    @property
    def files(self) -> dict[str, str]:
        """The text of each Topic file by its name."""
        return {**super().files, **self.articles}

    def count(self, kind: str) -> int:
        """How many things there are of a kind."""
        return len(self.origins) if kind == "articles" else super().count(kind)


@dataclass(frozen=True)
class _Article:
    """One section of a page: what customers may read of it, and what stays inside."""

    heading: str
    origin: str
    needs: tuple[str, ...]
    is_internal: bool
    said: tuple[Passage, ...]
    inside: tuple[Passage, ...] = ()

    def without(self, at: int) -> _Article:
        """The same with one passage moved inside."""
        moved = (*self.inside, self.said[at])
        return replace(self, said=(*self.said[:at], *self.said[at + 1 :]), inside=moved)


def import_articles(
    paths: Sequence[Path],
    *,
    today: date,
    name: str = "",
    owner: str = "",
    beside: Mapping[str, str] | None = None,
) -> HelpTopics:
    """The Topics of help pages: articles, and the features and plans that the pages name.

    A page needs the features that it names, and one whose title is a feature of the folder needs that feature.

    Args:
        paths: Markdown files, JSON lines with `title` and `text`, or folders of them.
        today: The day of the import.
        name: The product's name, where it is known.
        owner: Who looks after the Topics.
        beside: Topics of the folder already; their features and plans are used and not made again.

    Raises:
        InputError: a file that cannot be read or is no UTF-8, or nothing that is a page.
        TooLong: more pages than anybody has.
    """
    there = {file: text for file, text in (beside or {}).items() if not _is_ours(file, text)}
    draft = Draft(name=name, owner=owner)
    pages, texts = _titled(read_pages(paths, draft.lost))
    known = _Known(Compiler().compile_sources(there, today).playbook if there else None)
    needs = [known.needed_by(page, draft) for page in pages]
    _sell(pages, needs, draft, known)
    found = _articles(pages, texts, needs, draft)
    made = _beside(draft.imported(today=today, beside=there), there)
    return _settled(found, {**there, **made.files}, made, owner or name or "help pages")


def _is_ours(file: str, text: str) -> bool:
    """Whether a file of the folder is an earlier import's, and is made again now."""
    return bool(_OURS.fullmatch(file)) and f"\n{GENERATED}\n" in text[:_FRONT]


def _beside(made: Imported, there: Mapping[str, str]) -> Imported:
    """The same with pages that write over none of the folder and say none of its words again."""
    if not there:
        return made
    names = {file: _free(file.removesuffix(".md"), set(there)) for file in made.pages}
    return replace(made, pages={names[f]: replace(p, words=()) for f, p in made.pages.items()})


def _titled(pages: Sequence[HelpPage]) -> tuple[list[HelpPage], list[Read]]:
    """The pages with a title each, its own, else its first heading, else its file's name; and what stands in them."""
    texts = [read_text(page.text) for page in pages]
    out = []
    for page, read in zip(pages, texts, strict=True):
        stem = Path(page.origin.partition(":")[0]).stem
        named = page.title or read.title or stem.replace("_", " ").replace("-", " ")
        out.append(replace(page, title=named))
    return out, texts


# -- which feature a page needs -------------------------------------------------------------------------------------


class _Known:
    """Features and bundles that stand in the folder already, by every name they have."""

    def __init__(self, playbook: Playbook | None) -> None:
        self.features: dict[str, str] = {}
        self.bundles: dict[str, str] = {}
        if playbook is not None:
            for feature in playbook.features.values():
                for word in feature.also_called:
                    self.features.setdefault(slug(word), feature.name)
            self.features |= {key: one.name for key, one in playbook.features.items()}
            self.bundles = {key: one.name for key, one in playbook.bundles.items()}

    def needed_by(self, page: HelpPage, draft: Draft) -> tuple[str, ...]:
        """The names of the features that a page needs; those that are new are made."""
        said = page.needs or ((page.title,) if page.plans else ())
        if not said:
            named = self.features.get(slug(page.title), "")
            if named:
                draft.took.append(f"{page.origin}: its title is the feature `{named}`: it needs it")
            return (named,) if named else ()
        out = []
        for one in said:
            there = self.features.get(slug(plain_name(one)))
            made = None if there else draft.feature(one, page.origin)
            if made and len(said) == 1 and not made.has("What it does"):
                made.add("What it does", page.about)
            out += [there] if there else [made.name] if made else []
        if not out:
            raise InputError(
                f"{page.origin}: no feature can be called `{shown(', '.join(said))}`",
                pointer=page.origin,
                help="a page must not lose what it needs: name the feature with a letter or digit",
            )
        return tuple(dict.fromkeys(out))


def _sell(
    pages: Sequence[HelpPage], needs: Sequence[tuple[str, ...]], draft: Draft, known: _Known
) -> None:
    """The plans that pages name, with the new features that every page about them gives to the plan."""
    names: dict[str, str] = {}
    has: dict[str, list[str]] = {}
    for page, features in zip(pages, needs, strict=True):
        keys = [slug(plan) for plan in page.plans if slug(plan)]
        names |= {slug(p): p for p in page.plans if slug(p) and slug(p) not in names}
        for feature in features if keys else ():
            if slug(feature) not in draft.features:
                continue
            before = has.setdefault(feature, keys)
            has[feature] = [key for key in before if key in keys]
            if set(before) != set(keys):
                draft.took.append(
                    f"{page.origin}: another page gives `{feature}` to other plans: only those count that both name"
                )
    sizes = Counter(plan for plans in has.values() for plan in plans)
    for plan in sorted(names, key=lambda key: sizes[key]):
        features = tuple(feature for feature, plans in has.items() if plan in plans)
        if plan in known.bundles:
            draft.lost += [
                f"`{f}` belongs to `{known.bundles[plan]}`, which stands there already: add it to its `Unlocks`"
                for f in features
            ]
            continue
        bundle = draft.bundle(
            names[plan][:1].upper() + names[plan][1:], f"the plan `{names[plan]}`"
        )
        if bundle:
            bundle.add("Sold as", "plan")
            for feature in features:
                bundle.unlock(feature)


# -- articles -------------------------------------------------------------------------------------------------------


def _articles(
    pages: Sequence[HelpPage],
    texts: Sequence[Read],
    needs: Sequence[tuple[str, ...]],
    draft: Draft,
) -> list[_Article]:
    out: list[_Article] = []
    left_out: Counter[str] = Counter()
    taken: set[str] = set()
    everybody: list[str] = []
    for page, read, features in zip(pages, texts, needs, strict=True):
        left_out.update(read.left_out)
        made = list(_of_page(page, read, features, taken))
        if not made:
            draft.lost.append(f"{page.origin}: no passage stands in it")
        elif not features and not all(one.is_internal for one in made):
            everybody.append(page.origin)
        out += made
    draft.lost += [f"{_n(n, what)}: no passage can hold it" for what, n in left_out.items()]
    if everybody:
        draft.took.append(
            f"{_places(everybody)}: no feature is named, so the page is for everybody; "
            "add `Needs` where it is about something that not everybody has"
        )
    return out


def _of_page(
    page: HelpPage, read: Read, needs: tuple[str, ...], taken: set[str]
) -> Iterator[_Article]:
    title = _heading(page.title)
    below: int | None = None
    for n, part in enumerate(read.parts):
        if below is not None and part.level <= below:
            below = None
        if below is None and _INTERNAL.search(part.heading):
            below = part.level  # what stands below an internal heading stays internal
        passages = tuple(part.passages)
        if page.about and n == 0 and not part.heading:
            passages = (Passage((plain(page.about),)), *passages)
        heading = _unique(f"{title}: {_heading(part.heading)}" if part.heading else title, taken)
        internal = page.is_internal or below is not None or bool(_INTERNAL.search(title))
        said = tuple(p for p in passages if _may_be_read(p) and wording_problem(heading) is None)
        rest = tuple(p for p in passages if p not in said)
        yield _Article(heading, page.origin, needs, internal, said, rest)


def _may_be_read(passage: Passage) -> bool:
    return wording_problem(passage.text) is None and not _FOR_US.search(passage.text)


def _heading(text: str) -> str:
    said = " ".join(_UNSAFE.sub(" ", plain(text)).split())[:_MAX_HEADING].strip()
    return said if slug(said) else "Help"


def _unique(heading: str, taken: set[str]) -> str:
    name, n = heading, 1
    while slug(name) in taken:
        n += 1
        name = f"{heading} ({n})"
    taken.add(slug(name))
    return name


# -- what the language refuses --------------------------------------------------------------------------------------


def _settled(
    articles: list[_Article], others: Mapping[str, str], made: Imported, owner: str
) -> HelpTopics:
    """The articles as they compile. Raises InputError where something refuses that belongs to no passage."""
    compiler = Compiler()
    errors: list[Diagnostic] = []
    for _ in range(_ROUNDS):
        files, places = _written(articles, owner, made.today, set(others))
        found = compiler.compile_sources({**others, **files}, made.today).diagnostics
        errors = [d for d in found if d.severity is Severity.ERROR and d.span.file in files]
        if not errors:
            inside = [a.origin for a in articles if a.inside]
            lost = [*made.lost]
            if inside:
                lost.append(
                    f"{_n(sum(len(a.inside) for a in articles), 'passage')} of {_places(inside)}: a price, "
                    "a link, a note for your team or a repeated internal sentence keeps customers from reading it: "
                    "`Internal only`"
                )
            return HelpTopics(
                made.name, made.pages, made.today, tuple(lost), made.took, files,
                {slug(a.heading): a.origin for a in articles},
            )  # fmt: skip
        articles = _moved(articles, errors, places)
    raise InputError(
        f"the articles made from this do not compile: {errors[0].message}",
        pointer=str(errors[0].span),
    )


_Places = dict[tuple[str, int], tuple[int, int]]
"""For a line of a file its article and its passage for customers, -1 for every other line."""


def _moved(
    articles: list[_Article], errors: Sequence[Diagnostic], places: _Places
) -> list[_Article]:
    """The articles with every refused passage inside.

    Raises:
        InputError: a finding that belongs to no passage for customers.
    """
    wrong: dict[int, set[int]] = {}
    for error in errors:
        n, at = places.get((error.span.file, error.span.line), (-1, -1))
        if at < 0:
            where = articles[n].origin if n >= 0 else str(error.span)
            raise InputError(f"{where}: {error.message}", pointer=where, help=error.help)
        wrong.setdefault(n, set()).add(at)
    out = list(articles)
    for n, passages in wrong.items():
        for at in sorted(passages, reverse=True):
            out[n] = out[n].without(at)
    return out


def _written(
    articles: Sequence[_Article], owner: str, today: date, taken: set[str]
) -> tuple[dict[str, str], _Places]:
    """The files of articles, none too long, and what stands on their lines."""
    head = write(Page("articles", "Help pages", owner), today).text.splitlines()
    files: dict[str, str] = {}
    places: _Places = {}
    lines, name = [*head], _free("articles", taken)
    size = 0
    for n, article in enumerate(articles):
        own, passages = _lines_of(article)
        length = sum(len(line) + 1 for line in own)
        if size and size + length > MAX_CHARS:
            files[name] = "\n".join(lines) + "\n"
            lines, size, name = [*head], 0, _free("articles", {*taken, *files})
        for at, passage in enumerate(passages):
            places[name, len(lines) + at + 1] = (n, passage)
        lines += own
        size += length
    files[name] = "\n".join(lines) + "\n"
    return files, places


def _lines_of(article: _Article) -> tuple[list[str], list[int]]:
    """The lines of an article, and for each of them its passage for customers or -1."""
    rows = [f"| Needs | {need} |" for need in article.needs]
    rows.append(f"| Readers | {'internal' if article.is_internal else 'customers'} |")
    lines = ["", f"## {article.heading}", "", "| Field | Value |", "|---|---|", *rows]
    which = [-1] * len(lines)
    for at, passage in enumerate(article.said):
        lines += ["", *_apart(article.said, at), *passage.lines]
        which += [at] * (len(lines) - len(which))
    if article.inside:
        lines += ["", "### Internal only"]
        for at, passage in enumerate(article.inside):
            lines += ["", *_apart(article.inside, at), *passage.lines]
    which += [-1] * (len(lines) - len(which))
    return lines, which


def _apart(passages: Sequence[Passage], at: int) -> list[str]:
    """A rule between two lists that Markdown would read as one."""
    before, here = (_marker(passages[n]) if n >= 0 else "" for n in (at - 1, at))
    return ["---", ""] if here and here == before else []


def _marker(passage: Passage) -> str:
    """What the items of a list begin with, its number left out; nothing for a paragraph."""
    marker = MARKER.match(passage.lines[0])
    return marker[0].strip().lstrip("0123456789") if marker else ""


def _free(stem: str, taken: set[str]) -> str:
    names = (f"{stem}{f'-{n}' if n > 1 else ''}.md" for n in range(1, 10_000))
    return next(name for name in names if name not in taken)


def _places(origins: Sequence[str]) -> str:
    each = list(dict.fromkeys(origins))
    some = ", ".join(shown(one) for one in each[:_TOLD])
    rest = len(each) - _TOLD
    return some if rest <= 0 else f"{some} and {rest:,} more"


def _n(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
