"""`tactful topics import` and `tactful init`: Topics from what a company has, or from a blank page."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from skill.compiler.importers.blank import Start
    from skill.compiler.importers.starting import Example
    from skill.compiler.importers.writing import Imported

EXAMPLE = "example-account.json"
_SOURCES = ("pricing2yaml", "csv", "stripe", "articles")
_Today = Annotated[str | None, typer.Option(metavar="DATE", help="The day of the import.")]
_Name = Annotated[str, typer.Option(metavar="NAME", help="What customers call the product.")]
_Owner = Annotated[str, typer.Option(metavar="WHO", help="Who looks after the Topics.")]


def register(topics_app: typer.Typer, app: typer.Typer) -> None:
    """Add these commands."""
    topics_app.command("import")(import_)
    app.command("init")(init)


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="What the files are: pricing2yaml, csv (also TSV), stripe, or articles (help pages, also folders)."
        ),
    ],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to read.")],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="Folder for the Topics; several pricing files get one within for each.",
        ),
    ],
    today: _Today = None,
    name: _Name = "",
    owner: _Owner = "",
) -> None:
    """Turn pricings, spreadsheets, a Stripe export or help pages into Topics that compile.

    What is not carried over is told. The wording is generated, and not shown until somebody has reviewed it.
    """
    with exits():
        if source not in _SOURCES:
            raise InputError(
                f"no importer `{source}`", pointer="SOURCE", help=f"known: {', '.join(_SOURCES)}"
            )
        made = _imported(source, files, out, _day(today), name, owner)
        from skill.compiler.importers.writing import write_folder

        for _, one, target in made:
            _must_fit(one, target)
        for _, one, target in made:
            write_folder(one.files, target)
        for what, one, target in made:
            _tell(what, one, target)
        note(
            "the wording is generated: read it, then remove `generated: yes`, or try it with --allow-unreviewed"
        )


def _imported(
    source: str, files: list[Path], out: Path, today: date, name: str, owner: str
) -> list[tuple[str, Imported, Path]]:
    """What each folder will hold: one for each pricing, and one for all other files together."""
    if source == "pricing2yaml":
        from skill.compiler.importers.pricing2yaml import import_pricing

        targets = [out if len(files) == 1 else out / _folder_name(path, files) for path in files]
        if len(set(targets)) < len(targets):
            raise InputError(
                "two of these files would have the same folder",
                pointer="FILE",
                help="import them one at a time with an --out of their own",
            )
        return [
            (path.name, import_pricing(path, today=today, name=name, owner=owner), target)
            for path, target in zip(files, targets, strict=True)
        ]
    what = ", ".join(path.name for path in files)
    if source == "stripe":
        from skill.compiler.importers.stripe import import_stripe

        return [(what, import_stripe(files, today=today, name=name, owner=owner), out)]
    beside = _present(out)
    if source == "articles":
        from skill.compiler.importers.articles import import_articles

        pages = import_articles(files, today=today, name=name, owner=owner, beside=beside)
        return [(what, pages, out)]
    from skill.compiler.importers.spreadsheet import import_sheets

    return [(what, import_sheets(files, today=today, name=name, owner=owner, beside=beside), out)]


def _present(out: Path) -> dict[str, str]:
    """The Topics of the folder already: a table of signals may name what stands there."""
    from skill.compiler.folder import read_folder

    return read_folder(out) if out.is_dir() and any(out.glob("*.md")) else {}


def _must_fit(made: Imported, target: Path) -> None:
    """A folder that compiled must compile with the new pages too, or nothing is written.

    Raises:
        InputError: a page that stands there and the new ones say the same thing twice, or miss a name.
    """
    from skill.compiler.folder import Compiler

    present = _present(target)
    if not present or not Compiler().compile_sources(present, made.today).servable:
        return
    both = Compiler().compile_sources({**present, **made.files}, made.today)
    wrong = next((d for d in both.diagnostics if d.severity.value == "error"), None)
    if wrong is not None:
        raise InputError(
            f"the Topics that stand in {target} do not compile with these: {wrong.span}: {wrong.message}",
            pointer="--out",
            help="choose another folder with --out, and copy over what you want",
        )


def _folder_name(path: Path, files: list[Path]) -> str:
    """The file's stem, or its folder's name where several files share a stem (`buffer/2025.yml`)."""
    stems = [f.stem for f in files]
    return path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}-{path.stem}"


def _tell(what: str, made: Imported, target: Path) -> None:
    """What came of it, what was taken for what, and what was not carried over."""
    kinds = (
        ("features", "feature"),
        ("product-bundles", "bundle"),
        ("meters", "meter"),
        ("usage-thresholds", "signal"),
        ("restraint", "row of restraint"),
        ("articles", "article"),
    )
    always = () if made.count("articles") else ("features", "product-bundles")
    counts = [
        f"{n} {one if n == 1 else 'rows of restraint' if 'row' in one else one + 's'}"
        for kind, one in kinds
        if (n := made.count(kind)) or kind in always
    ]
    note(f"{what}: {', '.join(counts)} -> {target}")
    for took in made.took:
        note(f"  taken: {took}")
    for lost in made.lost:
        note(f"  not carried over: {lost}")


def _day(text: str | None) -> date:
    from skill import clock

    if text is None:
        return clock.now().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"`{text}` is no date", pointer="--today", help="write it as 2026-11-21"
        ) from None


# -- the guided start -----------------------------------------------------------------------------------------------


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new folder for the Topics.")
    ] = Path("my-topics"),
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="What you have: YAML, CSV, TSV or JSON."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, take the defaults.")] = False,
    today: _Today = None,
    name: _Name = "",
    owner: _Owner = "",
) -> None:
    """A guided start: from a pricing, a spreadsheet, a Stripe export or a blank page to a folder that answers."""
    with exits():
        from skill.compiler.importers import starting
        from skill.compiler.importers.writing import write_folder

        day = _day(today)
        _must_be_new(folder)
        asks = not yes and sys.stdin.isatty()
        files = list(source or ())
        if asks and not files:
            files = _what_you_have()
        if files:
            made = starting.from_files(files, today=day, name=name, owner=owner)
            company, by = _who(made.name or name, owner, asks)
        else:
            start = _described(name, owner, asks)
            company, by = start.company, start.owner
            made = starting.from_start(start, today=day)
        if made.lost or made.took:
            _tell(", ".join(f.name for f in files) or "the blank page", made, folder)
        whole = starting.whole_folder(made, company=company, owner=by, today=day)
        write_folder(whole.files, folder)
        example = starting.example_of(whole, today=day)
        _show(folder, whole, example, day)


def _must_be_new(folder: Path) -> None:
    """Nothing of a person's is ever written over, so the folder is new or empty."""
    try:
        is_taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as wrong:
        raise InputError(f"cannot read {folder}: {wrong.strerror}", pointer=str(folder)) from wrong
    if is_taken:
        raise InputError(
            f"{folder} is there already and is not empty",
            pointer="DIR",
            help="name a new folder: tactful init another-folder",
        )


