//===- LoadedModel.h - a compiled model in this process -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_WINNOW_RUN_LOADEDMODEL_H
#define WINNOW_TOOLS_WINNOW_RUN_LOADEDMODEL_H

#include "HostTensor.h"

#include "winnow/Runtime/ModelLibrary.h"

#include <memory>

namespace winnow::run {

/// A model's shared library and one context of it.
class LoadedModel {
public:
  /// Loads `path` and checks that it is a model for this interface.
  static llvm::Expected<std::unique_ptr<LoadedModel>> load(llvm::StringRef path);
  ~LoadedModel();

  std::vector<InputSpec> getInputs() const;

  /// Makes the context and buffers for these inputs (one per input of the model, in order).
  llvm::Error prepare(std::vector<HostTensor> inputs, int32_t threads);
  /// Runs once; results lie in getOutputs().
  llvm::Error run();
  /// The outputs of the last run, with the extents it gave them.
  std::vector<HostTensor> getOutputs() const;

  int32_t getThreads() const { return api.contextThreads(context); }
  size_t getArenaBytes() const { return api.arenaBytes(model, batch); }

  /// Layers with the nanoseconds spent in each so far; empty unless the model was compiled to be profiled.
  struct Layer {
    std::string name, op, algorithm;
    int64_t macs = 0, bytes = 0, nanoseconds = 0;
  };
  std::vector<Layer> getLayerTimes() const;

private:
  LoadedModel() = default;
  llvm::Error makeOutputs();

  std::unique_ptr<ModelLibrary> library;
  ModelFunctions api = {};
  const WinnowModel *model = nullptr;
  WinnowContext *context = nullptr;
  int64_t batch = 1;
  std::vector<HostTensor> inputs, outputs;
  std::vector<WinnowTensor> inputViews, outputViews;
};

} // namespace winnow::run

#endif // WINNOW_TOOLS_WINNOW_RUN_LOADEDMODEL_H
