/* The multiply-add peak of one core: independent chains of vectors as wide as the target's, nothing else. */

#include <stdint.h>
#include <time.h>

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
enum { CHAINS = 12 };

typedef float Vector __attribute__((vector_size(4 * LANES)));

/* Keeps the compiler from dropping what nobody reads. */
volatile Vector sink;

/* Billions of floating-point operations a second, over `steps` steps of all chains. */
double fma_peak(int64_t steps) {
  Vector chains[CHAINS], factor = {0}, addend = {0};
  factor += 0.999f;
  addend += 0.001f;
  for (int i = 0; i < CHAINS; ++i)
    chains[i] = addend * (float)i;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; ++i)
      chains[i] = chains[i] * factor + addend;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  for (int i = 0; i < CHAINS; ++i)
    sink = chains[i];
  double seconds = (end.tv_sec - start.tv_sec) + 1e-9 * (end.tv_nsec - start.tv_nsec);
  return 2e-9 * LANES * CHAINS * (double)steps / seconds;
}
