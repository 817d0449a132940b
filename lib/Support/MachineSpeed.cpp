//===- MachineSpeed.cpp - what one core of this machine can do ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/MachineSpeed.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace winnow {

#if defined(__x86_64__)
/// Rounds of one trial: a fraction of a millisecond.
static constexpr int kRounds = 20000, kTrials = 40;
/// Long enough for the hardware to fetch ahead, short enough to be flushed often.
static constexpr int kReadBytes = 8 << 20;

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

/// A chain of additions, each of which takes one cycle on every x86 core.
static void addInteger(int64_t *value) {
  int64_t sum = value[0], step = value[1];
  for (int round = 0; round < kRounds; ++round)
    __asm__ volatile(
        "add %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\t"
        "add %1, %0"
        : "+r"(sum)
        : "r"(step)
        : "cc");
  value[0] = sum;
}

#define WINNOW_READ_LOOP(Vector, load, add, store, lanes)                                                              \
  Vector s0 = load(data), s1 = s0, s2 = s0, s3 = s0;                                                                   \
  for (const float *at = data, *end = data + count; at < end; at += 4 * (lanes)) {                                     \
    s0 = add(s0, load(at)), s1 = add(s1, load(at + (lanes)));                                                          \
    s2 = add(s2, load(at + 2 * (lanes))), s3 = add(s3, load(at + 3 * (lanes)));                                        \
  }                                                                                                                    \
  float sums[16];                                                                                                      \
  store(sums, add(add(s0, s1), add(s2, s3)));                                                                          \
  return sums[0]

__attribute__((target("avx512f"))) static float sum512(const float *data, int64_t count) {
  WINNOW_READ_LOOP(__m512, _mm512_loadu_ps, _mm512_add_ps, _mm512_storeu_ps, 16);
}

__attribute__((target("avx"))) static float sum256(const float *data, int64_t count) {
  WINNOW_READ_LOOP(__m256, _mm256_loadu_ps, _mm256_add_ps, _mm256_storeu_ps, 8);
}

/// Lanes of the widest vectors that this machine multiplies and adds; 0 where there are none.
static int getLanes() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    return 16;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8 : 0;
}

/// The least nanoseconds of `trials` runs of `work`, each after `prepare`.
template <typename Prepare, typename Work> static double getLeastTime(int trials, Prepare &&prepare, Work &&work) {
  double least = 0;
  for (int trial = 0; trial < trials; ++trial) {
    prepare();
    auto start = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    least = trial == 0 ? time.count() : std::min(least, time.count());
  }
  return least;
}

/// Multiply-add instructions in a nanosecond.
static double measureMultiplyAdds(int lanes) {
  float values[16] = {0.5f, 1.0f};
  double time = getLeastTime(kTrials, [] {}, [&] { (lanes == 16 ? multiplyAdd512 : multiplyAdd256)(values); });
  // The result is used, so that the loop is not removed.
  return time > 0 && values[7] > 0 ? static_cast<double>(kRounds) * kChains / time : 0;
}

double measurePeakGFlops() {
  int lanes = getLanes();
  return lanes == 0 ? 0 : 2.0 * lanes * measureMultiplyAdds(lanes);
}

std::optional<MachineSpeed> measureMachineSpeed() {
  int lanes = getLanes();
  if (lanes == 0)
    return std::nullopt;
  int64_t chain[2] = {0, 1};
  double cycles = 8.0 * kRounds / getLeastTime(kTrials, [] {}, [&] { addInteger(chain); }); // in a nanosecond
  std::vector<float> data(kReadBytes / sizeof(float), 1.0f);
  // Lines that are written back leave all caches, however large the last one is.
  auto flush = [&] {
    for (size_t i = 0; i < data.size(); i += 16)
      _mm_clflush(data.data() + i);
    _mm_mfence();
  };
  float sum = 0;
  auto read = [&] { sum += (lanes == 16 ? sum512 : sum256)(data.data(), static_cast<int64_t>(data.size())); };
  MachineSpeed speed{measureMultiplyAdds(lanes) / cycles, kReadBytes / getLeastTime(6, flush, read) / cycles};
  bool isSensible = sum > 0 && speed.multiplyAdds > 0.1 && speed.memoryBytes > 0.1;
  return isSensible ? std::optional(speed) : std::nullopt;
}
#else
double measurePeakGFlops() { return 0; }
std::optional<MachineSpeed> measureMachineSpeed() { return std::nullopt; }
#endif

} // namespace winnow
