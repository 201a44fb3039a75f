"""From a model's reply to sentences that are shown: each proven before it leaves, and nothing of the answer left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from skill.agent.claims import Ground, Names
from skill.agent.pool import Pool
from skill.agent.reply import MAX_PROSE, Composition, Figure, Piece, Prose, Quoted
from skill.model.answer import Sentence

Proves = Callable[[tuple[Sentence, ...]], bool]
MAX_PROSE_SENTENCES = 4
"""So many sentences of one answer may be a model's own; the rest is the company's."""


class Telling:
    """Takes a reply piece by piece; what does not hold is replaced by the decided sentence, and counted.

    The decided answer's sentences all come, in their own order: a model can say something between them and add
    passages, and cannot drop, turn or reorder what was decided (a free way stands before a price, and stays there).
    """

    def __init__(self, pool: Pool, names: Names, composition: Composition, proves: Proves) -> None:
        """Begin. `proves` tells whether an answer of these sentences, as it stands, would be proven."""
        self._pool = pool
        self._proves = proves
        self._names = names
        self._composition = composition
        self._shown: dict[str, None] = {}
        self._n_prose = 0
        self._ground: Ground | None = None
        self._texts: dict[str, str] = {}
        self.sentences: list[Sentence] = []
        self.replaced: Counter[str] = Counter()
        """Pieces that could not be shown, by the reason."""

    def take(self, piece: Piece | None) -> list[Sentence]:
        """The sentences that this piece lets leave; none where it was shown before or does not hold."""
        before, shown = len(self.sentences), dict(self._shown)
        if piece is None:
            self.replaced["no sentence"] += 1
        elif isinstance(piece, Quoted):
            self._quote(piece.id)
        elif isinstance(piece, Figure):
            self._figure(piece.id)
        else:
            self._prose(piece)
        told = self.sentences[before:]
        if self._is_more(told) and not self._proves(self._whole()):
            # Nothing leaves that would have to be taken back.
            del self.sentences[before:]
            self._shown = shown
            self.replaced["not proven with the rest"] += 1
            return []
        return told

    def rest(self) -> list[Sentence]:
        """What was decided and not yet said."""
        before = len(self.sentences)
        for id_ in self._pool.must:
            self._show(id_)
        return self.sentences[before:]

    def _is_more(self, told: list[Sentence]) -> bool:
        """Whether anything is told that was not decided: what was decided is proven already."""
        decided = {self._pool.sentences[id_].text for id_ in self._pool.must}
        return any(one.text not in decided for one in told)

    def _whole(self) -> tuple[Sentence, ...]:
        """The answer if it ended here: what was told, and what was decided and is still to be told."""
        left = (self._pool.sentences[id_] for id_ in self._pool.must if id_ not in self._shown)
        return (*self.sentences, *left)

    def _quote(self, id_: str) -> None:
        if id_ not in self._pool.sentences:
            self.replaced["unknown id"] += 1
        elif id_ in self._pool.must:
            for earlier in self._pool.must[: self._pool.must.index(id_) + 1]:
                self._show(earlier)
        else:
            self._show(id_)

    def _show(self, id_: str) -> None:
        if id_ not in self._shown:
            self._shown[id_] = None
            self.sentences.append(self._pool.sentences[id_])

    def _figure(self, id_: str) -> None:
        said = self._pool.figure(id_)
        if said is None:
            self.replaced["unknown id"] += 1
        elif all(said.text != one.text for one in self.sentences):
            self.sentences.append(said)

    def _prose(self, piece: Prose) -> None:
        why = self._refused(piece)
        if not why:
            self._n_prose += 1
            ids = tuple(dict.fromkeys(piece.evidence))
            self.sentences.append(Sentence(text=piece.text, kind="connective", evidence=ids))
            # What it leads to is shown behind it.
            for id_ in ids:
                if id_ in self._pool.sentences and id_ not in self._pool.must:
                    self._show(id_)
            return
        self.replaced.update(why)
        # The decided sentence that it wanted to tell in its own words stands in for it.
        for id_ in piece.evidence:
            if id_ in self._pool.must:
                self._quote(id_)

    def _refused(self, piece: Prose) -> list[str]:
        """Why this prose may not leave; empty where it may."""
        if self._composition == "strict":
            return ["prose where none is allowed"]
        if self._n_prose >= MAX_PROSE_SENTENCES:
            return ["more prose than quotes need"]
        text, texts = piece.text, self._pool.texts()
        if not text.strip() or text != text.strip() or len(text) > MAX_PROSE:
            return ["no sentence"]
        if any(id_ not in texts for id_ in piece.evidence):
            return ["unknown id"]
        if any(text == one.text for one in self.sentences):
            return ["said twice"]
        if self._ground is None or texts != self._texts:
            self._ground, self._texts = Ground(texts, self._names), texts
        claims = self._ground.unproven(text, piece.evidence)
        return [claim.what for claim in claims]
