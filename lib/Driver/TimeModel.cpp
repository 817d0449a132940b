//===- TimeModel.cpp - how long a compiled model takes -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TimeModel.h"

#include "winnow/Runtime/ModelLibrary.h"

#include "llvm/ADT/ScopeExit.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace winnow {

namespace {

/// Tensors of static shape with memory of their own: ones, so that no arithmetic
/// meets numbers that the processor is slow with.
struct Tensors {
  std::vector<std::vector<float>> storage;
  std::vector<WinnowTensor> views;

  void add(WinnowTensor view) {
    storage.emplace_back(view.bytes / sizeof(float) + 1, 1.0f);
    view.data = storage.back().data();
    views.push_back(view);
  }
};

} // namespace

llvm::Expected<double> timeLayer(llvm::StringRef library, llvm::StringRef layer, int64_t threads, int64_t l2Bytes,
                                 double seconds) {
  std::string error;
  std::unique_ptr<ModelLibrary> loaded = ModelLibrary::loadBytes(library, error);
  if (!loaded)
    return llvm::createStringError(error);
  const ModelFunctions &api = loaded->getFunctions();
  const WinnowModel *model = loaded->getModel();
  WinnowOptions options = {};
  options.threads = static_cast<int32_t>(threads);
  WinnowContext *context = nullptr;
  char message[256] = "";
  if (api.contextCreate(model, &options, &context, message, sizeof message))
    return llvm::createStringError(message);
  llvm::scope_exit destroy([&] { api.contextDestroy(context); });

  Tensors inputs, outputs;
  for (int32_t i = 0; i < api.inputCount(model); ++i)
    inputs.add(loaded->makeTensor(*api.inputInfo(model, i)));
  for (int32_t i = 0; i < api.outputCount(model); ++i)
    outputs.add(loaded->makeTensor(*api.outputInfo(model, i)));
  int32_t index = 0, count = api.layerCount(model);
  while (index < count && layer != api.layerInfo(model, index)->name)
    ++index;
  const int64_t *times = api.layerTimes(context);
  if (index == count || !times)
    return llvm::createStringError("a compiled layer has no times");

  constexpr int minRuns = 4;
  std::vector<char> other(2 * l2Bytes);
  int64_t least = std::numeric_limits<int64_t>::max();
  auto start = std::chrono::steady_clock::now();
  for (int run = 0; run < minRuns || std::chrono::steady_clock::now() - start < std::chrono::duration<double>(seconds);
       ++run) {
    for (size_t i = 0; i < other.size(); i += 64)
      ++other[i];
    int64_t before = times[index];
    if (api.run(context, inputs.views.data(), inputs.views.size(), outputs.views.data(), outputs.views.size()))
      return llvm::createStringError("a compiled layer does not run");
    if (run > 0)
      least = std::min(least, times[index] - before);
  }
  return least / 1e3;
}

} // namespace winnow
