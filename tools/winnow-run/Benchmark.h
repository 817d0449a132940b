//===- Benchmark.h - times of a model and of its layers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_WINNOW_RUN_BENCHMARK_H
#define WINNOW_TOOLS_WINNOW_RUN_BENCHMARK_H

#include "LoadedModel.h"

#include "winnow/Driver/Report.h"

namespace winnow::run {

/// Runs a prepared model for about `seconds` (at least five times, after two
/// runs that do not count) and prints minimum and median to stdout, as a line
/// of JSON with `json`.
llvm::Error benchmark(LoadedModel &model, double seconds, bool json);

/// Runs a prepared model for about `seconds` and prints a table of its layers:
/// least time, share, GFLOP/s and its part of what this machine's vector units can
/// do, bytes and GB/s, algorithm. Adds the times to `report` where there is one (of the compilation of this model).
/// Fails unless the model was compiled to be profiled.
llvm::Error profile(LoadedModel &model, double seconds, bool json, CompileReport *report = nullptr);

} // namespace winnow::run

#endif // WINNOW_TOOLS_WINNOW_RUN_BENCHMARK_H
