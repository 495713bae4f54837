"""Plain values as bytes and back, without pickle: the only thing that crosses between the platform and a session.

None, bool, int, float, str, bytes, list, tuple, dict with str keys; numpy arrays of bool, int, float and str;
pandas Series, DataFrame and Index of numbers, truth values, text, categories of text, dates and durations; and
handles, which stand for an object that stays in the session.

`decode` reads hostile bytes: whatever is wrong with them, it raises Malformed and nothing else, and it never
allocates more than a small multiple of what has arrived.
"""

from __future__ import annotations

import importlib
import math
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 64 * 1024 * 1024
MAX_ITEMS = 4_000_000
MAX_DEPTH = 48
MAX_AXES = 16
MAX_INT_BYTES = 1024
MAX_RANGE = 1 << 24

_U32 = struct.Struct("<I")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")

_ARRAYS = {
    f"{kind}{size}" for kind, sizes in {"i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}.items() for size in sizes
}
_MASKED = {"Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64", "boolean"}
_TIMES = {f"{kind}8[{unit}]" for kind in "Mm" for unit in ("s", "ms", "us", "ns")}


class Malformed(ValueError):
    """These bytes are not a plain value."""


class NotPlain(ValueError):
    """This value cannot cross: the message names the part that cannot."""


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays in the session, such as a fitted model. Can be passed back as an argument."""

    id: int
    type_name: str


def encode(value: Any, *, opaque: Callable[[Any], Handle] | None = None, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a plain value. `opaque` makes a handle for what is not plain; without it NotPlain is raised."""
    writer = _Writer(opaque, max_bytes)
    writer.value(value, 0)
    return b"".join(writer.parts)


def decode(
    data: bytes | bytearray | memoryview,
    *,
    resolve: Callable[[Handle], Any] | None = None,
    science: bool = True,
    max_bytes: int = MAX_BYTES,
) -> Any:
    """The value of these bytes. `resolve` gives the object that a handle stands for; without it handles stay.

    Without `science` arrays and frames are malformed: they compare element by element, which is not what code that
    asks `value == "text"` expects.
    """
    if len(data) > max_bytes:
        raise Malformed(f"{len(data)} bytes, at most {max_bytes} may cross")
    reader = _Reader(data, resolve, science)
    try:
        value = reader.value(0)
        if reader.at != len(reader.data):
            raise Malformed("bytes left over")
    except Malformed:
        raise
    except Exception as error:
        # numpy and pandas refuse odd input with many kinds of exception: for the caller they are all one.
        raise Malformed(f"{type(error).__name__}: {error}") from None
    return value


def _science(name: str) -> Any:
    """numpy or pandas, loaded only where a value needs it: the web process imports this module too."""
    return sys.modules.get(name) or importlib.import_module(name)


class _Writer:
    def __init__(self, opaque: Callable[[Any], Handle] | None, max_bytes: int) -> None:
        self.parts: list[bytes] = []
        self.opaque = opaque
        self.room = max_bytes
        self.items = MAX_ITEMS

    def put(self, *parts: bytes) -> None:
        self.room -= sum(map(len, parts))
        if self.room < 0:
            raise NotPlain("it is larger than what may cross")
        self.parts.extend(parts)

    def sized(self, tag: bytes, content: bytes) -> None:
        self.put(tag, _U32.pack(len(content)), content)

    def value(self, value: Any, depth: int) -> None:
        self.items -= 1
        if depth > MAX_DEPTH:
            raise NotPlain(f"it is nested more than {MAX_DEPTH} deep")
        if self.items < 0:
            raise NotPlain(f"it has more than {MAX_ITEMS} parts")
        if value is None:
            self.put(b"N")
        elif isinstance(value, bool):
            self.put(b"T" if value else b"F")
        elif isinstance(value, int):
            self.integer(int(value))
        elif isinstance(value, float):
            self.put(b"D", _F64.pack(value))
        elif isinstance(value, str):
            self.sized(b"S", value.encode("utf-8", "surrogatepass"))
        elif isinstance(value, bytes | bytearray):
            self.sized(b"B", bytes(value))
        elif isinstance(value, list | tuple) and type(value) in (list, tuple):
            self.put(b"L" if type(value) is list else b"U", _U32.pack(len(value)))
            for item in value:
                self.value(item, depth + 1)
        elif isinstance(value, dict):
            self.mapping(value, depth)
        elif isinstance(value, Handle):
            self.handle(value)
        elif not self.science(value, depth):
            if self.opaque is None:
                raise NotPlain(f"a {type(value).__name__} is not a plain value")
            self.handle(self.opaque(value))

    def integer(self, value: int) -> None:
        content = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        if len(content) > MAX_INT_BYTES:
            raise NotPlain("a whole number is too large")
        self.sized(b"I", content)

    def handle(self, value: Handle) -> None:
        self.put(b"H", _I64.pack(value.id))
        self.sized(b"S", value.type_name.encode("utf-8", "replace")[:200])

    def mapping(self, value: dict[Any, Any], depth: int) -> None:
        self.put(b"M", _U32.pack(len(value)))
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotPlain(f"a dict has the key {key!r:.60}, and keys must be text")
            self.sized(b"", key.encode("utf-8", "surrogatepass"))
            self.value(item, depth + 1)

    def science(self, value: Any, depth: int) -> bool:
        """Write it if it is numpy's or pandas'. What never was imported here cannot be an instance of it."""
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            if isinstance(value, numpy.generic) and value.dtype.kind in "biuf":
                self.value(value.item(), depth)
                return True
            if isinstance(value, numpy.ndarray):
                self.array(value, depth)
                return True
        pandas = sys.modules.get("pandas")
        if pandas is None:
            return False
        if value is pandas.NA:
            self.put(b"N")
        elif isinstance(value, pandas.Index):
            self.index(value, depth)
        elif isinstance(value, pandas.Series):
            self.put(b"R")
            self.label(value.name)
            self.index(value.index, depth)
            self.column(value, depth)
        elif isinstance(value, pandas.DataFrame):
            self.put(b"P", _U32.pack(value.shape[1]))
            self.index(value.index, depth)
            self.index(value.columns, depth)
            for _, column in value.items():
                self.column(column, depth)
        else:
            return False
        return True

    def array(self, value: Any, depth: int) -> None:
        numpy = _science("numpy")

        dtype = value.dtype
        if dtype.kind == "O":
            self.put(b"O", bytes([value.ndim]), *(_I64.pack(side) for side in value.shape))
            self.scalars(value.ravel().tolist())
            return
        code = f"{dtype.kind}{dtype.itemsize}"
        if dtype.kind != "b" and dtype.kind != "U" and code not in _ARRAYS:
            raise NotPlain(f"an array of {dtype} is not a plain value")
        if value.ndim > MAX_AXES:
            raise NotPlain(f"an array has {value.ndim} axes")
        content = numpy.ascontiguousarray(value.astype(dtype.newbyteorder("<"), copy=False)).tobytes()
        self.put(b"A", code.encode().ljust(12), bytes([value.ndim]), *(_I64.pack(side) for side in value.shape))
        self.sized(b"", content)

    def scalars(self, values: Iterable[Any]) -> None:
        values = list(values)
        self.put(_U32.pack(len(values)))
        for value in values:
            plain = None if value is getattr(sys.modules.get("pandas"), "NA", ...) else value
            if not isinstance(plain, bool | int | float | str | None):
                raise NotPlain(f"an array of objects holds a {type(plain).__name__}")
            self.value(plain, 0)

    def label(self, name: Any) -> None:
        """A column's or series' name, or one entry of an axis."""
        if not isinstance(name, bool | int | float | str | None):
            raise NotPlain(f"the name {name!r:.60} is neither text nor a number")
        self.value(name, 0)

    def index(self, value: Any, depth: int) -> None:
        pandas = _science("pandas")

        if isinstance(value, pandas.MultiIndex):
            raise NotPlain("an index with several levels is not a plain value")
        self.put(b"X")
        self.label(value.name)
        if isinstance(value, pandas.RangeIndex):
            if len(value) > MAX_RANGE:
                raise NotPlain(f"an index has {len(value)} entries")
            self.put(b"r", *(_I64.pack(n) for n in (value.start, value.stop, value.step)))
        else:
            self.column(value, depth)

    def column(self, value: Any, depth: int) -> None:
        """One column of a frame, the values of a series, or an index."""
        numpy, pandas = _science("numpy"), _science("pandas")

        dtype = value.dtype
        if isinstance(dtype, numpy.dtype) and dtype.kind in "biuf":
            self.put(b"a")
            self.array(value.to_numpy(), depth)
        elif isinstance(dtype, pandas.StringDtype):
            self.put(b"s" if dtype.na_value is not pandas.NA else b"S")
            self.texts(value.array)
        elif isinstance(dtype, pandas.CategoricalDtype):
            array = value.array
            if not all(isinstance(item, str) for item in array.categories):
                raise NotPlain("categories must be text")
            self.put(b"c", b"1" if array.ordered else b"0")
            self.array(array.codes.astype("i4"), depth)
            self.put(b"s" if isinstance(array.categories.dtype, pandas.StringDtype) else b"o")
            self.texts(array.categories)
        elif str(dtype) in _MASKED:
            array = value.array
            self.put(b"n", str(dtype).encode().ljust(12))
            self.array(array._data, depth)
            self.array(array._mask, depth)
        elif str(dtype.str if hasattr(dtype, "str") else dtype).lstrip("<") in _TIMES:
            code = dtype.str.lstrip("<")
            self.put(b"m", code.encode().ljust(12))
            self.array(value.to_numpy().view("i8"), depth)
        elif dtype.kind == "O":
            self.put(b"o")
            self.scalars(value.tolist())
        elif getattr(dtype, "kind", "") in "biuf" and hasattr(dtype, "itemsize"):
            self.put(b"a")
            self.array(value.to_numpy(), depth)
        else:
            raise NotPlain(f"a column of {dtype} is not plain: turn it into numbers or text")

    def texts(self, values: Any) -> None:
        found = [item if isinstance(item, str) else None for item in values.tolist()]
        lengths = [-1 if text is None else len(text) for text in found]
        self.sized(b"", struct.pack(f"<{len(lengths)}i", *lengths))
        self.sized(b"", "".join(filter(None, found)).encode("utf-8", "surrogatepass"))


class _Reader:
    def __init__(
        self, data: bytes | bytearray | memoryview, resolve: Callable[[Handle], Any] | None, science: bool
    ) -> None:
        self.science = science
        self.data = memoryview(data)
        self.at = 0
        self.items = MAX_ITEMS
        self.resolve = resolve

    def take(self, count: int) -> memoryview:
        if count > len(self.data) - self.at:
            raise Malformed("it ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        return int(_U32.unpack(self.take(4))[0])

    def long(self) -> int:
        return int(_I64.unpack(self.take(8))[0])

    def sized(self) -> memoryview:
        return self.take(self.number())

    def text(self) -> str:
        return str(self.sized(), "utf-8", "surrogatepass")

    def count(self) -> int:
        """How many parts follow: each takes at least one byte, so a count above the bytes that are left is a lie."""
        count = self.number()
        if count > len(self.data) - self.at:
            raise Malformed("it promises more than it holds")
        return count

    def value(self, depth: int) -> Any:
        self.items -= 1
        if depth > MAX_DEPTH or self.items < 0:
            raise Malformed("it is nested too deep or has too many parts")
        tag = bytes(self.take(1))
        match tag:
            case b"N":
                return None
            case b"T" | b"F":
                return tag == b"T"
            case b"I":
                content = self.sized()
                if len(content) > MAX_INT_BYTES:
                    raise Malformed("a whole number that is too large")
                return int.from_bytes(content, "little", signed=True)
            case b"D":
                return _F64.unpack(self.take(8))[0]
            case b"S":
                return self.text()
            case b"B":
                return bytes(self.sized())
            case b"L":
                return [self.value(depth + 1) for _ in range(self.count())]
            case b"U":
                return tuple([self.value(depth + 1) for _ in range(self.count())])
            case b"M":
                return {self.text(): self.value(depth + 1) for _ in range(self.count())}
            case b"H":
                return self.handle()
            case b"A" | b"O" | b"X" | b"R" | b"P" if not self.science:
                raise Malformed("an array or a frame where none can be")
            case b"A":
                return self.array()
            case b"O":
                return self.objects()
            case b"X":
                return self.index()
            case b"R":
                return self.series()
            case b"P":
                return self.frame()
        raise Malformed("unknown kind of value")

    def handle(self) -> Any:
        number = self.long()
        if bytes(self.take(1)) != b"S":
            raise Malformed("a handle without a name")
        handle = Handle(number, self.text())
        return handle if self.resolve is None else self.resolve(handle)

    def shape(self) -> tuple[int, ...]:
        shape = tuple(self.long() for _ in range(self.take(1)[0]))
        if len(shape) > MAX_AXES or any(side < 0 for side in shape):
            raise Malformed("an impossible shape")
        return shape

    def array(self) -> Any:
        numpy = _science("numpy")

        code = str(self.take(12), "ascii").rstrip()
        shape = self.shape()
        content = self.sized()
        if code == "b1":
            dtype = numpy.dtype("u1")
        elif code in _ARRAYS:
            dtype = numpy.dtype(f"<{code}")
        elif code.startswith("U") and code[1:].isdigit() and int(code[1:]) % 4 == 0:
            dtype = numpy.dtype(f"<U{int(code[1:]) // 4}")
        else:
            raise Malformed("an array of an unknown kind")
        if math.prod(shape) * dtype.itemsize != len(content):
            raise Malformed("an array whose shape does not fit its content")
        if dtype.itemsize == 0:
            # Text of no length takes no bytes, so nothing that arrived bounds how many of them there are.
            if math.prod(shape) > MAX_ITEMS:
                raise Malformed("too many empty texts")
            return numpy.zeros(shape, dtype)
        flat = numpy.frombuffer(content, dtype)
        if code == "b1":
            flat = flat != 0
        elif code.startswith("U") and len(content) and numpy.frombuffer(content, "<u4").max() > sys.maxunicode:
            raise Malformed("a character that does not exist")
        return flat.reshape(shape).copy()

    def objects(self) -> Any:
        numpy = _science("numpy")

        shape = self.shape()
        values = self.scalars()
        if math.prod(shape) != len(values):
            raise Malformed("an array whose shape does not fit its content")
        array = numpy.empty(len(values), object)
        array[:] = values
        return array.reshape(shape)

    def scalars(self) -> list[Any]:
        values = [self.value(0) for _ in range(self.count())]
        if not all(isinstance(value, bool | int | float | str | None) for value in values):
            raise Malformed("an array of objects that holds something else than scalars")
        return values

    def label(self) -> Any:
        label = self.value(0)
        if not isinstance(label, bool | int | float | str | None):
            raise Malformed("a name that is neither text nor a number")
        return label

    def index(self) -> Any:
        pandas = _science("pandas")

        name = self.label()
        if bytes(self.data[self.at : self.at + 1]) == b"r":
            self.take(1)
            index = pandas.RangeIndex(self.long(), self.long(), self.long(), name=name)
            if len(index) > MAX_RANGE:
                raise Malformed("an index that is too long")
            return index
        column = self.column()
        return pandas.Index(column, dtype=column.dtype, name=name)

    def axis(self) -> Any:
        if bytes(self.take(1)) != b"X":
            raise Malformed("an index was expected")
        return self.index()

    def series(self) -> Any:
        pandas = _science("pandas")

        name = self.label()
        index = self.axis()
        column = self.column()
        if len(index) != len(column):
            raise Malformed("a series whose index does not fit")
        return pandas.Series(column, index=index, name=name, dtype=column.dtype)

    def frame(self) -> Any:
        pandas = _science("pandas")

        count = self.count()
        index, names = self.axis(), self.axis()
        if len(names) != count:
            raise Malformed("a frame whose column names do not fit")
        columns = [self.column() for _ in range(count)]
        if any(len(column) != len(index) for column in columns):
            raise Malformed("a frame whose columns differ in length")
        # What pandas would guess the type of, it must not.
        kept = {
            n: pandas.Series(column, index=index, dtype=object) if column.dtype == object else column
            for n, column in enumerate(columns)
        }
        frame = pandas.DataFrame(kept, index=index)
        frame.columns = names
        return frame

    def column(self) -> Any:
        numpy = _science("numpy")
        pandas = _science("pandas")

        kind = bytes(self.take(1))
        match kind:
            case b"a":
                return self.flat()
            case b"s" | b"S":
                return pandas.array(self.texts(), dtype="str" if kind == b"s" else "string")
            case b"o":
                values = self.scalars()
                array = numpy.empty(len(values), object)
                array[:] = values
                return array
            case b"m":
                code = str(self.take(12), "ascii").rstrip()
                if code not in _TIMES:
                    raise Malformed("an unknown kind of time")
                return self.flat("i8").view(code)
            case b"c":
                return self.categories()
            case b"n":
                return self.masked()
        raise Malformed("an unknown kind of column")

    def flat(self, code: str = "") -> Any:
        if bytes(self.take(1)) != b"A":
            raise Malformed("an array was expected")
        array = self.array()
        if array.ndim != 1 or (code and array.dtype.str.lstrip("<|") != code) or array.dtype.kind == "U":
            raise Malformed("an array of another kind was expected")
        return array

    def texts(self) -> list[str | None]:
        lengths = memoryview(bytes(self.sized())).cast("i")
        self.items -= len(lengths)
        if self.items < 0:
            raise Malformed("too many parts")
        together, at = self.text(), 0
        found: list[str | None] = []
        for length in lengths:
            if length < 0:
                found.append(None)
                continue
            found.append(together[at : at + length])
            at += length
        if at > len(together):
            raise Malformed("a text ends too early")
        return found

    def categories(self) -> Any:
        pandas = _science("pandas")

        ordered = bytes(self.take(1)) == b"1"
        codes = self.flat("i4")
        dtype = "str" if bytes(self.take(1)) == b"s" else object
        names = pandas.Index(self.texts(), dtype=dtype)
        return pandas.Categorical.from_codes(codes, categories=names, ordered=ordered)

    def masked(self) -> Any:
        pandas = _science("pandas")

        name = str(self.take(12), "ascii").rstrip()
        if name not in _MASKED:
            raise Malformed("an unknown kind of column")
        values, mask = self.flat(), self.flat("b1")
        if len(values) != len(mask) or values.dtype != pandas.api.types.pandas_dtype(name).numpy_dtype:
            raise Malformed("a column whose mask does not fit")
        return type(pandas.array([], dtype=name))(values, mask)
