//===- ModelLibrary.h - a compiled model in this process --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_RUNTIME_MODELLIBRARY_H
#define WINNOW_RUNTIME_MODELLIBRARY_H

#include "winnow/Runtime/winnow_model.h"

#include <memory>
#include <string>
#include <string_view>

namespace winnow {

/// The functions of winnow_model.h as one model has them.
struct ModelFunctions {
  decltype(&winnow_abi_version) abiVersion;
  decltype(&winnow_model) model;
  decltype(&winnow_model_name) modelName;
  decltype(&winnow_input_count) inputCount;
  decltype(&winnow_output_count) outputCount;
  decltype(&winnow_input_info) inputInfo;
  decltype(&winnow_output_info) outputInfo;
  decltype(&winnow_output_max_extents) outputMaxExtents;
  decltype(&winnow_type_bytes) typeBytes;
  decltype(&winnow_model_has_dynamic_batch) hasDynamicBatch;
  decltype(&winnow_model_max_threads) maxThreads;
  decltype(&winnow_arena_bytes) arenaBytes;
  decltype(&winnow_layer_count) layerCount;
  decltype(&winnow_layer_info) layerInfo;
  decltype(&winnow_status_text) statusText;
  decltype(&winnow_context_create) contextCreate;
  decltype(&winnow_context_destroy) contextDestroy;
  decltype(&winnow_context_set_batch) contextSetBatch;
  decltype(&winnow_context_threads) contextThreads;
  decltype(&winnow_run) run;
  decltype(&winnow_context_error) contextError;
  decltype(&winnow_context_layer_times) layerTimes;
};

/// A model's shared library, loaded until this is destroyed.
class ModelLibrary {
public:
  /// Loads the library at `path`. Null, with a sentence in `error`, where it is no compiled model or one for another
  /// version of the interface.
  static std::unique_ptr<ModelLibrary> load(const std::string &path, std::string &error);
  /// The same from the bytes of one, which are copied.
  static std::unique_ptr<ModelLibrary> loadBytes(std::string_view bytes, std::string &error);
  ~ModelLibrary();
  ModelLibrary(const ModelLibrary &) = delete;
  ModelLibrary &operator=(const ModelLibrary &) = delete;

  /// The model's functions; never null.
  const ModelFunctions &getFunctions() const { return functions; }
  const WinnowModel *getModel() const { return model; }

  /// A tensor as `info` (of an input or output) says, extents that the model leaves open being 1; memory is the
  /// caller's.
  WinnowTensor makeTensor(const WinnowTensorInfo &info) const;

private:
  ModelLibrary() = default;
  static std::unique_ptr<ModelLibrary> loadDescriptor(int descriptor, const std::string &name, std::string &error);
  bool resolve(const std::string &name, std::string &error);

  void *handle = nullptr;
  int descriptor = -1;
  const WinnowModel *model = nullptr;
  ModelFunctions functions = {};
};

} // namespace winnow

#endif // WINNOW_RUNTIME_MODELLIBRARY_H
