//===- NetworkCutsTest.cpp - a network cut into parts ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkCuts.h"
#include "StagedNetwork.h"

#include "winnow/Interpreter/Interpreter.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace winnow;

namespace {

/// Four layers; what the first gives is read by the second and, across it, by the third; the input by the last.
constexpr const char *kNetwork = R"(
func.func @main(%x: tensor<1x2x4x4xf32> {winnow.name = "x"}) -> (tensor<1x2x4x4xf32> {winnow.name = "y"}) {
  %w = arith.constant dense<0.125> : tensor<2x2x3x3xf32>
  %v = arith.constant dense<[[[[0.5]], [[-1.0]]], [[[0.25]], [[2.0]]]]> : tensor<2x2x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x2x4x4xf32>, tensor<2x2x3x3xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.convolution %0, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = cnn.convolution %1, %w residual %0 strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<2x2x3x3xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %3 = cnn.convolution %2, %v residual %x strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %3 : tensor<1x2x4x4xf32>
})";
constexpr int64_t kMapBytes = 2 * 4 * 4 * sizeof(float);

struct NetworkCutsTest : testing::Test {
  NetworkCutsTest() {
    context.loadDialect<cnn::CNNDialect, arith::ArithDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(kNetwork, &context);
    main = module->lookupSymbol<func::FuncOp>("main");
    layers = findLayers(main);
    cuts.emplace(main, layers, std::vector<double>{1e6, 1e6, 1e6, 1e6});
  }
  std::vector<NetworkCuts::Part> choose(int64_t mostBytes, double compilingMacs = 1) {
    return cuts->choose({/*runs=*/10, mostBytes, compilingMacs});
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp main;
  std::vector<LayerOp> layers;
  std::optional<NetworkCuts> cuts;
};

TEST_F(NetworkCutsTest, EachLayerIsAPartWhereAllMayFlow) {
  std::vector<NetworkCuts::Part> parts = choose(3 * kMapBytes);
  ASSERT_EQ(parts.size(), 4u);
  for (auto [i, part] : llvm::enumerate(parts)) {
    EXPECT_EQ(part.firstLayer, i);
    EXPECT_EQ(part.endLayer, i + 1);
  }
  EXPECT_EQ(cuts->getBytes(parts[0]), 0);
  EXPECT_EQ(cuts->getBytes(parts[1]), 2 * kMapBytes); // the first layer's result and the input
  EXPECT_EQ(cuts->getBytes(parts[2]), 3 * kMapBytes); // and the second's
  EXPECT_EQ(cuts->getBytes(parts[3]), 2 * kMapBytes);
  EXPECT_EQ(cuts->countMacs(parts), 4 * 2e6); // each once for its layer and once more
}

TEST_F(NetworkCutsTest, WhatFlowsIsBounded) {
  std::vector<NetworkCuts::Part> parts = choose(2 * kMapBytes);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].firstLayer, 1u);
  EXPECT_EQ(parts[1].endLayer, 3u);
  EXPECT_EQ(choose(2 * kMapBytes - 1).size(), 1u);
}

TEST_F(NetworkCutsTest, PartsThatCostMoreThanTheySaveAreNotCut) {
  EXPECT_EQ(choose(3 * kMapBytes, /*compilingMacs=*/1e9).size(), 1u);
}

TEST_F(NetworkCutsTest, PartsComputeWhatTheWholeDoes) {
  std::vector<float> numbers;
  for (int i = 0; i < 32; ++i)
    numbers.push_back(0.25f * (i % 7) - 0.5f * (i % 3));
  Tensor input = Tensor::borrow({1, 2, 4, 4}, Float32Type::get(&context), numbers.data());
  auto whole = interpret(main, {input});
  ASSERT_TRUE(succeeded(whole));
  SmallVector<Tensor> flowing{input};
  for (const NetworkCuts::Part &part : choose(3 * kMapBytes)) {
    OwningOpRef<ModuleOp> extracted = cuts->extract(part);
    ASSERT_TRUE(succeeded(verify(*extracted)));
    auto found = interpret(extracted->lookupSymbol<func::FuncOp>("main"), flowing);
    ASSERT_TRUE(succeeded(found));
    flowing = std::move(*found);
  }
  ASSERT_EQ(flowing.size(), 1u);
  EXPECT_EQ(flowing.front().getDoubles(), whole->front().getDoubles());
}

} // namespace
