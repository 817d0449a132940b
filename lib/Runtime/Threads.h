/*===- Threads.h - the threads of a context -----------------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_LIB_RUNTIME_THREADS_H
#define WINNOW_LIB_RUNTIME_THREADS_H

#include "winnow/Runtime/model_data.h"

/* A team of `threads` (2 or more, the caller's own included), or one that hands work to `parallel_for` if that is not
   NULL. NULL if memory runs out; where the system gives fewer threads, the team is smaller (winnow_team_size). */
WinnowTeam *winnow_team_create(int32_t threads, WinnowParallelFor parallel_for, void *pool);

/* The threads of a team, 1 for NULL. */
int32_t winnow_team_size(const WinnowTeam *team);

/* Ends its threads. Takes NULL too. */
void winnow_team_destroy(WinnowTeam *team);

/* Processors that this process may run on, at least 1. */
int32_t winnow_processor_count(void);

#endif /* WINNOW_LIB_RUNTIME_THREADS_H */