def _ask(question: str, default: str, why: str) -> str:
    note(f"\n{why}")
    return str(typer.prompt(question, default=default, err=True)).strip()


def _ask_until(question: str, default: str, why: str, read: Callable[[str], object]) -> str:
    """The first reply that can be read; what is wrong with another one is said."""
    while True:
        said = _ask(question, default, why)
        try:
            read(said)
        except InputError as wrong:
            note(f"{wrong.detail}. {wrong.help}")
        else:
            return said


def _what_you_have() -> list[Path]:
    """The file to start from, or nothing for a blank page."""
    said = _ask_until(
        "1 a pricing file, 2 a spreadsheet, 3 a Stripe export, 4 a blank page",
        "4",
        "What do you have? Prices and features that stand somewhere need not be typed again.",
        _one_of_four,
    )
    if said == "4":
        return []
    from skill.compiler.importers.detecting import source_of

    kinds = {"1": "YAML, Pricing2Yaml", "2": "CSV or TSV", "3": "JSON"}
    path = _ask_until(
        f"Path of the file ({kinds[said]})",
        "",
        "What it is, is read from what stands in it.",
        lambda text: source_of(Path(text).expanduser()),
    )
    return [Path(path).expanduser()]


def _one_of_four(said: str) -> None:
    if said not in ("1", "2", "3", "4"):
        raise InputError(f"`{said}` is none of them", help="type 1, 2, 3 or 4")


