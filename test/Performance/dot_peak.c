/* The peak of products of bytes of one core: independent chains of the widest instruction that adds up four of them. */

#include <immintrin.h>
#include <stdint.h>
#include <time.h>

#if defined(__AVX512VNNI__)
typedef __m512i Vector;
#define DOT(sums, a, b) _mm512_dpbusd_epi32(sums, a, b)
#define SPLAT(value) _mm512_set1_epi8(value)
#elif defined(__AVXVNNI__)
typedef __m256i Vector;
#define DOT(sums, a, b) _mm256_dpbusd_avx_epi32(sums, a, b)
#define SPLAT(value) _mm256_set1_epi8(value)
#elif defined(__AVX2__)
typedef __m256i Vector;
#define DOT(sums, a, b)                                                                                                \
  _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)))
#define SPLAT(value) _mm256_set1_epi8(value)
#else
typedef __m128i Vector;
#define DOT(sums, a, b) _mm_add_epi32(sums, _mm_madd_epi16(a, b))
#define SPLAT(value) _mm_set1_epi8(value)
#endif
enum { CHAINS = 12 };

/* Keeps the compiler from dropping what nobody reads. */
volatile Vector sink;

/* Billions of operations (a product and an addition are two) a second, over `steps` steps of all chains. */
double dot_peak(int64_t steps) {
  Vector chains[CHAINS], a = SPLAT(3), b = SPLAT(2);
  for (int i = 0; i < CHAINS; ++i)
    chains[i] = SPLAT((char)i);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; ++i) {
      chains[i] = DOT(chains[i], a, b);
      __asm__ volatile("" : "+x"(chains[i]));
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  for (int i = 0; i < CHAINS; ++i)
    sink = chains[i];
  double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
  return 2e-9 * (double)sizeof(Vector) * CHAINS * (double)steps / seconds;
}
