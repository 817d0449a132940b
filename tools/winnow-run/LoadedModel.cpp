//===- LoadedModel.cpp - a compiled model in this process===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedModel.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

using namespace llvm;

namespace winnow::run {

LoadedModel::~LoadedModel() {
  if (context)
    api.contextDestroy(context);
  if (library)
    dlclose(library);
}

Expected<std::unique_ptr<LoadedModel>> LoadedModel::load(StringRef path) {
  // dlopen searches library paths for names without a slash: make it a path.
  SmallString<256> absolute(path);
  if (std::error_code code = sys::fs::make_absolute(absolute))
    return createStringError(code, "%s: %s", path.str().c_str(), code.message().c_str());
  std::unique_ptr<LoadedModel> model(new LoadedModel);
  model->library = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!model->library)
    return createStringError("%s: cannot be loaded: %s", path.str().c_str(), dlerror());
  if (Error error = model->resolve(path))
    return std::move(error);
  return std::move(model);
}

Error LoadedModel::resolve(StringRef path) {
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (!function && !missing)
      missing = name;
  };
  find(api.abiVersion, "winnow_abi_version");
  find(api.model, "winnow_model");
  find(api.inputCount, "winnow_input_count");
  find(api.outputCount, "winnow_output_count");
  find(api.inputInfo, "winnow_input_info");
  find(api.outputInfo, "winnow_output_info");
  find(api.outputMaxExtents, "winnow_output_max_extents");
  find(api.typeBytes, "winnow_type_bytes");
  find(api.arenaBytes, "winnow_arena_bytes");
  find(api.layerCount, "winnow_layer_count");
  find(api.layerInfo, "winnow_layer_info");
  find(api.contextCreate, "winnow_context_create");
  find(api.contextDestroy, "winnow_context_destroy");
  find(api.contextThreads, "winnow_context_threads");
  find(api.run, "winnow_run");
  find(api.contextError, "winnow_context_error");
  find(api.layerTimes, "winnow_context_layer_times");
  if (missing)
    return createStringError("%s: is no compiled model: it has no function %s", path.str().c_str(), missing);
  if (api.abiVersion() != WINNOW_ABI_VERSION)
    return createStringError("%s: was compiled for version %d of the interface, expected %d", path.str().c_str(),
                             api.abiVersion(), WINNOW_ABI_VERSION);
  model = api.model();
  return Error::success();
}

std::vector<InputSpec> LoadedModel::getInputs() const {
  std::vector<InputSpec> specs;
  for (int32_t i = 0, n = api.inputCount(model); i < n; ++i) {
    const WinnowTensorInfo *info = api.inputInfo(model, i);
    specs.push_back({info->name, info->type, {info->extents, info->extents + info->rank}});
  }
  return specs;
}

static WinnowTensor makeView(HostTensor &tensor) {
  WinnowTensor view = {};
  view.data = tensor.bytes.data();
  view.bytes = tensor.bytes.size();
  view.type = tensor.type;
  view.rank = static_cast<int32_t>(tensor.shape.size());
  std::copy(tensor.shape.begin(), tensor.shape.end(), view.extents);
  return view;
}

Error LoadedModel::prepare(std::vector<HostTensor> values, int32_t threads) {
  inputs = std::move(values);
  for (int32_t i = 0, n = api.inputCount(model); i < n; ++i) {
    const WinnowTensorInfo *info = api.inputInfo(model, i);
    if (info->rank > 0 && info->extents[0] == WINNOW_DYNAMIC)
      batch = inputs[i].shape[0];
    inputViews.push_back(makeView(inputs[i]));
  }
  WinnowOptions options = {};
  options.threads = threads;
  options.max_batch = batch;
  char message[256] = "";
  if (api.contextCreate(model, &options, &context, message, sizeof message))
    return createStringError("%s", message);
  return makeOutputs();
}

Error LoadedModel::makeOutputs() {
  for (int32_t i = 0, n = api.outputCount(model); i < n; ++i) {
    const WinnowTensorInfo *info = api.outputInfo(model, i);
    HostTensor output{info->name, info->type, std::vector<int64_t>(info->rank), {}};
    if (api.outputMaxExtents(model, i, batch, output.shape.data()))
      return createStringError("output '%s': no extents for a batch of %lld", info->name, (long long)batch);
    output.bytes.resize(countElements(output.shape) * api.typeBytes(output.type));
    outputs.push_back(std::move(output));
  }
  for (HostTensor &output : outputs)
    outputViews.push_back(makeView(output));
  return Error::success();
}

Error LoadedModel::run() {
  if (api.run(context, inputViews.data(), inputViews.size(), outputViews.data(), outputViews.size()))
    return createStringError("%s", api.contextError(context));
  return Error::success();
}

std::vector<HostTensor> LoadedModel::getOutputs() const {
  std::vector<HostTensor> results = outputs;
  for (auto [result, view] : zip_equal(results, outputViews)) {
    result.shape.assign(view.extents, view.extents + view.rank);
    result.bytes.resize(countElements(result.shape) * api.typeBytes(result.type));
  }
  return results;
}

std::vector<LoadedModel::Layer> LoadedModel::getLayerTimes() const {
  std::vector<Layer> layers;
  const int64_t *times = api.layerTimes(context);
  for (int32_t i = 0, n = times ? api.layerCount(model) : 0; i < n; ++i) {
    const WinnowLayerInfo *info = api.layerInfo(model, i);
    layers.push_back({info->name, info->op, info->algorithm, info->macs, info->bytes, times[i]});
  }
  return layers;
}

} // namespace winnow::run
