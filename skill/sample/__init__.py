"""The sample company Fernway: its Topics, and some forty made-up accounts with ninety days of use."""

from __future__ import annotations

from skill.sample.customers import find_person, sample_customers, sample_topics, why_here

__all__ = ["find_person", "sample_customers", "sample_topics", "why_here"]
