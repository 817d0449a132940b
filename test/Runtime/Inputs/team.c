/* Teams under a race detector: models made by hand whose "generated code" forks and joins, run by several contexts at
   once. Takes how many threads a context has. */

#include "Threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { kContexts = 3, kRuns = 60, kForks = 20, kParts = 8, kItems = 64 };

struct Job {
  const float *x;
  float *y, *sums;
  int64_t parts;
};

/* y[i] = x[i] + y[the neighbour's place in the last round], so that each fork reads what other threads wrote before. */
static void addNeighbours(void *data, int64_t part) {
  struct Job *job = data;
  for (int64_t i = part * kItems / job->parts; i < (part + 1) * kItems / job->parts; ++i)
    job->sums[i] = job->x[i] + job->y[(i + 17) % kItems];
}

static void copyBack(void *data, int64_t part) {
  struct Job *job = data;
  for (int64_t i = part * kItems / job->parts; i < (part + 1) * kItems / job->parts; ++i)
    job->y[i] = job->sums[i];
}

static void entry(const WinnowCall *call) {
  struct Job job = {call->inputs[0], call->outputs[0], call->arena, call->threads < kParts ? call->threads : kParts};
  for (int i = 0; i < kItems; ++i)
    job.y[i] = 0;
  for (int fork = 0; fork < kForks; ++fork) {
    winnow_parallel_for(call->team, job.parts, addNeighbours, &job);
    winnow_parallel_for(call->team, job.parts, copyBack, &job);
    if (fork % 7 == 0)
      usleep(200); /* long enough for some workers to fall asleep */
    sched_yield();
  }
}

static const int64_t kExtents[] = {kItems}, kNothing[] = {0};
static const WinnowTensorInfo kInput = {"x", WINNOW_F32, 1, kExtents}, kOutput = {"y", WINNOW_F32, 1, kExtents};
static const WinnowBounds kBounds = {kExtents, kNothing};
static const WinnowModel kModel = {.abi_version = WINNOW_ABI_VERSION,
                                   .input_count = 1,
                                   .output_count = 1,
                                   .max_threads = kParts,
                                   .arena_bytes = kItems * sizeof(float),
                                   .name = "team",
                                   .inputs = &kInput,
                                   .outputs = &kOutput,
                                   .output_bounds = &kBounds,
                                   .entry = entry};

static int gThreads, gWrong[kContexts];

static void backwards(void *pool, int64_t count, void (*body)(void *, int64_t), void *data) {
  ++*(int *)pool;
  while (count-- > 0)
    body(data, count);
}

static void countPart(void *data, int64_t part) { ++((int *)data)[part]; }

/* A team larger than the processors, with jobs of fewer parts than it has threads: each part runs once. */
static int runTeam(void) {
  enum { kJobs = 3000 };
  int counts[kParts] = {0}, wrong = 0;
  WinnowTeam *team = winnow_team_create(kParts, NULL, NULL);
  for (int job = 0; job < kJobs; ++job) {
    winnow_parallel_for(team, 1 + job % kParts, countPart, counts);
    if (job % 500 == 0)
      usleep(300);
  }
  for (int part = 0; part < kParts; ++part)
    wrong += counts[part] != kJobs / kParts * (kParts - part);
  winnow_team_destroy(team);
  return wrong;
}

static void *runContext(void *argument) {
  int *wrong = argument, calls = 0;
  WinnowOptions options = {.threads = gThreads};
  if (wrong == &gWrong[kContexts - 1]) {
    options.parallel_for = backwards;
    options.pool = &calls;
  }
  float x[kItems], y[kItems];
  for (int i = 0; i < kItems; ++i)
    x[i] = 1;
  for (int round = 0; round < 3; ++round) {
    WinnowContext *context;
    if (winnow_context_create(&kModel, &options, &context, NULL, 0) != WINNOW_OK)
      return NULL;
    for (int run = 0; run < kRuns; ++run) {
      WinnowTensor in = {x, sizeof x, WINNOW_F32, 1, {kItems}}, out = {y, sizeof y, WINNOW_F32, 0, {0}};
      if (winnow_run(context, &in, 1, &out, 1) != WINNOW_OK)
        ++*wrong;
      for (int i = 0; i < kItems; ++i)
        *wrong += y[i] != kForks;
    }
    winnow_context_destroy(context);
  }
  if (options.parallel_for && gThreads > 1 && !calls)
    ++*wrong;
  return NULL;
}

int main(int argc, char **argv) {
  gThreads = argc > 1 ? atoi(argv[1]) : 1;
  pthread_t threads[kContexts];
  int wrong = gThreads > 1 ? runTeam() : 0;
  for (int i = 0; i < kContexts; ++i)
    pthread_create(&threads[i], NULL, runContext, &gWrong[i]);
  for (int i = 0; i < kContexts; ++i) {
    pthread_join(threads[i], NULL);
    wrong += gWrong[i];
  }
  printf("%d contexts of %d threads, %d wrong results\n", kContexts, gThreads, wrong);
  return wrong != 0;
}
