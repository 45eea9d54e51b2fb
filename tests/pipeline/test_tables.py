import numpy as np
import pyarrow as pa
import pytest

from pipeline.tables import matrix, table, vectors


def test_a_table_has_the_declared_columns_in_their_order():
    made = table({"b": [1, 2]}, {"a": pa.string(), "b": pa.int64()})
    assert made.to_pydict() == {"a": [None, None], "b": [1, 2]}
    assert made.schema == pa.schema([("a", pa.string()), ("b", pa.int64())])
    with pytest.raises(KeyError, match="'c'"):
        table({"c": []}, {"a": pa.string()})


def test_vectors_come_back():
    rows = [np.array([1, 2], np.float16), None, np.array([3, 4], np.float16)]
    column = vectors(rows)
    assert column.to_pylist() == [[1, 2], None, [3, 4]]
    assert (matrix(column.drop_null()) == [[1, 2], [3, 4]]).all()
    assert vectors([]).to_pylist() == []
    assert matrix(vectors([])).shape == (0, 0)
