//===- WindowTest.cpp - explicit pads of window ops -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace winnow::cnn;

namespace {

/// The pads of the one window op in a function of the given arguments and line;
/// nothing where they are not known.
std::optional<SmallVector<int64_t>> padsOf(const std::string &arguments, const std::string &line) {
  MLIRContext context;
  context.loadDialect<CNNDialect, func::FuncDialect>();
  auto module =
      parseSourceString<ModuleOp>("func.func @f(" + arguments + ") {\n%y = " + line + "\nreturn\n}", &context);
  std::optional<SmallVector<int64_t>> result;
  if (!module) {
    ADD_FAILURE() << "expected IR that parses but got " << line;
    return result;
  }
  module->walk([&](WindowOpInterface op) {
    FailureOr<SmallVector<int64_t>> pads = resolvePads(op);
    if (succeeded(pads))
      result = *pads;
  });
  return result;
}

using Pads = SmallVector<int64_t>;

TEST(ResolvePads, Convolution) {
  auto pads = [](std::string autoPad, std::string input = "tensor<1x2x9x8xf32>",
                 std::string output = "tensor<?x?x?x?xf32>", std::string strides = "[2, 2]") {
    return padsOf("%x: " + input + ", %w: tensor<4x2x3x4xf32>",
                  "cnn.convolution %x, %w strides " + strides + " pads [1, 2, 3, 4] dilations [1, 1] auto_pad " +
                      autoPad + " : (" + input + ", tensor<4x2x3x4xf32>) -> " + output);
  };
  EXPECT_EQ(pads("explicit"), (Pads{1, 2, 3, 4}));
  EXPECT_EQ(pads("valid"), (Pads{0, 0, 0, 0}));
  EXPECT_EQ(pads("same_upper"), (Pads{1, 1, 1, 1}));
  EXPECT_EQ(pads("same_upper", "tensor<1x2x9x9xf32>"), (Pads{1, 1, 1, 2}));
  EXPECT_EQ(pads("same_lower", "tensor<1x2x9x9xf32>"), (Pads{1, 2, 1, 1}));
  EXPECT_EQ(pads("same_upper", "tensor<1x2x?x8xf32>"), std::nullopt);
  EXPECT_EQ(pads("same_upper", "tensor<1x2x?x?xf32>", "tensor<?x?x?x?xf32>", "[1, 1]"), (Pads{1, 1, 1, 2}));
}

TEST(ResolvePads, TransposedConvolution) {
  auto pads = [](std::string autoPad, std::string strides) {
    return padsOf("%x: tensor<1x2x4x4xf32>, %w: tensor<2x3x3x3xf32>",
                  "cnn.transposed_convolution %x, %w strides " + strides +
                      " pads [0, 0, 0, 0] dilations [1, 1] output_padding [0, 0] auto_pad " + autoPad +
                      " : (tensor<1x2x4x4xf32>, tensor<2x3x3x3xf32>) -> tensor<1x3x?x?xf32>");
  };
  EXPECT_EQ(pads("same_upper", "[1, 2]"), (Pads{1, 0, 1, 1}));
  EXPECT_EQ(pads("same_lower", "[1, 2]"), (Pads{1, 1, 1, 0}));
  // Steps wider than the window leave zeros behind it: a negative pad.
  EXPECT_EQ(pads("same_upper", "[5, 2]"), (Pads{0, 0, -2, 1}));
}

TEST(ResolvePads, Pool) {
  EXPECT_EQ(padsOf("%x: tensor<1x2x9xf32>",
                   "cnn.max_pool %x kernel [4] strides [2] pads [0, 0] dilations [1] auto_pad same_upper"
                   " : (tensor<1x2x9xf32>) -> tensor<1x2x5xf32>"),
            (Pads{1, 2}));
}

} // namespace
