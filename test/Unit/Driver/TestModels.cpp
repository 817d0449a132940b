//===- TestModels.cpp - small models for tests of the driver -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModels.h"

#include "winnow/Runtime/ModelLibrary.h"

#include "llvm/Support/FormatVariadic.h"

namespace winnow::test {

/// A convolution of `in` to `out` channels with a square window, followed by relu.
static TestModel makeConvolution(const std::string &name, int in, int out, int size, int window, int groups,
                                 const std::string &algorithm) {
  std::string text = llvm::formatv(R"(
    module attributes {{winnow.model_name = "{0}"} {{
      func.func @main(%x: tensor<1x{1}x{3}x{3}xf32>) -> tensor<1x{2}x{3}x{3}xf32> {{
        %w = arith.constant dense<0.03125> : tensor<{2}x{5}x{4}x{4}xf32>
        %y = cnn.convolution %x, %w strides [1, 1] pads [{6}, {6}, {6}, {6}] dilations [1, 1] group {7}
          activation <relu> : (tensor<1x{1}x{3}x{3}xf32>, tensor<{2}x{5}x{4}x{4}xf32>) -> tensor<1x{2}x{3}x{3}xf32>
          loc("{0}")
        return %y : tensor<1x{2}x{3}x{3}xf32>
      })",
                                   name, in, out, size, window, in / groups, window / 2, groups);
  return {name + ".mlir", text + "}", algorithm};
}

std::vector<TestModel> makeTestModels() {
  auto digits = llvm::MemoryBuffer::getFile(WINNOW_TEST_MODELS "/digits_cnn.onnx");
  std::vector<TestModel> models;
  models.push_back({"digits.onnx", digits ? (*digits)->getBuffer().str() : "", ""});
  models.push_back(makeConvolution("direct", 16, 32, 14, 3, 1, "direct"));
  models.push_back(makeConvolution("winograd", 16, 16, 12, 3, 1, "winograd"));
  models.push_back(makeConvolution("pointwise", 32, 16, 9, 1, 1, ""));
  models.push_back(makeConvolution("depthwise", 16, 16, 11, 3, 16, ""));
  models.push_back(makeConvolution("im2col", 3, 8, 10, 5, 1, "im2col"));
  models.push_back({"dynamic.mlir", R"(
    func.func @main(%x: tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32> {
      %y = cnn.sigmoid %x : (tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32> loc("sigmoid")
      return %y : tensor<?x4x8x8xf32>
    })",
                    ""});
  models.push_back({"add.mlir", R"(
    func.func @main(%x: tensor<1x8xf32>, %y: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
      %s = cnn.add %x, %y : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x8xf32> loc("sum")
      %r = cnn.relu %s : (tensor<1x8xf32>) -> tensor<1x8xf32> loc("relu")
      return %s, %r : tensor<1x8xf32>, tensor<1x8xf32>
    })",
                    ""});
  return models;
}

CompileOptions makeOptions(const TestModel &model) {
  CompileOptions options;
  options.input = model.name;
  options.inputBytes = model.bytes;
  options.memoryOutput = OutputKind::SharedLibrary;
  options.target = "x86-64-v3";
  options.threads = 2;
  options.measuredSpeed = false;
  options.algorithm = model.algorithm;
  return options;
}

std::string runOnOnes(llvm::StringRef bytes) {
  std::string error, results;
  std::unique_ptr<ModelLibrary> library = ModelLibrary::loadBytes(bytes, error);
  if (!library)
    return {};
  const ModelFunctions &api = library->getFunctions();
  const WinnowModel *model = library->getModel();
  std::vector<WinnowTensor> inputs, outputs;
  std::vector<std::vector<float>> ones;
  for (int32_t i = 0; i < api.inputCount(model); ++i) {
    inputs.push_back(library->makeTensor(*api.inputInfo(model, i)));
    inputs.back().data = ones.emplace_back(inputs.back().bytes / sizeof(float), 1.0f).data();
  }
  size_t size = 0;
  for (int32_t i = 0; i < api.outputCount(model); ++i)
    size += outputs.emplace_back(library->makeTensor(*api.outputInfo(model, i))).bytes;
  results.resize(size);
  size = 0;
  for (WinnowTensor &output : outputs) {
    output.data = &results[size];
    size += output.bytes;
  }
  WinnowContext *context = nullptr;
  if (api.contextCreate(model, nullptr, &context, nullptr, 0))
    return {};
  WinnowStatus status = api.run(context, inputs.data(), inputs.size(), outputs.data(), outputs.size());
  api.contextDestroy(context);
  return status == WINNOW_OK ? results : std::string();
}

} // namespace winnow::test
