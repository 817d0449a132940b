//===- Benchmark.cpp - times of a model and of its layers===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Benchmark.h"

#include "winnow/Support/MachineSpeed.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <utility>

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

/// The least time of each layer over runs of about `seconds`, five at least.
static Expected<std::vector<LoadedModel::Layer>> timeLayers(LoadedModel &model, double seconds, int &runs) {
  using Clock = std::chrono::steady_clock;
  std::vector<LoadedModel::Layer> least, before = model.getLayerTimes();
  auto begin = Clock::now();
  for (runs = 0; runs < 5 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds; ++runs) {
    if (Error error = model.run())
      return std::move(error);
    std::vector<LoadedModel::Layer> after = model.getLayerTimes(), taken = after;
    for (auto [layer, start] : zip_equal(taken, before))
      layer.nanoseconds -= start.nanoseconds;
    if (least.empty())
      least = taken;
    for (auto [best, layer] : zip_equal(least, taken))
      best.nanoseconds = std::min(best.nanoseconds, layer.nanoseconds);
    before = std::move(after);
  }
  return least;
}

namespace {
/// One line of the profile.
struct ProfileRow {
  double microseconds, share, gflops, peakPercent, gigabytes;

  ProfileRow(const LoadedModel::Layer &layer, double total, double peak) {
    double nanoseconds = layer.nanoseconds;
    microseconds = nanoseconds / 1e3;
    share = total > 0 ? nanoseconds / total : 0;
    gflops = nanoseconds > 0 ? 2.0 * layer.macs / nanoseconds : 0;
    peakPercent = peak > 0 ? 100 * gflops / peak : 0;
    gigabytes = nanoseconds > 0 ? layer.bytes / nanoseconds : 0;
  }
};
} // namespace

static json::Object toJSON(const LoadedModel::Layer &layer, const ProfileRow &row) {
  return json::Object{
      {"name", layer.name},       {"op", layer.op},       {"algorithm", layer.algorithm},    {"us", row.microseconds},
      {"share", row.share},       {"gflops", row.gflops}, {"peak_percent", row.peakPercent}, {"bytes", layer.bytes},
      {"gb_per_s", row.gigabytes}};
}

/// A group that is computed together takes its time in its last layer: that one gets the arithmetic of the others.
static void joinGroups(std::vector<LoadedModel::Layer> &layers) {
  LoadedModel::Layer *before = nullptr;
  for (LoadedModel::Layer &layer : layers) {
    if (before && before->algorithm == "row_strips" && before->nanoseconds == 0)
      layer.macs += std::exchange(before->macs, 0);
    before = &layer;
  }
}

/// Adds what was measured to the report of the compilation, and the clock at which it was.
static void addTimes(ArrayRef<LoadedModel::Layer> layers, double peak, int threads, int runs, CompileReport &report) {
  for (const LoadedModel::Layer &layer : layers)
    report.layerMicroseconds.push_back(layer.nanoseconds / 1e3);
  report.measuredBy = formatv("winnow-run --profile on {0} thread(s), the least of {1} runs", threads, runs);
  if (report.macsPerCycle > 0)
    report.gigahertz = peak / threads / (2 * report.macsPerCycle);
}

Error profile(LoadedModel &model, double seconds, bool json, CompileReport *report) {
  if (model.getLayerTimes().empty())
    return createStringError("the model has no layer times: compile it with --instrument, or give the .onnx file");
  for (int i = 0; i < 2; ++i)
    if (Error error = model.run())
      return error;
  int runs = 0;
  // Clocks move: the peak is that of the same minute, before and after.
  double peak = measurePeakGFlops();
  Expected<std::vector<LoadedModel::Layer>> layers = timeLayers(model, seconds, runs);
  if (!layers)
    return layers.takeError();
  peak = std::max(peak, measurePeakGFlops()) * model.getThreads();
  if (report)
    addTimes(*layers, peak, model.getThreads(), runs, *report);
  joinGroups(*layers);
  double total = 0;
  for (const LoadedModel::Layer &layer : *layers)
    total += layer.nanoseconds;

  json::Array rows;
  if (!json)
    outs() << format("%10s %7s %9s %6s %10s %7s  %-22s %-12s %s\n", "us", "share", "GFLOP/s", "peak", "KB", "GB/s",
                     "op", "algorithm", "node");
  for (const LoadedModel::Layer &layer : *layers) {
    ProfileRow row(layer, total, peak);
    if (json)
      rows.push_back(toJSON(layer, row));
    else
      outs() << format("%10.1f %6.1f%% %9.1f %5.1f%% %10.1f %7.1f  %-22s %-12s %s\n", row.microseconds, 100 * row.share,
                       row.gflops, row.peakPercent, layer.bytes / 1e3, row.gigabytes, layer.op.c_str(),
                       layer.algorithm.c_str(), layer.name.c_str());
  }
  if (json)
    outs() << json::Value(std::move(rows)) << '\n';
  else
    outs() << format("%10.1f us in layers, the least of %d runs; peak of %d thread(s): %.1f GFLOP/s\n", total / 1e3,
                     runs, model.getThreads(), peak);
  return Error::success();
}

} // namespace winnow::run
