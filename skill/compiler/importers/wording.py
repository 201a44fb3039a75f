"""The words that stand in generated Topics until a person has written better ones: plain, and free of any figure."""

from __future__ import annotations

from skill.compiler.importers.plain import told_name

Words = tuple[tuple[str, str], ...]


def default_words(company: str) -> Words:
    """The defaults of a folder, by label."""
    name = told_name(company)
    not_sold = f"{name} does not offer that." if name else "We do not offer that."
    return (
        ("Answer", "{feature} is part of {bundle}."),
        ("Two steps", "{feature} is part of {bundle}, which is sold on {first_step}."),
        ("Answer without offer", "{feature} is not part of what you have today."),
        ("Have it", "{feature} is part of {plan}."),
        ("Have it", "{feature} is part of what you have."),
        ("Limit", "{meter}: {limit}."),
        ("Covered", "{meter}: {limit}. That fits."),
        ("More", "{meter}: {limit} today. {bundle} raises it."),
        ("More without offer", "{meter}: {limit} today. That is what we can say about it here."),
        ("Price", "{bundle}: {price}."),
        ("Step price", "{bundle}: {price}."),
        ("Several", "{bundle}: {quantity} times {price}."),
        ("Ask your admin", "Somebody in your team who looks after the plan can add {bundle}."),
        (
            "Role",
            "{feature} is part of what you have, and it is set up for other roles in your team.",
        ),
        ("Not sold", not_sold),
        ("Not found", "We do not find that in our plans. The nearest we find: {options}."),
        ("Which one", "Which one do you mean: {options}, or none of these?"),
        ("Not mine to say", "That is not something to settle here."),
        ("Cannot say", "We cannot see right now what you have, so we would rather not guess."),
    )
