"""The transparency of a WebP file as libwebp reads it, written in a tenth of the memory that libwebp writes it in.

The format is that of an ALPH chunk in lossless compression (RFC 9649 §2.7.1.2 and §3, read 2026-11-22): each pixel less
the one above it, as literals and runs, under one prefix code. Runs in a bounded child only.
"""

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

# Compressed (1), each pixel less the one above it (2 << 2).
_HEADER = 1 | 2 << 2
_LONGEST_CODE = 15
_LENGTH_CODES = 24
_LONGEST_RUN = 4096
# What is worked on at once; with all that is computed of it, at most some 100 bytes a pixel.
_BLOCK_PIXELS = 524_288
# The order in which the lengths of the codes for code lengths are written.
_LENGTHS_OF_LENGTHS = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)


class _Bits:
    """A stream of bits, the lowest of each byte first."""

    def __init__(self) -> None:
        self.written = bytearray()
        self._held, self._count = 0, 0

    def put(self, value: int, count: int) -> None:
        self._held |= value << self._count
        self._count += count
        whole = self._count // 8
        self.written += (self._held & ((1 << whole * 8) - 1)).to_bytes(whole, "little")
        self._held >>= whole * 8
        self._count -= whole * 8

    def put_all(self, values: Words, counts: Words) -> None:
        """Many values of at most 48 bits each."""
        ends = np.cumsum(counts) + np.uint64(self._count)
        starts = ends - counts
        words = np.zeros(int(ends[-1]) // 64 + 2, np.uint64)
        words[0] = self._held
        place, shift = (starts >> np.uint64(6)).astype(np.intp), starts & np.uint64(63)
        # No two values share a bit, so that adding is the same as setting.
        np.add.at(words, place, values << shift)
        # Shifted twice: a shift by 64 is not defined.
        np.add.at(words, place + 1, values >> (np.uint64(63) - shift) >> np.uint64(1))
        whole, self._count = divmod(int(ends[-1]), 8)
        packed = words.astype("<u8").tobytes()
        self.written += packed[:whole]
        self._held = packed[whole] & ((1 << self._count) - 1)

    def closed(self) -> bytearray:
        """Everything, filled up to a whole byte."""
        self.put(0, -self._count % 8)
        return self.written


def alpha_chunk(alpha: Bytes) -> bytearray:
    """The contents of the ALPH chunk for a plane of height × width levels; 255 is opaque."""
    counts = np.zeros(256 + _LENGTH_CODES, np.int64)
    # A code needs two words at least.
    counts[[0, 256]] = 1
    for levels, rests in _runs(alpha):
        counts[:256] += np.bincount(levels, minlength=256)
        counts[256:] += np.bincount(_length_code(rests)[0], minlength=_LENGTH_CODES + 1)[1:]
    lengths = code_lengths(counts.tolist())
    codes = _canonical(lengths)
    bits = _Bits()
    bits.put(_HEADER, 8)
    # No transform, no colour cache, one set of codes for the whole picture.
    bits.put(0, 3)
    _put_code(bits, lengths)
    # Of red, blue and alpha there is only 0; distances are all "the pixel before", the second of the short ones.
    for symbol in (0, 0, 0, 1):
        bits.put(1 | symbol << 3, 4)
    widths = np.array([*lengths, 0], np.uint64)
    words = np.array([*codes, 0], np.uint64)
    for levels, rests in _runs(alpha):
        bits.put_all(*_tokens(levels, rests, words, widths))
    return bits.closed()


def _tokens(levels: Bytes, rests: NDArray[np.int64], words: Words, widths: Words) -> tuple[Words, Words]:
    """A literal for each run, and where it is longer than one pixel a copy of the pixel before for the rest."""
    code, extra, extra_bits = _length_code(rests)
    # The last entry of both tables is that of no copy at all.
    symbol = np.where(rests > 0, 255 + code, len(words) - 1)
    literals: Words = words[levels]
    copies: Words = words[symbol]
    first: Words = widths[levels]
    second: Words = first + widths[symbol]
    return literals | (copies << first) | (extra << second), second + extra_bits


def _runs(alpha: Bytes) -> Iterator[tuple[Bytes, NDArray[np.int64]]]:
    """By blocks of rows: the level of each run of equal differences, and how many pixels follow its first."""
    rows = max(1, _BLOCK_PIXELS // alpha.shape[1])
    for top in range(0, alpha.shape[0], rows):
        block = alpha[top : top + rows]
        above = alpha[top - 1 : top - 1 + len(block)] if top else np.concatenate([_left_of(block[:1]), block[:-1]])
        flat = (block - above).reshape(-1)
        is_start = np.ones(len(flat), np.bool_)
        np.not_equal(flat[1:], flat[:-1], out=is_start[1:])
        is_start[::_LONGEST_RUN] = True
        starts = np.flatnonzero(is_start)
        yield flat[starts], np.diff(starts, append=len(flat)) - 1


def _left_of(row: Bytes) -> Bytes:
    """What the first row is written less of: the pixel to the left, 0 at the edge."""
    return np.concatenate([np.zeros((1, 1), np.uint8), row[:, :-1]], axis=1)


def _length_code(rests: NDArray[np.int64]) -> tuple[NDArray[np.int64], Words, Words]:
    """The code of each length counted from 1 (0: there is none), its further bits and their number."""
    below = np.maximum(rests - 1, 0)
    highest = np.frexp(below)[1].astype(np.int64) - 1
    extra_bits = np.maximum(highest - 1, 0)
    code = np.where(below < 4, below, 2 * highest + ((below >> extra_bits) & 1))
    extra_bits = np.where(below < 4, 0, extra_bits)
    extra = below & ((1 << extra_bits) - 1)
    return np.where(rests > 0, code + 1, 0), extra.astype(np.uint64), extra_bits.astype(np.uint64)


def code_lengths(counts: list[int]) -> list[int]:
    """The number of bits of each symbol's code, 0 for symbols that are not there; none above fifteen."""
    least = 1
    while True:
        heap: list[tuple[int, int, tuple[int, ...]]] = [
            (max(count, least), symbol, (symbol,)) for symbol, count in enumerate(counts) if count
        ]
        heapq.heapify(heap)
        lengths = [0] * len(counts)
        while len(heap) > 1:
            (one, _, left), (other, order, right) = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in left + right:
                lengths[symbol] += 1
            heapq.heappush(heap, (one + other, order, left + right))
        if max(lengths) <= _LONGEST_CODE:
            return lengths
        # Rare symbols made less rare: the tree becomes less deep.
        least *= 2


def _canonical(lengths: list[int]) -> list[int]:
    """The code of each symbol, its first bit lowest."""
    codes, code, before = [0] * len(lengths), 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        codes[symbol] = _reversed(code, length)
        code, before = code + 1, length
    return codes


def _reversed(code: int, length: int) -> int:
    return int(f"{code:0{length}b}"[::-1], 2)


def _put_code(bits: _Bits, lengths: list[int]) -> None:
    """Sixteen lengths of four bits each describe the lengths of the code."""
    bits.put(0, 1)
    bits.put(len(_LENGTHS_OF_LENGTHS) - 4, 4)
    for symbol in _LENGTHS_OF_LENGTHS:
        bits.put(4 if symbol < 16 else 0, 3)
    bits.put(0, 1)
    for length in lengths:
        bits.put(_reversed(length, 4), 4)
