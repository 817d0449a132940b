//===- TimeModel.cpp - how long a compiled model takes --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TimeModel.h"

#include "winnow/Runtime/ModelLibrary.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace winnow {

/// Runs that are counted at least, after one that is not.
static constexpr int kLeastRuns = 3;

namespace {

/// The inputs or outputs of a run with memory of their own: ones, so that no arithmetic meets numbers that the
/// processor is slow with; integers, which may be indices, are zero.
struct Tensors {
  std::vector<std::vector<float>> storage;
  std::vector<WinnowTensor> views;

  void add(WinnowTensor view) {
    storage.emplace_back(view.bytes / sizeof(float) + 1, view.type == WINNOW_F32 ? 1.0f : 0.0f);
    view.data = storage.back().data();
    views.push_back(view);
  }
};

/// A loaded library with all that runs of it need.
class TimedModel {
public:
  static llvm::Expected<std::unique_ptr<TimedModel>> load(llvm::StringRef bytes, int64_t threads);
  ~TimedModel() {
    if (context)
      getFunctions().contextDestroy(context);
  }

  llvm::Error run() {
    if (getFunctions().run(context, inputs.views.data(), inputs.views.size(), outputs.views.data(),
                           outputs.views.size()))
      return llvm::createStringError("a compiled model does not run: %s", getFunctions().contextError(context));
    return llvm::Error::success();
  }
  /// Nanoseconds that layers have taken in all runs so far.
  llvm::ArrayRef<int64_t> getTimes() const { return {times, size_t(count)}; }
  /// The first layer of this name; their number where there is none.
  int32_t findLayer(llvm::StringRef name) const {
    int32_t index = 0;
    while (index < count && name != getFunctions().layerInfo(library->getModel(), index)->name)
      ++index;
    return index;
  }

private:
  const ModelFunctions &getFunctions() const { return library->getFunctions(); }

  std::unique_ptr<ModelLibrary> library;
  WinnowContext *context = nullptr;
  Tensors inputs, outputs;
  const int64_t *times = nullptr;
  int32_t count = 0;
};

} // namespace

llvm::Expected<std::unique_ptr<TimedModel>> TimedModel::load(llvm::StringRef bytes, int64_t threads) {
  auto timed = std::make_unique<TimedModel>();
  std::string error;
  timed->library = ModelLibrary::loadBytes(bytes, error);
  if (!timed->library)
    return llvm::createStringError(error);
  const ModelFunctions &api = timed->getFunctions();
  const WinnowModel *model = timed->library->getModel();
  WinnowOptions options = {};
  options.threads = static_cast<int32_t>(threads);
  char message[256] = "";
  if (api.contextCreate(model, &options, &timed->context, message, sizeof message))
    return llvm::createStringError(message);
  for (int32_t i = 0; i < api.inputCount(model); ++i)
    timed->inputs.add(timed->library->makeTensor(*api.inputInfo(model, i)));
  for (int32_t i = 0; i < api.outputCount(model); ++i)
    timed->outputs.add(timed->library->makeTensor(*api.outputInfo(model, i)));
  timed->count = api.layerCount(model);
  timed->times = api.layerTimes(timed->context);
  if (!timed->times)
    return llvm::createStringError("a compiled model has no times of layers");
  return std::move(timed);
}

/// Runs `model` for about `seconds`; `prepare` comes before each run, `take` gets the times before and after each but
/// the first.
static llvm::Error timeRuns(TimedModel &model, double seconds, llvm::function_ref<void()> prepare,
                            llvm::function_ref<void(llvm::ArrayRef<int64_t>, llvm::ArrayRef<int64_t>)> take) {
  auto start = std::chrono::steady_clock::now();
  for (int run = 0;
       run <= kLeastRuns || std::chrono::steady_clock::now() - start < std::chrono::duration<double>(seconds); ++run) {
    prepare();
    std::vector<int64_t> before = model.getTimes().vec();
    if (llvm::Error error = model.run())
      return error;
    if (run > 0)
      take(before, model.getTimes());
  }
  return llvm::Error::success();
}

llvm::Expected<double> timeLayer(llvm::StringRef library, llvm::StringRef layer, int64_t threads, int64_t l2Bytes,
                                 double seconds) {
  llvm::Expected<std::unique_ptr<TimedModel>> model = TimedModel::load(library, threads);
  if (!model)
    return model.takeError();
  size_t index = (*model)->findLayer(layer);
  if (index == (*model)->getTimes().size())
    return llvm::createStringError("a compiled layer has no times");
  // What lies between two uses of a layer's weights in a network.
  std::vector<char> other(2 * l2Bytes);
  auto drive = [&] {
    for (size_t i = 0; i < other.size(); i += 64)
      ++other[i];
  };
  int64_t least = std::numeric_limits<int64_t>::max();
  llvm::Error error = timeRuns(**model, seconds, drive,
                               [&](auto before, auto after) { least = std::min(least, after[index] - before[index]); });
  if (error)
    return std::move(error);
  return least / 1e3;
}

llvm::Expected<std::vector<double>> timeLayers(llvm::StringRef library, double seconds, int &runs) {
  llvm::Expected<std::unique_ptr<TimedModel>> model = TimedModel::load(library, /*threads=*/1);
  if (!model)
    return model.takeError();
  std::vector<double> least((*model)->getTimes().size(), std::numeric_limits<double>::max());
  runs = 0;
  llvm::Error error = timeRuns(
      **model, seconds, [] {},
      [&](auto before, auto after) {
        ++runs;
        for (size_t i = 0; i < least.size(); ++i)
          least[i] = std::min(least[i], (after[i] - before[i]) / 1e3);
      });
  if (error)
    return std::move(error);
  return least;
}

} // namespace winnow
