//===- RunModel.cpp - modules compiled into this process -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunModel.h"

#include "winnow/Driver/Compile.h"
#include "winnow/Runtime/ModelLibrary.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Threading.h"

#include <algorithm>

using namespace mlir;

namespace winnow {

namespace {
/// A compiled model with a context and memory for what it reads and writes.
class CompiledNetwork : public RunnableNetwork {
public:
  static llvm::Expected<std::unique_ptr<CompiledNetwork>> load(StringRef library, int32_t threads);
  ~CompiledNetwork() override;

  llvm::Error run(ArrayRef<ArrayRef<char>> arguments) override;
  ArrayRef<float> getResult(size_t index) const override { return outputs[index]; }

private:
  CompiledNetwork() = default;

  std::unique_ptr<ModelLibrary> library;
  WinnowContext *context = nullptr;
  std::vector<WinnowTensor> inputViews, outputViews;
  std::vector<std::vector<float>> outputs;
};
} // namespace

llvm::Expected<std::unique_ptr<CompiledNetwork>> CompiledNetwork::load(StringRef bytes, int32_t threads) {
  std::string error;
  std::unique_ptr<CompiledNetwork> network(new CompiledNetwork);
  network->library = ModelLibrary::loadBytes(bytes, error);
  if (!network->library)
    return llvm::createStringError(error);
  const ModelFunctions &api = network->library->getFunctions();
  const WinnowModel *model = network->library->getModel();
  WinnowOptions options = {};
  options.threads = threads;
  char message[256] = "";
  if (api.contextCreate(model, &options, &network->context, message, sizeof message))
    return llvm::createStringError("%s", message);
  for (int32_t i = 0; i < api.inputCount(model); ++i) {
    const WinnowTensorInfo *info = api.inputInfo(model, i);
    network->inputViews.push_back(network->library->makeTensor(*info));
  }
  for (int32_t i = 0; i < api.outputCount(model); ++i) {
    const WinnowTensorInfo *info = api.outputInfo(model, i);
    network->outputViews.push_back(network->library->makeTensor(*info));
    network->outputs.emplace_back(network->outputViews.back().bytes / sizeof(float));
    if (info->type != WINNOW_F32)
      return llvm::createStringError("output '%s': calibration looks at f32 outputs only", info->name);
  }
  for (auto [view, storage] : llvm::zip_equal(network->outputViews, network->outputs))
    view.data = storage.data();
  return std::move(network);
}

CompiledNetwork::~CompiledNetwork() {
  if (context)
    library->getFunctions().contextDestroy(context);
}

llvm::Error CompiledNetwork::run(ArrayRef<ArrayRef<char>> arguments) {
  const ModelFunctions &api = library->getFunctions();
  if (arguments.size() != inputViews.size())
    return llvm::createStringError("a compiled network takes %zu inputs, not %zu", inputViews.size(), arguments.size());
  for (auto [view, bytes] : llvm::zip_equal(inputViews, arguments)) {
    if (view.bytes != bytes.size())
      return llvm::createStringError("a compiled network takes %zu bytes, not %zu", size_t(view.bytes), bytes.size());
    // The model only reads them.
    view.data = const_cast<char *>(bytes.data());
  }
  if (api.run(context, inputViews.data(), inputViews.size(), outputViews.data(), outputViews.size()))
    return llvm::createStringError("the network does not run on the calibration data: %s", api.contextError(context));
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<RunnableNetwork>> CompilingRunner::prepare(ModuleOp module) {
  CompileOptions compileOptions;
  compileOptions.input = options.input;
  compileOptions.memoryOutput = OutputKind::SharedLibrary;
  compileOptions.measuredSpeed = options.measuredSpeed;
  compileOptions.diagnostics = options.diagnostics;
  compileOptions.threads = std::max(1u, llvm::hardware_concurrency().compute_thread_count());
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (llvm::any_of(main.getArgumentTypes(), [](Type type) { return !cast<RankedTensorType>(type).hasStaticShape(); }))
    compileOptions.import.batch = 1;
  CompileResult result;
  if (failed(compileModule(module, compileOptions, result)))
    return llvm::createStringError("the network cannot be compiled for calibration on this machine");
  auto network = CompiledNetwork::load(result.output->getBuffer(), compileOptions.threads);
  if (!network)
    return network.takeError();
  return std::move(*network);
}

} // namespace winnow
