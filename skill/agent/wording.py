"""Which quote is shown: the first of its label that can be filled, in the nearest language that its reader has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skill.agent.languages import Speech, Values, slots_needed
from skill.agent.tone import brought_pressure
from skill.compiler.languages import reading_order
from skill.model.playbook import Playbook
from skill.model.topic import Quote


class Wording:
    """Chooses quotes for one reader. The choice is made among the originals, so that everybody is told the same."""

    def __init__(self, playbook: Playbook, locale: str, *, allow_unreviewed: bool = False) -> None:
        self.playbook = playbook
        self.allow_unreviewed = allow_unreviewed
        self.languages = reading_order(locale) if playbook.translations else ()

    def choose(
        self,
        label: str,
        places: Iterable[Sequence[Quote]],
        values: Values,
        subjects: tuple[str, ...] = (),
    ) -> Quote | None:
        """The first quote with this label whose slots can all be filled: a named subject goes before none."""
        for quotes in places:
            mine = [q for q in quotes if q.label == label and self.may_show(q)]
            for subject in (*subjects, ""):
                for quote in mine:
                    if quote.subject == subject and self._can_fill(quote, values):
                        return self.in_their_language(quote, values)
        return None

    def in_their_language(self, quote: Quote, values: Values) -> Quote:
        """The quote in the nearest language that this person reads; the original where nothing can say it."""
        for lang in self.languages:
            if lang == quote.lang:
                break
            known = self.playbook.translations.get(lang)
            translated = known.quotes.get(quote.place) if known else None
            if (
                translated is not None
                and self.may_show(translated)
                and self._can_fill(translated, values)
            ):
                return translated
        return quote

    def may_show(self, quote: Quote) -> bool:
        """Whether somebody has reviewed these words, or need not have."""
        return quote.reviewed or self.allow_unreviewed

    def _can_fill(self, quote: Quote, values: Values) -> bool:
        if not all(slot in values for slot in slots_needed(quote)):
            return False
        slots = Speech(self.playbook, quote.lang).fill(quote, values)
        return slots is not None and brought_pressure(quote.template, slots) is None
