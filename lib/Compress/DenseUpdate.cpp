//===- DenseUpdate.cpp - what pruning spends its time on ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DenseUpdate.h"

#include <cstring>
#include <vector>

namespace winnow {

/// Rows that are computed together, so that each term that is read serves all of them.
static constexpr size_t kRowsTogether = 4;
/// From so many rows on, columns of the terms are copied together: their rows lie pages apart.
static constexpr size_t kRowsWorthCopy = 16;

namespace {
/// A vector of this machine, which the compiler keeps in a register.
template <size_t Bytes> struct Vector {
  typedef float Type __attribute__((vector_size(Bytes)));
};
} // namespace

/// `Columns` vectors of each of `Count` rows stay in registers while all terms are subtracted.
template <size_t Bytes, size_t Count, size_t Columns>
[[gnu::always_inline]] static inline void subtractBlock(Rows to, ConstRows from, ConstRows factors, ConstRows terms,
                                                        size_t depth) {
  using Floats = typename Vector<Bytes>::Type;
  constexpr size_t kFloats = Bytes / sizeof(float);
  Floats sums[Count][Columns];
  for (size_t r = 0; r < Count; ++r)
    for (size_t k = 0; k < Columns; ++k)
      std::memcpy(&sums[r][k], from.data + r * from.stride + k * kFloats, Bytes);
  for (size_t p = 0; p < depth; ++p) {
    Floats term[Columns];
    for (size_t k = 0; k < Columns; ++k)
      std::memcpy(&term[k], terms.data + p * terms.stride + k * kFloats, Bytes);
    for (size_t r = 0; r < Count; ++r)
      for (size_t k = 0; k < Columns; ++k)
        sums[r][k] -= factors.data[r * factors.stride + p] * term[k];
  }
  for (size_t r = 0; r < Count; ++r)
    for (size_t k = 0; k < Columns; ++k)
      std::memcpy(to.data + r * to.stride + k * kFloats, &sums[r][k], Bytes);
}

/// The columns that fill no vectors.
static void subtractRest(Rows to, ConstRows from, ConstRows factors, ConstRows terms, size_t count, size_t depth,
                         size_t length) {
  for (size_t r = 0; r < count; ++r)
    for (size_t i = 0; i < length; ++i) {
      float sum = from.data[r * from.stride + i];
      for (size_t p = 0; p < depth; ++p)
        sum -= factors.data[r * factors.stride + p] * terms.data[p * terms.stride + i];
      to.data[r * to.stride + i] = sum;
    }
}

/// As many blocks of columns from `first` on as there are; returns where they end.
template <size_t Bytes, size_t Columns>
[[gnu::always_inline]] static inline size_t subtractColumns(size_t first, Rows to, ConstRows from, ConstRows factors,
                                                            ConstRows terms, size_t count, size_t depth,
                                                            size_t length) {
  constexpr size_t kWidth = Columns * Bytes / sizeof(float);
  std::vector<float> panel(count >= kRowsWorthCopy && first + kWidth <= length ? depth * kWidth : 0);
  for (; first + kWidth <= length; first += kWidth) {
    ConstRows part{terms.data + first, terms.stride};
    for (size_t p = 0; p < depth && !panel.empty(); ++p)
      std::memcpy(panel.data() + p * kWidth, part.data + p * part.stride, kWidth * sizeof(float));
    if (!panel.empty())
      part = {panel.data(), kWidth};
    auto at = [&](auto rows, size_t r) { return decltype(rows){rows.data + r * rows.stride + first, rows.stride}; };
    size_t r = 0;
    for (; r + kRowsTogether <= count; r += kRowsTogether)
      subtractBlock<Bytes, kRowsTogether, Columns>(at(to, r), at(from, r),
                                                   {factors.data + r * factors.stride, factors.stride}, part, depth);
    for (; r < count; ++r)
      subtractBlock<Bytes, 1, Columns>(at(to, r), at(from, r), {factors.data + r * factors.stride, factors.stride},
                                       part, depth);
  }
  return first;
}

template <size_t Bytes, size_t Columns>
[[gnu::always_inline]] static inline void subtract(Rows to, ConstRows from, ConstRows factors, ConstRows terms,
                                                   size_t count, size_t depth, size_t length) {
  size_t done = subtractColumns<Bytes, Columns>(0, to, from, factors, terms, count, depth, length);
  done = subtractColumns<Bytes, 1>(done, to, from, factors, terms, count, depth, length);
  subtractRest({to.data + done, to.stride}, {from.data + done, from.stride}, factors, {terms.data + done, terms.stride},
               count, depth, length - done);
}

using Subtract = void(Rows, ConstRows, ConstRows, ConstRows, size_t, size_t, size_t);

static void subtractPlain(Rows to, ConstRows from, ConstRows factors, ConstRows terms, size_t count, size_t depth,
                          size_t length) {
  subtract<16, 2>(to, from, factors, terms, count, depth, length);
}

#ifdef __x86_64__
// Not ifuncs: their resolvers run before sanitizers are ready.
[[gnu::target("avx2,fma")]] static void subtractAvx2(Rows to, ConstRows from, ConstRows factors, ConstRows terms,
                                                     size_t count, size_t depth, size_t length) {
  subtract<32, 2>(to, from, factors, terms, count, depth, length);
}
[[gnu::target("avx512f")]] static void subtractAvx512(Rows to, ConstRows from, ConstRows factors, ConstRows terms,
                                                      size_t count, size_t depth, size_t length) {
  subtract<64, 4>(to, from, factors, terms, count, depth, length);
}
#endif

static Subtract *chooseSubtract() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    return subtractAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return subtractAvx2;
#endif
  return subtractPlain;
}

void subtractProduct(Rows to, ConstRows from, ConstRows factors, ConstRows terms, size_t count, size_t depth,
                     size_t length) {
  static Subtract *const chosen = chooseSubtract();
  chosen(to, from, factors, terms, count, depth, length);
}

} // namespace winnow
