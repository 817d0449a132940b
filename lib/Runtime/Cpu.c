/*===- Cpu.c - which instructions this processor has ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By the feature bits of cpuid (Intel 64 and IA-32 Architectures Software
// Developer's Manual, volume 2, CPUID), never by names: virtual machines lie
// about those. Registers that the system does not save count as absent.
//
//===----------------------------------------------------------------------===*/

#include "winnow/Runtime/model_data.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>

/* What bit 27 of leaf 1 (OSXSAVE) allows to ask: the registers that the system saves. */
static uint64_t readSavedRegisters(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

enum Register { kEAX, kEBX, kECX, kEDX };

typedef struct Feature {
  uint32_t feature, leaf, subleaf;
  enum Register place;
  uint32_t bit;
} Feature;

static const Feature kFeatures[] = {
    {WINNOW_CPU_FMA, 1, 0, kECX, 12},
    {WINNOW_CPU_MOVBE, 1, 0, kECX, 22},
    {WINNOW_CPU_F16C, 1, 0, kECX, 29},
    {WINNOW_CPU_BMI, 7, 0, kEBX, 3},
    {WINNOW_CPU_AVX2, 7, 0, kEBX, 5},
    {WINNOW_CPU_BMI2, 7, 0, kEBX, 8},
    {WINNOW_CPU_LZCNT, 0x80000001, 0, kECX, 5},
    {WINNOW_CPU_AVXVNNI, 7, 1, kEAX, 4},
    {WINNOW_CPU_AVX512F, 7, 0, kEBX, 16},
    {WINNOW_CPU_AVX512DQ, 7, 0, kEBX, 17},
    {WINNOW_CPU_AVX512IFMA, 7, 0, kEBX, 21},
    {WINNOW_CPU_AVX512CD, 7, 0, kEBX, 28},
    {WINNOW_CPU_AVX512BW, 7, 0, kEBX, 30},
    {WINNOW_CPU_AVX512VL, 7, 0, kEBX, 31},
    {WINNOW_CPU_AVX512VBMI, 7, 0, kECX, 1},
    {WINNOW_CPU_AVX512VBMI2, 7, 0, kECX, 6},
    {WINNOW_CPU_AVX512VNNI, 7, 0, kECX, 11},
    {WINNOW_CPU_AVX512BITALG, 7, 0, kECX, 12},
    {WINNOW_CPU_AVX512VPOPCNTDQ, 7, 0, kECX, 14},
    {WINNOW_CPU_AVX512FP16, 7, 0, kEDX, 23},
    {WINNOW_CPU_AVX512BF16, 7, 1, kEAX, 5},
    {WINNOW_CPU_AMX_BF16, 7, 0, kEDX, 22},
    {WINNOW_CPU_AMX_TILE, 7, 0, kEDX, 24},
    {WINNOW_CPU_AMX_INT8, 7, 0, kEDX, 25},
};

__attribute__((weak, visibility("hidden"))) uint32_t winnow_cpu_features(void) {
  const uint32_t avx512 = WINNOW_CPU_AVX512F | WINNOW_CPU_AVX512CD | WINNOW_CPU_AVX512DQ | WINNOW_CPU_AVX512BW |
                          WINNOW_CPU_AVX512VL | WINNOW_CPU_AVX512VNNI | WINNOW_CPU_AVX512VBMI | WINNOW_CPU_AVX512VBMI2 |
                          WINNOW_CPU_AVX512IFMA | WINNOW_CPU_AVX512BITALG | WINNOW_CPU_AVX512VPOPCNTDQ |
                          WINNOW_CPU_AVX512BF16 | WINNOW_CPU_AVX512FP16;
  const uint32_t general = WINNOW_CPU_BMI | WINNOW_CPU_BMI2 | WINNOW_CPU_LZCNT | WINNOW_CPU_MOVBE;
  const uint32_t amx = WINNOW_CPU_AMX_TILE | WINNOW_CPU_AMX_INT8 | WINNOW_CPU_AMX_BF16;
  /* xmm and ymm; these, masks and both parts of zmm; these, the configuration of tiles and tiles */
  const uint64_t ymm = 0x6, zmm = 0xe6, tiles = 0x600e6;
  uint32_t found = 0, values[4];
  for (size_t i = 0; i < sizeof kFeatures / sizeof *kFeatures; ++i) {
    const Feature *feature = &kFeatures[i];
    if (__get_cpuid_count(feature->leaf, feature->subleaf, &values[0], &values[1], &values[2], &values[3]) &&
        values[feature->place] >> feature->bit & 1)
      found |= feature->feature;
  }
  int saves = __get_cpuid(1, &values[0], &values[1], &values[2], &values[3]) && values[kECX] >> 27 & 1;
  uint64_t saved = saves ? readSavedRegisters() : 0;
  if ((saved & ymm) != ymm)
    found &= general;
  if ((saved & tiles) != tiles)
    found &= ~amx;
  return (saved & zmm) == zmm ? found : found & ~avx512;
}
#else
__attribute__((weak, visibility("hidden"))) uint32_t winnow_cpu_features(void) { return 0; }
#endif

__attribute__((weak, visibility("hidden"))) int winnow_allow_cpu_features(uint32_t features) {
  if (!(features & WINNOW_CPU_AMX_TILE))
    return 0;
#if defined(__x86_64__) && defined(__linux__)
  enum { kRequestPermission = 0x1023, kTiles = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA (Linux 5.16) */
  return syscall(SYS_arch_prctl, kRequestPermission, kTiles) != 0;
#else
  return 1;
#endif
}

__attribute__((weak, visibility("hidden"))) const WinnowModel *
winnow_choose_variant(const WinnowModel *(*const *variants)(void)) {
  uint32_t missing = ~winnow_cpu_features();
  while ((variants[0]()->cpu_features & missing) && variants[1])
    ++variants;
  return variants[0]();
}
