"""One text for one value: canonical JSON, in which exact decimals come back as exact decimals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from skill.model.account import Customer, Fact


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces; the same value always gives the same text.

    Raises:
        ValueError: a number that is not finite.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def model_text(model: BaseModel) -> str:
    """The canonical text of a model whose decimals stand in fields that hold nothing else."""
    return canonical(model.model_dump(mode="json"))


def fact_text(fact: Fact) -> str:
    """The canonical text of a fact."""
    return canonical(_fact_data(fact, fact.model_dump(mode="json")))


def fact_from(text: str) -> Fact:
    """The fact that `fact_text` was made from."""
    return Fact.model_validate(_with_value(json.loads(text)))


def customer_text(customer: Customer) -> str:
    """The canonical text of a customer."""
    data = customer.model_dump(mode="json")
    data["facts"] = [
        _fact_data(fact, dumped) for fact, dumped in zip(customer.facts, data["facts"], strict=True)
    ]
    return canonical(data)


def customer_from(text: str) -> Customer:
    """The customer that `customer_text` was made from."""
    data = json.loads(text)
    data["facts"] = [_with_value(fact) for fact in data["facts"]]
    return Customer.model_validate(data)


def _fact_data(fact: Fact, dumped: dict[str, Any]) -> dict[str, Any]:
    # A fact's value may be a word or an exact decimal, and `"1.50"` alone does not say which.
    if isinstance(fact.value, Decimal):
        return {**dumped, "value": {"decimal": str(fact.value)}}
    return dumped


def _with_value(data: Mapping[str, Any]) -> dict[str, Any]:
    value = data["value"]
    if isinstance(value, dict):
        return {**data, "value": Decimal(value["decimal"])}
    return dict(data)
