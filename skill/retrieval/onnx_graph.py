"""A sentence encoder's weights as an ONNX model: just enough of the format to write one graph down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[np.float32]]

LAYERS = 6
WIDTH = 384
HEADS = 12
EPSILON = 1e-12
"""Source: the `config.json` that is published with all-MiniLM-L6-v2."""

_IR_VERSION = 9
_OPSET = 20
"""The first with `Gelu`."""
_FLOAT = 1
_INT64 = 7


@dataclass
class _Graph:
    """Nodes and constants in the order in which they are written."""

    nodes: list[bytes] = field(default_factory=list)
    tensors: list[bytes] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        kind = _INT64 if value.dtype == np.int64 else _FLOAT
        dims = b"".join(_number(1, n) for n in value.shape)
        raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False)
        self.tensors.append(dims + _number(2, kind) + _text(8, name) + _bytes(9, raw.tobytes()))
        return name

    def node(self, kind: str, *inputs: str, **settings: float | int | list[int]) -> str:
        name = f"n{len(self.nodes)}"
        parts = [*(_text(1, i) for i in inputs), _text(2, name), _text(4, kind)]
        parts.extend(_bytes(5, _attribute(key, value)) for key, value in settings.items())
        self.nodes.append(b"".join(parts))
        return name


def encoder(weights: Weights) -> bytes:
    """The model: `(texts, pieces, WIDTH)` sums of embeddings in, as many rows out, each read beside its neighbours.

    All texts of one run have equally many pieces, so that nothing is padded and nothing masked. The mean over a
    text's pieces is left to the caller: the runtime's own sums one text in another order than several.
    """
    graph = _Graph()
    x = _normed(graph, weights, "embeddings.LayerNorm", "x")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        attended = _dense(
            graph, weights, f"{at}.attention.output.dense", _attention(graph, weights, at, x)
        )
        x = _normed(
            graph, weights, f"{at}.attention.output.LayerNorm", graph.node("Add", attended, x)
        )
        inner = graph.node("Gelu", _dense(graph, weights, f"{at}.intermediate.dense", x))
        outer = _dense(graph, weights, f"{at}.output.dense", inner)
        x = _normed(graph, weights, f"{at}.output.LayerNorm", graph.node("Add", outer, x))
    return _model(graph, "x", x)


def _attention(graph: _Graph, weights: Weights, at: str, x: str) -> str:
    """Every piece looks at every other one, in `HEADS` ways."""
    apart = graph.constant(f"{at}.apart", np.asarray([0, 0, HEADS, WIDTH // HEADS], dtype=np.int64))
    again = graph.constant(f"{at}.again", np.asarray([0, 0, WIDTH], dtype=np.int64))
    scale = graph.constant(f"{at}.scale", np.asarray((WIDTH // HEADS) ** -0.5, dtype=np.float32))
    query, key, value = (
        graph.node("Reshape", _dense(graph, weights, f"{at}.attention.self.{part}", x), apart)
        for part in ("query", "key", "value")
    )
    query = graph.node("Mul", graph.node("Transpose", query, perm=[0, 2, 1, 3]), scale)
    key = graph.node("Transpose", key, perm=[0, 2, 3, 1])
    value = graph.node("Transpose", value, perm=[0, 2, 1, 3])
    looks = graph.node("Softmax", graph.node("MatMul", query, key), axis=-1)
    seen = graph.node("Transpose", graph.node("MatMul", looks, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", seen, again)


def _dense(graph: _Graph, weights: Weights, name: str, x: str) -> str:
    matrix = graph.constant(f"{name}.weight", np.ascontiguousarray(weights[f"{name}.weight"].T))
    bias = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.node("Add", graph.node("MatMul", x, matrix), bias)


def _normed(graph: _Graph, weights: Weights, name: str, x: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    bias = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)


def _model(graph: _Graph, takes: str, gives: str) -> bytes:
    parts: list[bytes] = [_bytes(1, node) for node in graph.nodes]
    parts.append(_text(2, "encoder"))
    parts.extend(_bytes(5, tensor) for tensor in graph.tensors)
    shape = ("texts", "pieces", WIDTH)
    parts.append(_bytes(11, _value(takes, shape)))
    parts.append(_bytes(12, _value(gives, shape)))
    return _number(1, _IR_VERSION) + _bytes(7, b"".join(parts)) + _bytes(8, _number(2, _OPSET))


def _value(name: str, shape: Iterable[str | int]) -> bytes:
    dims = b"".join(
        _bytes(1, _text(2, dim) if isinstance(dim, str) else _number(1, dim)) for dim in shape
    )
    tensor = _number(1, _FLOAT) + _bytes(2, dims)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: float | int | list[int]) -> bytes:
    if isinstance(value, list):
        return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)
    if isinstance(value, float):
        real = np.asarray(value, dtype="<f4").tobytes()
        return _text(1, name) + _tag(2, 5) + real + _number(20, 1)
    return _text(1, name) + _number(3, value) + _number(20, 2)


# The wire format of protocol buffers: numbers as varints, everything else with its length in front.


def _tag(place: int, wire: int) -> bytes:
    return _varint(place << 3 | wire)


def _number(place: int, value: int) -> bytes:
    return _tag(place, 0) + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def _text(place: int, value: str) -> bytes:
    return _bytes(place, value.encode())


def _bytes(place: int, value: bytes) -> bytes:
    return _tag(place, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
