"""Spans by OpenTelemetry's conventions for generative AI; nothing that anybody said stands in them.

Source: OpenTelemetry semantic conventions, "Generative AI" (`gen_ai.*`). Without a provider of traces they cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Tracer, get_tracer

from skill.agent.provider.turns import Used


@contextmanager
def answering(model: str) -> Iterator[Span]:
    """One answer with a model, its calls and tools inside."""
    with _tracer().start_as_current_span("invoke_agent tactful", kind=SpanKind.INTERNAL) as span:
        span.set_attribute("gen_ai.operation.name", "invoke_agent")
        span.set_attribute("gen_ai.agent.name", "tactful")
        span.set_attribute("gen_ai.request.model", model)
        yield span


@contextmanager
def calling(model: str) -> Iterator[Span]:
    """One call of the model."""
    with _tracer().start_as_current_span(f"chat {model}", kind=SpanKind.CLIENT) as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", model)
        yield span


@contextmanager
def using(tool: str) -> Iterator[Span]:
    """One use of a tool; what a model called it is no name of ours, so a strange one is not written down."""
    with _tracer().start_as_current_span("execute_tool", kind=SpanKind.INTERNAL) as span:
        span.set_attribute("gen_ai.operation.name", "execute_tool")
        span.set_attribute("gen_ai.tool.name", tool if tool.isidentifier() else "unknown")
        yield span


def tell(span: Span, used: Used, failed: str, replaced: Mapping[str, int]) -> None:
    """Tokens, what failed, and how many sentences were thrown away for which reason."""
    span.set_attribute("gen_ai.usage.input_tokens", used.prompt_tokens)
    span.set_attribute("gen_ai.usage.output_tokens", used.completion_tokens)
    span.set_attribute("gen_ai.usage.cache_read.input_tokens", used.cached_tokens)
    if failed:
        span.set_attribute("error.type", failed)
    for reason, n in replaced.items():
        span.set_attribute(f"tactful.replaced.{reason.replace(' ', '_')}", n)


def _tracer() -> Tracer:
    return get_tracer("tactful")
