"""Row classes to Arrow and back: a frozen dataclass is the schema of its table."""

import sys
import types
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

SCALARS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


@cache
def schema_of(row_class: type) -> pa.Schema:
    """Return the Arrow schema of a row class: one field a column, nullable where the type allows None.

    Raises TypeError for a column type other than str, int, float, bool, an optional of these or
    a tuple of these.
    """
    hints = get_type_hints(row_class)
    return pa.schema([_field(column.name, hints[column.name]) for column in fields(row_class)])


def _field(name: str, hint: Any) -> pa.Field:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (argument for argument in get_args(hint) if argument is not type(None))
        return pa.field(name, SCALARS[inner], nullable=True)
    if get_origin(hint) is tuple:
        return pa.field(name, pa.list_(SCALARS[get_args(hint)[0]]), nullable=False)
    if hint not in SCALARS:
        raise TypeError(f"column {name} has the type {hint}, which no table can hold")
    return pa.field(name, SCALARS[hint], nullable=False)


def to_batch(row_class: type, rows: list[Any]) -> pa.RecordBatch:
    """Turn rows into one record batch; an absent value in a column that forbids it raises ValueError."""
    schema = schema_of(row_class)
    arrays = []
    for column in schema:
        array = pa.array([getattr(row, column.name) for row in rows], type=column.type)
        if array.null_count and not column.nullable:
            raise ValueError(f"{row_class.__name__}.{column.name} is None in {array.null_count} rows")
        arrays.append(array)
    return pa.record_batch(arrays, schema=schema)


def leave_pandas_out() -> None:
    """Have pyarrow convert without pandas, for a process that is this program's own.

    It would read pandas at its first conversion, only to ask whether a list of ours is a Series: a third of a second
    and 40 MB in each process. Once it has missed it, it does not look again until something wants a DataFrame.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())
        try:
            pa.array([], pa.int64())
        finally:
            del sys.meta_path[0]


class _NoPandas:
    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ImportError(name)


def to_rows(row_class: type, batches: Iterable[pa.RecordBatch]) -> Iterator[Any]:
    """Turn record batches into row objects, one at a time."""
    schema = schema_of(row_class)
    for batch in batches:
        columns = [_values(batch.column(column.name), column) for column in schema]
        for values in zip(*columns, strict=True):
            yield row_class(*values)


def _values(array: pa.Array, column: pa.Field) -> list[Any]:
    values: list[Any] = array.to_pylist()
    return [tuple(value) for value in values] if pa.types.is_list(column.type) else values


def dictionary_of(row_class: type) -> list[dict[str, Any]]:
    """Return the data dictionary of a table: name, type, nullable and meaning of each column."""
    docs = {column.name: column.metadata.get("doc", "") for column in fields(row_class)}
    return [
        {"column": item.name, "type": str(item.type), "nullable": item.nullable, "doc": docs[item.name]}
        for item in schema_of(row_class)
    ]
