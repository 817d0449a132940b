//===- Walk.h - strides and walks over index spaces ----------- -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_WALK_H
#define WINNOW_LIB_INTERPRETER_WALK_H

#include "winnow/Interpreter/Tensor.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cstring>
#include <limits>

namespace winnow {

using Extents = llvm::SmallVector<int64_t, 6>;

/// The product of extents; 1 of none.
inline int64_t numElements(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// Elements between neighbours of each dimension of a row-major tensor.
inline Extents getRowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  Extents strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/// Strides that read a tensor of `shape` as if broadcast to `rank` dimensions:
/// dimensions align from the right, those of extent 1 repeat.
inline Extents getBroadcastStrides(llvm::ArrayRef<int64_t> shape, size_t rank) {
  Extents strides(rank, 0), own = getRowMajorStrides(shape);
  for (size_t i = 0; i < shape.size(); ++i)
    strides[rank - shape.size() + i] = shape[i] == 1 ? 0 : own[i];
  return strides;
}

/// Calls `visit(position, offsets)` for every index of `shape` in row-major
/// order: its number, and its offset by each of `strides`.
template <size_t N, typename Visitor>
void walk(llvm::ArrayRef<int64_t> shape, const std::array<Extents, N> &strides, Visitor visit) {
  int64_t count = numElements(shape), inner = shape.empty() ? 1 : shape.back();
  Extents index(shape.size(), 0);
  std::array<int64_t, N> row{};
  for (int64_t position = 0; position < count;) {
    std::array<int64_t, N> offsets = row;
    for (int64_t i = 0; i < inner; ++i, ++position) {
      visit(position, offsets);
      for (size_t n = 0; n < N; ++n)
        offsets[n] += shape.empty() ? 0 : strides[n].back();
    }
    // On to the next row: the innermost dimension that has room takes a step, those within start anew.
    for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d) {
      bool carry = ++index[d] == shape[d];
      for (size_t n = 0; n < N; ++n)
        row[n] += carry ? -strides[n][d] * (shape[d] - 1) : strides[n][d];
      if (!carry)
        break;
      index[d] = 0;
    }
  }
}

/// A tensor's index space around one axis: element (o, a, i) lies at (o * extent + a) * inner + i.
struct AxisView {
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis)
      : outer(numElements(shape.take_front(axis))), extent(shape[axis]),
        inner(numElements(shape.drop_front(axis + 1))) {}
  int64_t outer, extent, inner;

  /// Calls `visit(first)` with the offset of each line's first element; its elements lie `inner` apart.
  template <typename Visitor> void forEachLine(Visitor visit) const {
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i)
        visit(o * extent * inner + i);
  }
};

/// Copies elements of `bytes` bytes, whatever they are, from `in` to `out`.
inline void copyElement(char *out, int64_t to, const char *in, int64_t from, int64_t bytes) {
  switch (bytes) {
  case 1:
    out[to] = in[from];
    return;
  case 4:
    std::memcpy(out + to * 4, in + from * 4, 4);
    return;
  default:
    std::memcpy(out + to * bytes, in + from * bytes, bytes);
  }
}

/// Fills `out` with the elements of `in` at `base` + index * `strides`.
inline void copyStrided(const Tensor &in, int64_t base, const Extents &strides, llvm::ArrayRef<int64_t> shape,
                        Tensor &out) {
  const char *from = in.getBytes().data();
  char *to = out.getMutableBytes().data();
  int64_t bytes = in.getElementBytes();
  walk<1>(shape, {strides}, [&](int64_t position, std::array<int64_t, 1> offset) {
    copyElement(to, position, from, base + offset[0], bytes);
  });
}

/// Calls `visit` with a zero of the C++ type that holds and orders elements of
/// `type` exactly: double, int64_t or uint64_t (for ui64 alone).
template <typename Visitor> void visitNumberType(mlir::Type type, Visitor visit) {
  type = getStoredType(type);
  if (llvm::isa<mlir::FloatType>(type))
    visit(double());
  else if (type.isUnsignedInteger(64))
    visit(uint64_t());
  else
    visit(int64_t());
}

/// The elements of a tensor as a type of `visitNumberType`.
template <typename T> std::vector<T> getValues(const Tensor &tensor) {
  if constexpr (std::is_same_v<T, double>) {
    return tensor.getDoubles();
  } else {
    std::vector<int64_t> ints = tensor.getInts();
    return std::vector<T>(ints.begin(), ints.end());
  }
}

/// Stores elements: floats are rounded, integers wrap.
template <typename T> void setValues(Tensor &tensor, const std::vector<T> &values) {
  if constexpr (std::is_same_v<T, double>)
    tensor.setDoubles(values);
  else
    tensor.setInts(std::vector<int64_t>(values.begin(), values.end()));
}

/// The lowest and highest values that elements of `type` can have; infinite for floats.
template <typename T> T getLowest(mlir::Type type) {
  if constexpr (std::is_same_v<T, double>)
    return -std::numeric_limits<double>::infinity();
  type = getStoredType(type);
  unsigned width = type.getIntOrFloatBitWidth();
  if (type.isUnsignedInteger() || width == 1)
    return 0;
  return static_cast<T>(~uint64_t(0) << (width - 1));
}
template <typename T> T getHighest(mlir::Type type) {
  if constexpr (std::is_same_v<T, double>)
    return std::numeric_limits<double>::infinity();
  type = getStoredType(type);
  unsigned width = type.getIntOrFloatBitWidth(), digits = type.isUnsignedInteger() || width == 1 ? width : width - 1;
  return static_cast<T>(~uint64_t(0) >> (64 - digits));
}

/// Arithmetic of the types of `visitNumberType`, where integers wrap.
template <typename T> T addValues(T a, T b) {
  if constexpr (std::is_same_v<T, double>)
    return a + b;
  else
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
template <typename T> T multiplyValues(T a, T b) {
  if constexpr (std::is_same_v<T, double>)
    return a * b;
  else
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
/// The smaller and the larger value; NaN wins.
template <typename T> T minValue(T a, T b) { return a != a || a < b ? a : b; }
template <typename T> T maxValue(T a, T b) { return a != a || a > b ? a : b; }

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_WALK_H
