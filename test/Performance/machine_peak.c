/*===- machine_peak.c - the most multiply-adds that this machine can do -----------===*/
/*
 * Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: machine_peak THREADS best|avx2      prints GFLOP/s
 *
 * Twelve independent chains hide the latency of the multiply-add (4 cycles, 2
 * of them a cycle, and some to spare); nothing is loaded or stored.
 */

#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { Chains = 12, Steps = 1 << 12, MaxThreads = 256 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static volatile float kept;

#define CHAINS_OF(VECTOR, SET, FMADD, ADD, FIRST)                                                                      \
  VECTOR sums[Chains], factor = SET(0.999999f), term = SET(1e-6f);                                                     \
  for (int i = 0; i < Chains; ++i)                                                                                     \
    sums[i] = SET((float)i);                                                                                           \
  for (int step = 0; step < Steps; ++step) {                                                                           \
    sums[0] = FMADD(sums[0], factor, term), sums[1] = FMADD(sums[1], factor, term);                                    \
    sums[2] = FMADD(sums[2], factor, term), sums[3] = FMADD(sums[3], factor, term);                                    \
    sums[4] = FMADD(sums[4], factor, term), sums[5] = FMADD(sums[5], factor, term);                                    \
    sums[6] = FMADD(sums[6], factor, term), sums[7] = FMADD(sums[7], factor, term);                                    \
    sums[8] = FMADD(sums[8], factor, term), sums[9] = FMADD(sums[9], factor, term);                                    \
    sums[10] = FMADD(sums[10], factor, term), sums[11] = FMADD(sums[11], factor, term);                                \
  }                                                                                                                    \
  for (int i = 1; i < Chains; ++i)                                                                                     \
    sums[0] = ADD(sums[0], sums[i]);                                                                                   \
  kept = FIRST(sums[0]);

__attribute__((target("avx512f"))) static void chains512(void) {
  CHAINS_OF(__m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps, _mm512_cvtss_f32)
}
__attribute__((target("avx2,fma"))) static void chains256(void) {
  CHAINS_OF(__m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps, _mm256_cvtss_f32)
}

static int wide;
static pthread_barrier_t start;

/* The most GFLOP/s of one thread in any of 200 slices of half a millisecond, so short that others seldom cut in. */
static void *work(void *result) {
  double best = 0;
  pthread_barrier_wait(&start);
  for (int slice = 0; slice < 200; ++slice) {
    double begin = now(), end, calls = 0;
    do {
      wide ? chains512() : chains256();
      ++calls;
    } while ((end = now()) < begin + 0.0005);
    double rate = calls * Steps * Chains * 2 * (wide ? 16 : 8) / (end - begin) / 1e9;
    best = rate > best ? rate : best;
  }
  *(double *)result = best;
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > MaxThreads || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return 1;
  wide = !(count > 2 && !strcmp(arguments[2], "avx2")) && __builtin_cpu_supports("avx512f");
  pthread_t ids[MaxThreads];
  double results[MaxThreads], sum = 0;
  pthread_barrier_init(&start, NULL, threads);
  for (int i = 0; i < threads; ++i)
    pthread_create(&ids[i], NULL, work, &results[i]);
  for (int i = 0; i < threads; ++i) {
    pthread_join(ids[i], NULL);
    sum += results[i];
  }
  printf("%.1f\n", sum);
  return 0;
}
