//===- MachinePeak.cpp - what a core can do at most ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachinePeak.h"

#include <algorithm>
#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace winnow::run {

/// Rounds of one trial: a fraction of a millisecond.
static constexpr int kRounds = 20000, kTrials = 40;

#if defined(__x86_64__)
/// Multiply-adds of ten chains: two units with a latency of 4 are busy with 8.
/// Spelled out, so that every sum is a register however this file is compiled.
static constexpr int kChains = 10;

#define WINNOW_PEAK_LOOP(Vector, splat, fmadd, add, store)                                                             \
  Vector f = splat(values[0]), b = splat(values[1]);                                                                   \
  Vector s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b;                               \
  for (int round = 0; round < kRounds; ++round) {                                                                      \
    s0 = fmadd(s0, f, b), s1 = fmadd(s1, f, b), s2 = fmadd(s2, f, b), s3 = fmadd(s3, f, b), s4 = fmadd(s4, f, b);      \
    s5 = fmadd(s5, f, b), s6 = fmadd(s6, f, b), s7 = fmadd(s7, f, b), s8 = fmadd(s8, f, b), s9 = fmadd(s9, f, b);      \
    __asm__ volatile("" : "+v"(s0), "+v"(s1), "+v"(s2), "+v"(s3), "+v"(s4)); /* equal chains stay ten */               \
    __asm__ volatile("" : "+v"(s5), "+v"(s6), "+v"(s7), "+v"(s8), "+v"(s9));                                           \
  }                                                                                                                    \
  s0 = add(add(add(s0, s1), add(s2, s3)), add(add(s4, s5), add(s6, s7)));                                              \
  store(values, add(s0, add(s8, s9)))

__attribute__((target("avx512f"))) static void multiplyAdd512(float *values) {
  WINNOW_PEAK_LOOP(__m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps, _mm512_storeu_ps);
}

__attribute__((target("avx2,fma"))) static void multiplyAdd256(float *values) {
  WINNOW_PEAK_LOOP(__m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps, _mm256_storeu_ps);
}

double measurePeakGFlops() {
  __builtin_cpu_init();
  bool is512 = __builtin_cpu_supports("avx512f"),
       is256 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (!is512 && !is256)
    return 0;
  double flops = 2.0 * kRounds * kChains * (is512 ? 16 : 8), best = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    float values[16] = {0.5f, 1.0f};
    auto start = std::chrono::steady_clock::now();
    (is512 ? multiplyAdd512 : multiplyAdd256)(values);
    std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    // The result is used, so that the loop is not removed.
    if (values[7] > 0)
      best = std::max(best, flops / time.count());
  }
  return best;
}
#else
double measurePeakGFlops() { return 0; }
#endif

} // namespace winnow::run
