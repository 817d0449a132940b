/*===- limit_cpu.c - hides what is newer than AVX2 from a process -*- C -*-===*/
/*
 * Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Loaded with LD_PRELOAD: from then on every CPUID instruction traps (Linux's
 * arch_prctl(ARCH_SET_CPUID), where processor and hypervisor can), and is
 * answered without AVX-512, VNNI and AMX. So engines that have no option of
 * their own run the code that they would run on a processor with AVX2 alone.
 */

#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { SetCpuid = 0x1012 /* ARCH_SET_CPUID of asm/prctl.h */ };

static int allowCpuid(int allowed) { return syscall(SYS_arch_prctl, SetCpuid, allowed); }

/* Intel SDM volume 2A, CPUID: bits of leaf 7 (sub-leaf 0), and of the state components in leaf 0xD. */
static const uint32_t Avx512InEbx =
    1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31;
static const uint32_t Avx512InEcx = 1u << 1 | 1u << 6 | 1u << 8 | 1u << 9 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 14;
static const uint32_t Avx512InEdx = 1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25;
static const uint32_t StateOfAvx512AndAmx = 1u << 5 | 1u << 6 | 1u << 7 | 1u << 17 | 1u << 18;

static void answer(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) {
  __cpuid_count(leaf, subleaf, r[0], r[1], r[2], r[3]);
  if (leaf == 7 && subleaf == 0) {
    r[0] = 0; /* no further sub-leaves: AVX-VNNI and bfloat16 are in those */
    r[1] &= ~Avx512InEbx, r[2] &= ~Avx512InEcx, r[3] &= ~Avx512InEdx;
  } else if (leaf == 0xD && subleaf == 0) {
    r[0] &= ~StateOfAvx512AndAmx;
  } else if ((leaf == 7 && subleaf > 0) || leaf == 0x1D || leaf == 0x1E || leaf == 0x24) {
    r[0] = r[1] = r[2] = r[3] = 0; /* AMX's tiles, AVX10 */
  }
}

static void onTrap(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *instruction = (const unsigned char *)registers[REG_RIP];
  if (instruction[0] != 0x0f || instruction[1] != 0xa2) {
    signal(number, SIG_DFL); /* a fault of the program's own: it comes again, and ends the process */
    return;
  }
  uint32_t r[4];
  allowCpuid(1);
  answer((uint32_t)registers[REG_RAX], (uint32_t)registers[REG_RCX], r);
  allowCpuid(0);
  registers[REG_RAX] = r[0], registers[REG_RBX] = r[1], registers[REG_RCX] = r[2], registers[REG_RDX] = r[3];
  registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void begin(void) {
  struct sigaction action = {0};
  action.sa_sigaction = onTrap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigaction(SIGSEGV, &action, NULL);
  if (allowCpuid(0) != 0) {
    fputs("limit_cpu: this machine cannot trap CPUID\n", stderr);
    _exit(71);
  }
}
