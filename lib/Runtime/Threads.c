/*===- Threads.c - fork and join in microseconds --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A team is the thread that calls winnow_run and workers that wait for it. Part i
// of a job is meant for thread i, part 0 for the caller, so that a thread meets in
// its cache what it wrote before. But whoever comes first claims a part: a caller
// that is done takes those that no worker has begun, so that a processor which is
// busy with something else costs speed and not a time slice.
//
// Waiting is spinning for a while, which answers in well under a microsecond, then
// sleeping on a futex, so that an idle model uses no processor.
//
//===----------------------------------------------------------------------===*/

#include "Threads.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long a waiting thread spins before it sleeps: a worker through the parts of a model that one thread does, a
   caller through what a slower processor takes longer. */
enum { kSpinNanoseconds = 50000, kPausesPerLook = 32, kCacheLine = 64 };

typedef void (*Task)(void *data, int64_t part);

typedef struct Worker {
  WinnowTeam *team;
  int32_t index;
  pthread_t thread;
  /* The last round in which part `index` was claimed, or in which there was none. */
  atomic_uint claimed;
} Worker;

struct WinnowTeam {
  WinnowParallelFor parallel_for; /* the embedder's, or NULL */
  void *pool;
  int32_t size;
  Worker *workers; /* worker i - 1 is thread i */

  /* The job, written before `round` is raised. A worker that comes late may read the next one's, but finds its part
     claimed. */
  _Atomic(Task) task;
  _Atomic(void *) data;
  atomic_int stop;

  _Alignas(kCacheLine) atomic_uint round; /* raised for each job */
  atomic_uint sleepers;                   /* workers on the futex `round`, or about to be */
  _Alignas(kCacheLine) atomic_uint left;  /* parts but the first that are not done */
  atomic_uint caller_sleeps;
};

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void futexWait(atomic_uint *address, unsigned value) {
  syscall(SYS_futex, (void *)address, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futexWake(atomic_uint *address, int count) {
  syscall(SYS_futex, (void *)address, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Spins until *address is no longer `value`; returns 0 if it still is after a while. */
static int spinWhile(atomic_uint *address, unsigned value) {
  for (int64_t end = 0;;) {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (atomic_load_explicit(address, memory_order_acquire) != value)
        return 1;
      relax();
    }
    int64_t time = now();
    if (!end)
      end = time + kSpinNanoseconds;
    if (time > end)
      return 0;
  }
}

/* Waits for the job after `round` and returns its number. */
static unsigned waitForRound(WinnowTeam *team, unsigned round) {
  while (!spinWhile(&team->round, round)) {
    /* Both sides first write, then read, in one order for all: either the caller sees a sleeper or we see the job. */
    atomic_fetch_add(&team->sleepers, 1);
    if (atomic_load(&team->round) == round)
      futexWait(&team->round, round);
    atomic_fetch_sub(&team->sleepers, 1);
  }
  return atomic_load_explicit(&team->round, memory_order_acquire);
}

/* Whether part worker->index of job `round` was nobody's yet, and now is the caller's of this. While it succeeds the
   job is not done, so that what was read of it before is its own. */
static int claim(Worker *worker, unsigned round) {
  unsigned last = atomic_load(&worker->claimed);
  return (int)(last - round) < 0 && atomic_compare_exchange_strong(&worker->claimed, &last, round);
}

static void *work(void *argument) {
  Worker *worker = argument;
  WinnowTeam *team = worker->team;
  for (unsigned round = 0;;) {
    round = waitForRound(team, round);
    if (atomic_load(&team->stop))
      return NULL;
    Task task = atomic_load(&team->task);
    void *data = atomic_load(&team->data);
    if (!claim(worker, round))
      continue;
    task(data, worker->index);
    if (atomic_fetch_sub(&team->left, 1) == 1 && atomic_load(&team->caller_sleeps))
      futexWake(&team->left, 1);
  }
}

static void post(WinnowTeam *team) {
  atomic_fetch_add(&team->round, 1);
  if (atomic_load(&team->sleepers))
    futexWake(&team->round, team->size);
}

static void join(WinnowTeam *team) {
  for (unsigned left; (left = atomic_load_explicit(&team->left, memory_order_acquire));) {
    if (spinWhile(&team->left, left))
      continue;
    atomic_store(&team->caller_sleeps, 1);
    if ((left = atomic_load(&team->left)))
      futexWait(&team->left, left);
    atomic_store(&team->caller_sleeps, 0);
  }
}

/* Called by the generated code of the same library alone. */
__attribute__((weak, visibility("hidden"))) void
winnow_parallel_for(WinnowTeam *team, int64_t parts, void (*task)(void *data, int64_t part), void *data) {
  if (team && team->parallel_for && parts > 1) {
    team->parallel_for(team->pool, parts, task, data);
    return;
  }
  if (!team || parts <= 1 || parts > team->size) {
    for (int64_t part = 0; part < parts; ++part)
      task(data, part);
    return;
  }
  unsigned round = atomic_load(&team->round) + 1;
  atomic_store(&team->task, task);
  atomic_store(&team->data, data);
  atomic_store(&team->left, (unsigned)parts - 1);
  for (int64_t part = parts; part < team->size; ++part)
    atomic_store(&team->workers[part - 1].claimed, round);
  post(team);
  task(data, 0);
  for (int64_t part = parts - 1; part > 0; --part)
    if (claim(&team->workers[part - 1], round)) {
      task(data, part);
      atomic_fetch_sub(&team->left, 1);
    }
  join(team);
}

__attribute__((weak, visibility("hidden"))) int32_t winnow_team_size(const WinnowTeam *team) {
  return team ? team->size : 1;
}

__attribute__((weak, visibility("hidden"))) WinnowTeam *winnow_team_create(int32_t threads,
                                                                           WinnowParallelFor parallel_for, void *pool) {
  WinnowTeam *team = aligned_alloc(kCacheLine, sizeof *team);
  if (!team)
    return NULL;
  *team = (WinnowTeam){.parallel_for = parallel_for, .pool = pool, .size = threads};
  if (parallel_for)
    return team;
  team->size = 1;
  team->workers = calloc((size_t)threads - 1, sizeof *team->workers);
  if (!team->workers) {
    free(team);
    return NULL;
  }
  /* Signals are the embedder's business: they go to his threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int32_t i = 1; i < threads; ++i) {
    Worker *worker = &team->workers[i - 1];
    worker->team = team;
    worker->index = i;
    if (pthread_create(&worker->thread, NULL, work, worker))
      break;
    ++team->size;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return team;
}

__attribute__((weak, visibility("hidden"))) void winnow_team_destroy(WinnowTeam *team) {
  if (!team)
    return;
  if (team->workers) {
    atomic_store(&team->stop, 1);
    post(team);
    for (int32_t i = 0; i + 1 < team->size; ++i)
      pthread_join(team->workers[i].thread, NULL);
    free(team->workers);
  }
  free(team);
}

__attribute__((weak, visibility("hidden"))) int32_t winnow_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 && count < INT32_MAX ? (int32_t)count : 1;
}
