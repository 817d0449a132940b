//===- LoadedModel.cpp - a compiled model in this process===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedModel.h"

using namespace llvm;

namespace winnow::run {

LoadedModel::~LoadedModel() {
  if (library)
    library->getFunctions().contextDestroy(context);
}

Expected<std::unique_ptr<LoadedModel>> LoadedModel::load(StringRef path) {
  std::string error;
  std::unique_ptr<LoadedModel> model(new LoadedModel);
  model->library = ModelLibrary::load(path.str(), error);
  if (!model->library)
    return createStringError(error);
  model->api = model->library->getFunctions();
  model->model = model->library->getModel();
  return std::move(model);
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
