"""A letter without a model: the exact moment, what it unlocks, what it costs, and a way out; quoted, filled, proven."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from skill.agent.notice import Writer
from skill.errors import GroundingError
from skill.model.answer import Answer, AnswerText, RecommendedOffer, Sentence
from skill.model.letter import Letter
from skill.model.notice import Leaving

_STYLE = "font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:34rem;margin:0 auto;padding:1.5rem"
_BUTTON = "display:inline-block;padding:.6rem 1.1rem;border-radius:.4rem;background:#1f4fbf;color:#fff;text-decoration:none"
_FOOT = "margin-top:2rem;border-top:1px solid #ccc;padding-top:.8rem;font-size:.85rem;color:#444"


class Written(NamedTuple):
    """A letter, and the same as an answer's body: by it every sentence of the letter is proven."""

    letter: Letter
    answer: Answer


def compose_letter(
    leaving: Leaving, *, app_url: str, unsubscribe_url: str, allow_unreviewed: bool = False
) -> Written:
    """The letter for an effect; it is not proven yet.

    Only customer wording is read: the words of the signal, and those of the bundle labelled `Email subject`, `Email`,
    the price and `Soft close`. Which one comes when stands in topics-format "Labels".

    Args:
        leaving: the effect with everything that was judged a moment ago.
        app_url: where the product is: a link of the Topics is made whole with it; without it none stands in the letter.
        unsubscribe_url: ends such letters at one click.
        allow_unreviewed: let generated wording in that nobody has reviewed.

    Raises:
        GroundingError: there is no offer, nobody to send it to, or the Topics have no words for it.
    """
    if leaving.offer is None:
        raise GroundingError("there is no offer to write of", pointer=leaving.effect.id)
    if not leaving.customer.person.email:
        raise GroundingError("no address of this person is known", pointer=leaving.effect.id)
    made = _Letter(leaving, leaving.offer, allow_unreviewed=allow_unreviewed)
    return made.written(app_url, unsubscribe_url)


class _Letter(Writer):
    """Composes as for a notice, in the order of a letter."""

    def written(self, app_url: str, unsubscribe_url: str) -> Written:
        values = self._offer_values(self.offer)
        places = list(self._places(None, self.offer))
        subject = self._alone("Email subject")
        self._say_notice()
        self._say(self.words.choose("Email", places, values), values)
        self._say_prices(self.offer, values)
        self._say(self.words.choose("Soft close", places, values), values)
        because = self._alone("Packet", "email-because")
        # Where nothing leads out there is nothing to quote: such a letter is refused by name when it is to leave.
        stop = self._alone("Packet", "email-stop") if unsubscribe_url else None
        body, shown = tuple(self.sentences), self._offer(self.offer)
        foot = (because, stop) if stop is not None else (because,)
        answer = Answer(
            decision_id=self.leaving.effect.decision,
            topics_version=self.decision.topics_version,
            triggered=True,
            answer=AnswerText(
                text="\n\n".join(s.text for s in (subject, *body, *foot)),
                sentences=(subject, *body, *foot),
            ),
            feature=self._feature(),
            recommended_offers=(shown,),
            quotes=self.evidence.quotes,
            facts=self.evidence.facts,
        )
        person, button = self.customer.person, _button(shown, app_url)
        letter = Letter(
            effect=self.leaving.effect.id,
            to=person.email,
            to_name=person.name,
            lang=body[0].lang,
            subject=subject.text,
            text=_as_text(body, button, because, stop, unsubscribe_url),
            html=_as_html(subject, body, button, because, stop, unsubscribe_url),
            unsubscribe_url=unsubscribe_url,
            category=self._category(),
        )
        return Written(letter, answer)

    def _alone(self, label: str, subject: str = "") -> Sentence:
        """A quote that does not stand among the sentences: the subject, and the two lines of the foot.

        Raises:
            GroundingError: the Topics have no such words that can be filled.
        """
        values = self._offer_values(self.offer)
        places = [*self._places(None, self.offer), self.playbook.defaults]
        quote = self.words.choose(label, places, values, (subject,) if subject else ())
        if quote is None:
            raise GroundingError(
                f"`{self.offer.bundle}` has no words labelled `{label}`",
                pointer=self.leaving.effect.id,
                help=f"write a quote `**{label}:** ...` under its `### What customers can read`",
            )
        text, ids = self.evidence.quote(quote, values)
        return Sentence(text=text, kind="quote", evidence=ids, lang=quote.lang)

    def _category(self) -> str:
        play = self.leaving.play
        return (play.category if play is not None else "") or "offers"


def _button(offer: RecommendedOffer, app_url: str) -> tuple[str, str] | None:
    """What can be done about the offer, and where: only what the Topics link to, made whole."""
    action = offer.action
    if not action.allowed or not action.href or not action.label:
        return None
    href = urljoin(app_url, action.href) if app_url else action.href
    return (action.label, href) if urlsplit(href).scheme == "https" else None


def _as_text(
    body: tuple[Sentence, ...],
    button: tuple[str, str] | None,
    because: Sentence,
    stop: Sentence | None,
    unsubscribe_url: str,
) -> str:
    lines = [sentence.text for sentence in body]
    if button is not None:
        lines.append(f"{button[0]}: {button[1]}")
    lines += ["--", because.text]
    if stop is not None:
        lines.append(f"{stop.text}: {unsubscribe_url}")
    return "\n\n".join(lines) + "\n"


def _as_html(
    subject: Sentence,
    body: tuple[Sentence, ...],
    button: tuple[str, str] | None,
    because: Sentence,
    stop: Sentence | None,
    unsubscribe_url: str,
) -> str:
    """The same as a page that loads nothing: no image, no script, no address that tells who opened it."""

    def page() -> Iterator[str]:
        lang = body[0].lang
        yield f'<!doctype html>\n<html lang="{escape(lang)}"><head><meta charset="utf-8">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield f"<title>{escape(subject.text)}</title></head>"
        yield f'<body style="{_STYLE}"><main>'
        for sentence in body:
            yield _paragraph(sentence, lang)
        if button is not None:
            yield f'<p><a style="{_BUTTON}" href="{escape(button[1])}">{escape(button[0])}</a></p>'
        yield f'</main><footer style="{_FOOT}">{_paragraph(because, lang)}'
        if stop is not None:
            yield f'<p><a href="{escape(unsubscribe_url)}">{escape(stop.text)}</a></p>'
        yield "</footer></body></html>"

    return "\n".join(page()) + "\n"


def _paragraph(sentence: Sentence, lang: str) -> str:
    said = "" if sentence.lang == lang else f' lang="{escape(sentence.lang)}"'
    return f"<p{said}>{escape(sentence.text)}</p>"