def _who(name: str, owner: str, asks: bool) -> tuple[str, str]:
    """The product's name and who looks after its Topics."""
    from skill.model.common import slug

    company = name or "Our product"
    if asks:
        company = _ask("Name of your product", company, "Customers know it by this name.")
    address = f"topics@{slug(company)[:40] or 'company'}.example"
    by = owner or address
    if asks and not owner:
        by = _ask("Who looks after the Topics", by, "Each page names somebody who can be asked.")
    return company, by


def _described(name: str, owner: str, asks: bool) -> Start:
    """The product as somebody describes it on a blank page."""
    from skill.compiler.importers.blank import Start, plan_names, readable_price, seats_of

    company, by = _who(name, owner, asks)
    start = Start(company=company, owner=by)
    if not asks:
        return start
    defaults = dict(start.plans)
    names = _ask_until(
        "Your plans, the lowest first",
        ", ".join(defaults),
        "Two or three are enough; more can be added in product-bundles.md.",
        plan_names,
    )
    plans = []
    for plan in plan_names(names):
        price = _ask_until(
            f"Price of {plan}",
            defaults.get(plan, "contact us"),
            "Such as EUR 29 per month, free, or contact us. It is shown as you write it.",
            readable_price,
        )
        plans.append((plan, price))
    feature = _ask(
        f"One thing that only {plans[-1][0]} can do",
        start.feature,
        "It is what the first question will be about.",
    )
    seats = _ask_until(
        f"How many people {plans[0][0]} is for (0 is any number)",
        "0",
        "Where there is a limit, a signal can tell when it comes near.",
        seats_of,
    )
    return Start(company, by, tuple(plans), feature, seats_of(seats))


def _show(folder: Path, whole: Imported, example: Example | None, today: date) -> None:
    """The findings, one answered question, and what to do next."""
    from skill.compiler import diagnostics
    from skill.compiler.folder import Compiler

    compiled = Compiler().compile_folder(folder, today)
    note(f"\n{folder}: {', '.join(sorted(whole.files))}")
    for lost in whole.lost:
        note(f"  not carried over: {lost}")
    for found in compiled.diagnostics:
        note(f"  {diagnostics.concise(found)}")
    if not compiled.servable:
        raise typer.Exit(FINDINGS)
    question = example.question if example else "What can you do for us?"
    account = folder / EXAMPLE
    if example:
        account.write_text(
            json.dumps(example.account, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
        _answer(folder, example, account)
    else:
        note("\nnothing here is sold that some plan lacks, so there is nothing to offer yet")
    who = f" --account {_quoted(str(account))}" if example else " --as ada"
    where = _quoted(str(folder))
    note("\nThe wording is generated and marked `generated: yes`: it is yours to review. Next:")
    typer.echo(f"tactful topics check {where}")
    typer.echo(f"tactful ask {_quoted(question)} --topics {where}{who} --allow-unreviewed --why")
    typer.echo(f"tactful topics explain {where}")


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _answer(folder: Path, example: Example, account: Path) -> None:
    """One question of a made-up person, answered from the folder as it stands on disk."""
    from skill import clock
    from skill.ask import ask, open_workspace
    from skill.sources.request import read_customer

    customer = read_customer(account, where=str(account))
    now = customer.now or clock.now()
    workspace = open_workspace(folder, data_dir=None, today=now.date())
    asked = ask(workspace, example.question, customer, now=now, allow_unreviewed=True)
    note(f"\n{example.who} asks: {example.question}")
    note(f"  {asked.answer.answer.text.strip()}".replace("\n", "\n  "))
    for offer in asked.answer.recommended_offers:
        price = offer.price.text if offer.price else "price on request"
        note(f"  [{offer.kind}] {offer.name}: {price}")
