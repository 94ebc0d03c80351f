"""One comparison that Python has no words for: the sides of eight boxes at once, as vectors.

Written for LLVM by hand. Of the same loop in Python it makes forty-eight comparisons of one number, since it
unrolls a loop of eight before it looks for vectors: 125 ns for a block, and 6 ns so.
"""
# ruff: noqa: ANN401  (numba and llvmlite have no types of their own)

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

WIDE = 8
_INT = ir.IntType(32)
# Of a block's sides, by their places, which lies beyond which of the other box's.
_BEYOND = ((">", 1), ("<", 0), (">", 3), ("<", 2), (">", 5), ("<", 4))


def _apart(_: Any, sides: Any, block: Any, of: Any) -> Any:
    """Give which boxes of a block lie apart from another, a bit for each.

    Called from kernels alone: `apart(sides, block, of)` with sides of the form (blocks, 6, WIDE) in single
    precision (west, east, south, north, bottom, top) and the six sides of the other box. What is not a number
    lies apart from nothing.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        first = builder.mul(given[1], ir.Constant(given[1].type, 6 * WIDE))
        numbers = ir.VectorType(ir.FloatType(), WIDE)

        def side(n: int) -> Any:
            at = builder.gep(data, [builder.add(first, ir.Constant(first.type, n * WIDE))])
            return builder.load(builder.bitcast(at, numbers.as_pointer()), align=4)

        def eightfold(number: Any) -> Any:
            one = builder.insert_element(ir.Constant(numbers, ir.Undefined), number, ir.Constant(_INT, 0))
            return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_INT, WIDE), [0] * WIDE))

        found = None
        for n, (sign, against) in enumerate(_BEYOND):
            each = builder.fcmp_ordered(sign, eightfold(builder.extract_value(given[2], n)), side(against))
            found = each if found is None else builder.or_(found, each)
        return builder.zext(builder.bitcast(found, ir.IntType(WIDE)), ir.IntType(64))

    six: Any = types.UniTuple(types.float32, 6)  # type: ignore[no-untyped-call]
    return types.int64(sides, types.int64, six), generate


apart: Any = intrinsic(_apart)
