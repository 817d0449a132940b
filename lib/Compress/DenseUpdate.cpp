//===- DenseUpdate.cpp - what pruning spends its time on ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DenseUpdate.h"

#include <algorithm>

namespace winnow {

/// Elements that are kept in registers while all rows are subtracted.
static constexpr size_t kBlock = 64;

[[gnu::always_inline]] static inline void subtract(float *__restrict to, const float *__restrict from,
                                                   const float *__restrict factors, const float *__restrict rows,
                                                   size_t stride, size_t count, size_t length) {
  size_t i = 0;
  for (; i + kBlock <= length; i += kBlock) {
    float sums[kBlock];
    for (size_t k = 0; k < kBlock; ++k)
      sums[k] = from[i + k];
    for (size_t p = 0; p < count; ++p)
      for (size_t k = 0; k < kBlock; ++k)
        sums[k] -= factors[p] * rows[p * stride + i + k];
    for (size_t k = 0; k < kBlock; ++k)
      to[i + k] = sums[k];
  }
  for (; i < length; ++i) {
    float sum = from[i];
    for (size_t p = 0; p < count; ++p)
      sum -= factors[p] * rows[p * stride + i];
    to[i] = sum;
  }
}

using Subtract = void(float *, const float *, const float *, const float *, size_t, size_t, size_t);

static void subtractPlain(float *to, const float *from, const float *factors, const float *rows, size_t stride,
                          size_t count, size_t length) {
  subtract(to, from, factors, rows, stride, count, length);
}

#ifdef __x86_64__
// Not ifuncs: their resolvers run before sanitizers are ready.
[[gnu::target("avx2,fma")]] static void subtractAvx2(float *to, const float *from, const float *factors,
                                                     const float *rows, size_t stride, size_t count, size_t length) {
  subtract(to, from, factors, rows, stride, count, length);
}
[[gnu::target("avx512f"), clang::min_vector_width(512)]] static void subtractAvx512(float *to, const float *from,
                                                                              const float *factors, const float *rows,
                                                                              size_t stride, size_t count,
                                                                              size_t length) {
  subtract(to, from, factors, rows, stride, count, length);
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

void subtractRows(float *to, const float *from, const float *factors, const float *rows, size_t stride, size_t count,
                  size_t length) {
  static Subtract *const chosen = chooseSubtract();
  chosen(to, from, factors, rows, stride, count, length);
}

} // namespace winnow
