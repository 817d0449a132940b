//===- Benchmark.cpp - times of a model and of its layers===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Benchmark.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>

using namespace llvm;

namespace winnow::run {

/// Milliseconds of each run; runs for `seconds`, five times at least.
static Expected<std::vector<double>> timeRuns(LoadedModel &model, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  auto begin = Clock::now();
  while (times.size() < 5 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds) {
    auto start = Clock::now();
    if (Error error = model.run())
      return std::move(error);
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return times;
}

Error benchmark(LoadedModel &model, double seconds, bool json) {
  for (int i = 0; i < 2; ++i)
    if (Error error = model.run())
      return error;
  Expected<std::vector<double>> times = timeRuns(model, seconds);
  if (!times)
    return times.takeError();
  llvm::sort(*times);
  double least = times->front(), median = (*times)[times->size() / 2];
  if (json) {
    outs() << json::Value(json::Object{{"min_ms", least},
                                       {"median_ms", median},
                                       {"runs", static_cast<int64_t>(times->size())},
                                       {"threads", model.getThreads()},
                                       {"arena_bytes", static_cast<int64_t>(model.getArenaBytes())}})
           << '\n';
  } else {
    outs() << format("minimum %.3f ms, median %.3f ms of %zu runs, %d thread(s), arena %.1f MB\n", least, median,
                     times->size(), model.getThreads(), model.getArenaBytes() / 1e6);
  }
  return Error::success();
}

Error profile(LoadedModel &model, double seconds, bool json) {
  std::vector<LoadedModel::Layer> before = model.getLayerTimes();
  if (before.empty())
    return createStringError("the model has no layer times: compile it with --instrument, or give the .onnx file");
  if (Error error = model.run())
    return error;
  before = model.getLayerTimes();
  Expected<std::vector<double>> times = timeRuns(model, seconds);
  if (!times)
    return times.takeError();
  std::vector<LoadedModel::Layer> layers = model.getLayerTimes();
  double runs = times->size(), total = 0;
  for (auto [layer, start] : zip_equal(layers, before))
    total += layer.nanoseconds -= start.nanoseconds;

  json::Array rows;
  if (!json)
    outs() << format("%10s %7s %9s  %-22s %-12s %s\n", "us", "share", "GFLOP/s", "op", "algorithm", "node");
  for (const LoadedModel::Layer &layer : layers) {
    double nanoseconds = layer.nanoseconds / runs;
    double share = total > 0 ? layer.nanoseconds / total : 0;
    double gflops = nanoseconds > 0 ? 2.0 * layer.macs / nanoseconds : 0;
    if (json)
      rows.push_back(json::Object{{"name", layer.name},
                                  {"op", layer.op},
                                  {"algorithm", layer.algorithm},
                                  {"us", nanoseconds / 1e3},
                                  {"share", share},
                                  {"gflops", gflops}});
    else
      outs() << format("%10.1f %6.1f%% %9.1f  %-22s %-12s %s\n", nanoseconds / 1e3, 100 * share, gflops,
                       layer.op.c_str(), layer.algorithm.c_str(), layer.name.c_str());
  }
  if (json)
    outs() << json::Value(std::move(rows)) << '\n';
  else
    outs() << format("%10.1f us in layers, mean of %.0f runs\n", total / runs / 1e3, runs);
  return Error::success();
}

} // namespace winnow::run
