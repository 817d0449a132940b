//===- ActivationTest.cpp - activation ops as attributes ------------------===//
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

/// The attribute of the one activation op in a function, printed; `null` if it has none.
std::string activationOf(const std::string &body) {
  MLIRContext context;
  context.loadDialect<CNNDialect, arith::ArithDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(
      "func.func @f(%x: tensor<4xf32>, %i: tensor<4xi8>, %l: tensor<4xi64>, %b: tensor<f32>) {\n" + body +
          "\nreturn\n}",
      &context);
  if (!module)
    return "invalid";
  std::string text;
  llvm::raw_string_ostream os(text);
  module->walk([&](ActivationOpInterface op) {
    if (ActivationAttr attr = op.getActivation())
      os << attr;
    else
      os << "null";
  });
  return text;
}

TEST(Activation, ParametersInOnnxOrder) {
  const std::string type = " : (tensor<4xf32>) -> tensor<4xf32>";
  EXPECT_EQ(activationOf("%y = cnn.relu %x" + type), "#cnn.activation<relu>");
  EXPECT_EQ(activationOf("%y = cnn.selu %x {gamma = 1.0, alpha = 2.0}" + type),
            "#cnn.activation<selu(2.000000e+00, 1.000000e+00)>");
  EXPECT_EQ(activationOf("%y = cnn.shrink %x {lambd = 1.0, bias = 2.0}" + type),
            "#cnn.activation<shrink(2.000000e+00, 1.000000e+00)>");
  EXPECT_EQ(activationOf("%y = cnn.gelu %x {approximate = true}" + type), "#cnn.activation<gelu_tanh>");
}

TEST(Activation, ClipNeedsConstantBounds) {
  EXPECT_EQ(activationOf("%c = arith.constant dense<6.0> : tensor<f32>\n"
                         "%y = cnn.clip %x lower %b upper %c : (tensor<4xf32>, tensor<f32>, tensor<f32>)"
                         " -> tensor<4xf32>"),
            "null");
  EXPECT_EQ(activationOf("%c = arith.constant dense<6.0> : tensor<f32>\n"
                         "%y = cnn.clip %x upper %c : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>"),
            "#cnn.activation<clip(0xFFF0000000000000, 6.000000e+00)>");
  EXPECT_EQ(activationOf("%y = cnn.clip %i : (tensor<4xi8>) -> tensor<4xi8>"),
            "#cnn.activation<clip(-1.280000e+02, 1.270000e+02)>");
  EXPECT_EQ(activationOf("%y = cnn.clip %l : (tensor<4xi64>) -> tensor<4xi64>"), "null");
}

} // namespace
