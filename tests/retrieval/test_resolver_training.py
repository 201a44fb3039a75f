"""The training: made-up products are whole, the fits find what is there, and the same data gives the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from evals.resolver import fernway as own
from evals.resolver import learn, questions
from evals.resolver.gather import MIX
from evals.resolver.products import Product, products, undescribed, without
from skill.model.decision import Meaning, Outcome
from skill.retrieval.entries import entries


@pytest.fixture(scope="module")
def made() -> tuple[Product, ...]:
    return products()


def test_every_product_has_features_limits_other_words_and_things_it_lacks(
    made: tuple[Product, ...],
) -> None:
    assert len(made) >= 10
    for product in made:
        assert len(product.playbook.features) >= 20, product.name
        assert product.playbook.meters, product.name
        assert product.said, product.name
        assert len(product.absent) >= 5, product.name


def test_other_words_are_said_of_something_that_is_there(made: tuple[Product, ...]) -> None:
    for product in made:
        known = {*product.playbook.features, *product.playbook.meters}
        assert {key for key, _ in product.said} <= known, product.name


def test_other_words_do_not_say_the_name(made: tuple[Product, ...]) -> None:
    for product in made:
        for key, way in product.said:
            feature = product.playbook.features.get(key)
            assert feature is None or feature.name.lower() not in way.lower(), way


def test_what_is_taken_away_is_gone_and_descriptions_can_be(made: tuple[Product, ...]) -> None:
    product = made[0]
    gone = frozenset(sorted(product.playbook.features)[:3])
    assert not gone & without(product, gone).playbook.features.keys()
    assert not any(f.what_it_does for f in undescribed(product).playbook.features.values())


def test_the_same_product_brings_the_same_questions(made: tuple[Product, ...]) -> None:
    found = entries(made[0].playbook)
    once, again = (list(questions.own(made[0].name, found)) for _ in range(2))
    assert once == again
    assert {case.kind for case in once} <= MIX.keys()


def test_the_order_puts_first_what_its_evidence_speaks_for() -> None:
    rng = np.random.default_rng(7)
    true = np.asarray([3.0, 0.0, -2.0])
    choices = []
    for _ in range(400):
        rows = rng.random((6, 3))
        meant = np.zeros(6, dtype=bool)
        meant[int(np.argmax(rows @ true + rng.gumbel(size=6)))] = True
        choices.append(learn.Choice(rows, meant, 1.0))
    found = learn.order(choices)
    assert found[0] > 1.5 > abs(found[1])
    assert found[2] < -0.8
    assert np.array_equal(found, learn.order(choices))


def test_a_share_learned_from_chances_gives_those_chances_back() -> None:
    signs = np.repeat([[0.0], [1.0]], 500, axis=0)
    true = np.concatenate([np.arange(500) < 50, np.arange(500) < 400])
    found = learn.share(signs, true, np.ones(1000))
    low, high = learn.probability(np.asarray([[0.0], [1.0]]), found)
    assert low == pytest.approx(0.1, abs=0.03)
    assert high == pytest.approx(0.8, abs=0.03)


def test_a_meaning_fits_only_what_was_called_acceptable() -> None:
    meant = Meaning(outcome=Outcome.FEATURE, features=("b", "a"), wants="price")
    assert own.fits(meant, ["feature a+b @price"])
    assert not own.fits(meant, ["feature a @price", "feature a+b @limit", "which a", "outside"])


def test_sixty_questions_of_our_own_half_of_them_kept_away() -> None:
    sixty = own.sixty()
    assert len(sixty) == 60
    assert sum(one.kept for one in sixty) == 30
