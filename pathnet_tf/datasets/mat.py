# Copyright 2026 The pathnet_tf Authors. Licensed under Apache-2.0.
"""Numeric arrays from MATLAB 5 files, whoever wrote them.

`scipy.io.loadmat` reads far more, but is not made for files that may be wrong:
a single wrong type number ends the whole process (SciPy 1.17), and what is
compressed may take any amount of memory.

The format, after a head of 128 bytes: elements, each with a tag of a type and
a length. A variable is a matrix element, which holds elements itself (flags,
sizes, name, data), each filled up to eight bytes; or such an element
compressed.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from pathnet_tf.datasets import files

_INT8, _INT32, _UINT32 = 1, 5, 6  # Types of elements, as in their tags.
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {
  _INT8: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  _INT32: 'i4',
  _UINT32: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
}
_NUMERIC_CLASSES = range(6, 16)  # Of a matrix: double, single, int8 .. uint64.
_COMPLEX = 0x800
_LONGEST_NAME = 64  # MATLAB's own are shorter.

# For each dimension its size, or None where any will do.
Shape = tuple[int | None, ...]


class MatError(Exception):
  """A file is not what is read here; the message says why, as `it ...`."""


def read(
  file: BinaryIO, size: int, shapes: Mapping[str, Shape]
) -> dict[str, np.ndarray]:
  """Reads some variables; what follows the last of them is not looked at.

  Args:
    file: at its begin.
    size: of the file, in bytes. What the file declares is compared with it
      before memory is taken.
    shapes: of the variables that are wanted, by their names.

  Returns:
    An array for every name in `shapes`, in Fortran's order, of the dtype that
    its numbers were stored in, which may be narrower than MATLAB's own.

  Raises:
    MatError: the file is not of the format, or has not these variables.
  """
  head = file.read(128)
  order = {b'IM': '<', b'MI': '>'}.get(head[126:])
  if order is None or head[124:126] != struct.pack(f'{order}H', 0x0100):
    raise MatError('it does not begin like a MATLAB 5 file')
  found: dict[str, np.ndarray] = {}
  start = len(head)
  while len(found) < len(shapes):
    if start == size:
      missing = next(name for name in shapes if name not in found)
      raise MatError(f'it has no variable {missing!r}')
    file.seek(start)
    variable = _Bytes(file, size - start, order)
    kind, length = variable.take_words(2)
    variable.shorten(length)
    start += 8 + length
    if kind == _COMPRESSED:
      variable = _InflatedBytes(file, length, order)
      kind, length = variable.take_words(2)
      variable.shorten(length)
    if kind != _MATRIX:
      raise MatError(f'an element of type {kind} stands where variables do')
    _read_variable(variable, shapes, found)
  return found


class _Bytes:
  """The next bytes of a file, up to an end.

  Attributes:
    left: how many there are at most.
    order: of the bytes in a number, '<' or '>'.
  """

  def __init__(self, file: BinaryIO, left: int, order: str):
    self._file = file
    self.left = left
    self.order = order

  def shorten(self, left: int) -> None:
    """Moves the end nearer, to `left` bytes from here."""
    if left > self.left:
      raise MatError('it is too small for the length of a variable')
    self.left = left

  def take_some(self, count: int) -> bytes:
    """Up to `count` bytes, and none only at the end."""
    data = self._read(min(count, self.left))
    self.left -= len(data)
    return data

  def take(self, count: int) -> bytes:
    """Exactly so many bytes; for few only."""
    data = b''
    while len(data) < count:
      more = self.take_some(count - len(data))
      if not more:
        raise MatError('it ends within a variable')
      data += more
    return data

  def take_words(self, count: int) -> tuple[int, ...]:
    """So many unsigned numbers of 32 bits."""
    return struct.unpack(f'{self.order}{count}I', self.take(4 * count))

  def check_end(self) -> None:
    """Refuses more than what fills a variable up to eight bytes."""
    if self.left >= 8:
      raise MatError('a variable goes on after its numbers')
    self.take(self.left)

  def _read(self, count: int) -> bytes:
    return self._file.read(count)


class _InflatedBytes(_Bytes):
  """The bytes that `length` compressed ones become."""

  def __init__(self, file: BinaryIO, length: int, order: str):
    super().__init__(file, length * files.MOST_INFLATION, order)
    self._compressed = length
    self._decoder = zlib.decompressobj()

  def check_end(self) -> None:
    super().check_end()
    if self._read(1):  # At its end, zlib compares a sum of all bytes.
      raise MatError('a compressed variable goes on after its end')
    if not self._decoder.eof:
      raise MatError('a compressed variable ends early')

  def _read(self, count: int) -> bytes:
    data = b''
    while count and not data and not self._decoder.eof:
      packed = self._decoder.unconsumed_tail
      if not packed:
        packed = self._file.read(min(self._compressed, 1 << 16))
        self._compressed -= len(packed)
      try:
        data = self._decoder.decompress(packed, count)
      except zlib.error as error:
        raise MatError('its compressed data are damaged') from error
      if not packed:
        break
    return data


def _read_variable(
  variable: _Bytes, shapes: Mapping[str, Shape], found: dict[str, np.ndarray]
) -> None:
  """Reads a variable into `found` if it is wanted."""
  flags, _ = struct.unpack(
    f'{variable.order}2I', _take_element(variable, _UINT32, least=8, most=8)
  )
  sizes = _take_element(variable, _INT32, least=8, most=4 * 32)
  shape = tuple(np.frombuffer(sizes, f'{variable.order}i4').tolist())
  name = _take_element(variable, _INT8, most=_LONGEST_NAME).decode('latin-1')
  if name not in shapes or name in found:
    return
  wanted = shapes[name]
  if len(shape) != len(wanted) or any(
    size < 0 or other not in (None, size)
    for size, other in zip(shape, wanted, strict=True)
  ):
    raise MatError(f'its variable {name!r} has the sizes {shape}')
  if flags & 0xFF not in _NUMERIC_CLASSES or flags & _COMPLEX:
    raise MatError(f'its variable {name!r} is not of real numbers')
  found[name] = _take_numbers(variable, math.prod(shape)).reshape(
    shape, order='F'
  )
  variable.check_end()


def _take_tag(variable: _Bytes) -> tuple[int, int, bytes | None]:
  """The type and length of an element, and its bytes if they are in the tag."""
  (kind,) = variable.take_words(1)
  length = kind >> 16
  if not length:
    return kind, variable.take_words(1)[0], None
  if length > 4:
    raise MatError(f'a tag holds {length} bytes')
  return kind & 0xFFFF, length, variable.take(4)[:length]


def _take_element(
  variable: _Bytes, wanted: int, *, least: int = 0, most: int
) -> bytes:
  """A whole element of few bytes."""
  kind, length, data = _take_tag(variable)
  if kind != wanted or (length % 4 and wanted != _INT8):
    raise MatError(f'an element of type {kind} stands where {wanted} should')
  if not least <= length <= most:
    raise MatError(f'an element of type {kind} has {length} bytes')
  if data is None:
    data = variable.take(length)
    variable.take(-length % 8)
  return data


def _take_numbers(variable: _Bytes, count: int) -> np.ndarray:
  """The numbers of a variable: `[count]`."""
  kind, length, data = _take_tag(variable)
  if kind not in _NUMBERS:
    raise MatError(f'its numbers are of type {kind}')
  dtype = np.dtype(variable.order + _NUMBERS[kind])
  if length != count * dtype.itemsize:
    raise MatError(f'it holds {length} bytes for {count} numbers')
  if data is not None:
    return np.frombuffer(data, dtype)
  if length > variable.left or length > files.MOST_BYTES:
    raise MatError(f'it is too small for {length} bytes')
  numbers = np.empty(count, dtype)
  if not files.fill(numbers, variable.take_some):
    raise MatError('it ends within its numbers')
  return numbers
