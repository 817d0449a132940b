//===- ImportanceTest.cpp - what derivatives say, and layers that go ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importance.h"
#include "GradientNetwork.h"
#include "RemovableLayers.h"
#include "WeightedNetwork.h"

#include "winnow/Interpreter/Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace winnow;

namespace {

std::vector<float> makeNumbers(size_t count, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = normal(random);
  return numbers;
}

/// The derivative by weight (row, c, ky, kx) of a sum of the layer's sums times `gradient`.
double derive(const PatchShape &s, ArrayRef<float> input, ArrayRef<float> gradient, int64_t row, int64_t column) {
  int64_t c = column / (s.kernelHeight * s.kernelWidth), ky = column / s.kernelWidth % s.kernelHeight;
  int64_t kx = column % s.kernelWidth;
  double sum = 0;
  for (int64_t oy = 0; oy < s.outputHeight; ++oy)
    for (int64_t ox = 0; ox < s.outputWidth; ++ox) {
      int64_t y = oy * s.strideHeight - s.padTop + ky * s.dilationHeight;
      int64_t x = ox * s.strideWidth - s.padLeft + kx * s.dilationWidth;
      if (y >= 0 && y < s.height && x >= 0 && x < s.width)
        sum += double(input[(c * s.height + y) * s.width + x]) *
               gradient[(row * s.outputHeight + oy) * s.outputWidth + ox];
    }
  return sum;
}

void checkImportance(const PatchShape &shape, int64_t rows) {
  std::mt19937 random(3);
  WeightImportance importance(shape, rows);
  int64_t length = shape.getRowLength(), plane = shape.outputHeight * shape.outputWidth;
  std::vector<double> weights(rows * length, 0.0), sums(rows, 0.0);
  constexpr int kSamples = 2;
  for (int sample = 0; sample < kSamples; ++sample) {
    std::vector<float> input = makeNumbers(shape.totalChannels * shape.height * shape.width, random);
    std::vector<float> gradient = makeNumbers(rows * plane, random);
    importance.add(input, gradient);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t k = 0; k < length; ++k)
        weights[row * length + k] += std::pow(derive(shape, input, gradient, row, k), 2) / kSamples;
      for (int64_t at = 0; at < plane; ++at)
        sums[row] += double(gradient[row * plane + at]) * gradient[row * plane + at] / kSamples;
    }
  }
  Importance found = importance.get();
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(found.weights[i] / weights[i], 1, 1e-3) << "weight " << i;
  for (size_t i = 0; i < sums.size(); ++i)
    EXPECT_NEAR(found.rows[i] / sums[i], 1, 1e-4) << "row " << i;
}

TEST(WeightImportanceTest, IsTheMeanSquareOfDerivatives) {
  PatchShape shape;
  shape.channels = shape.totalChannels = 2;
  shape.height = 5, shape.width = 7;
  shape.kernelHeight = 3, shape.kernelWidth = 2;
  shape.strideHeight = 2, shape.dilationWidth = 2, shape.padTop = 1, shape.padLeft = 1;
  shape.outputHeight = 3, shape.outputWidth = 6;
  checkImportance(shape, 3);
}

TEST(WeightImportanceTest, AddsUpPartsOfLargePlanes) {
  PatchShape shape;
  shape.channels = shape.totalChannels = 16;
  shape.height = shape.width = shape.outputHeight = shape.outputWidth = 50;
  shape.kernelHeight = shape.kernelWidth = 3, shape.padTop = shape.padLeft = 1;
  checkImportance(shape, 2);
}

class NetworkTest : public testing::Test {
protected:
  NetworkTest() { context.loadDialect<cnn::CNNDialect, arith::ArithDialect, func::FuncDialect>(); }

  func::FuncOp parse(const char *text) {
    module = parseSourceString<ModuleOp>(text, &context);
    return module->lookupSymbol<func::FuncOp>("main");
  }
  Tensor make(ArrayRef<int64_t> shape, ArrayRef<double> values) {
    Tensor tensor = Tensor::create(shape, Float32Type::get(&context));
    tensor.setDoubles(values);
    return tensor;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(NetworkTest, loss_gradient) {
  func::FuncOp main = parse("func.func @main(%z: tensor<1x3xf32>, %v: tensor<1x3xf32>, %f: tensor<f32>) -> "
                            "tensor<1x3xf32> { return %z : tensor<1x3xf32> }");
  Operation *last = main.getBody().front().getTerminator();
  OpBuilder builder(last);
  last->setOperand(0, createLossGradient(builder, main.getArgument(0), main.getArgument(1), main.getArgument(2)));
  auto run = [&](ArrayRef<double> direction, double flag) {
    auto found = interpret(main, {make({1, 3}, {0.5, -1.0, 2.0}), make({1, 3}, direction), make({}, {flag})});
    return succeeded(found) ? found->front().getDoubles() : std::vector<double>(3, NAN);
  };
  double p[3] = {std::exp(0.5), std::exp(-1.0), std::exp(2.0)}, sum = p[0] + p[1] + p[2];
  for (double &one : p)
    one /= sum;
  std::vector<double> labelled = run({0, 1, 0}, 1);
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(labelled[i], p[i] - (i == 1), 1e-6);
  // Over all signs the mean of products is the curvature of the loss.
  double products[3][3] = {};
  for (int signs = 0; signs < 8; ++signs) {
    std::vector<double> u = run({signs & 1 ? 1.0 : -1.0, signs & 2 ? 1.0 : -1.0, signs & 4 ? 1.0 : -1.0}, 0);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        products[i][j] += u[i] * u[j] / 8;
  }
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      EXPECT_NEAR(products[i][j], (i == j ? p[i] : 0) - p[i] * p[j], 1e-6) << i << ", " << j;
}

/// A block whose last layer has a residual, and a layer that gives what it reads' shape.
constexpr const char *kBlocks = R"(
func.func @main(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = arith.constant dense<0.3> : tensor<2x2x3x3xf32>
  %v = arith.constant dense<0.2> : tensor<2x2x1x1xf32>
  %b = arith.constant dense<[1.0, -2.0]> : tensor<2xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] activation <relu>
     : (tensor<1x2x4x4xf32>, tensor<2x2x3x3xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.convolution %0, %v bias %b residual %x strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] activation <relu>
     : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>, tensor<2xf32>, tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %2 = cnn.convolution %1, %w strides [1, 1] pads [2, 2, 2, 2] dilations [2, 2]
     : (tensor<1x2x4x4xf32>, tensor<2x2x3x3xf32>) -> tensor<1x2x4x4xf32>
  return %2 : tensor<1x2x4x4xf32>
})";

TEST_F(NetworkTest, weights_that_carry) {
  func::FuncOp main = parse(kBlocks);
  std::vector<LayerOp> layers = findLayers(main);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(getCarried(layers[1]), main.getArgument(0));
  EXPECT_EQ(getCarried(layers[2]), layers[1].getOutput());
  // With them the last layer gives what it reads.
  OpBuilder builder(layers[2].getOperation());
  layers[2].setFilter(createFloats(builder, builder.getUnknownLoc(), {2, 2, 3, 3}, getCarryingWeights(layers[2])));
  std::mt19937 random(5);
  std::vector<float> x = makeNumbers(32, random);
  Tensor input = make({1, 2, 4, 4}, std::vector<double>(x.begin(), x.end()));
  auto carried = interpret(main, {input});
  main.getBody().front().getTerminator()->setOperand(0, layers[1].getOutput());
  auto read = interpret(main, {input});
  ASSERT_TRUE(succeeded(carried) && succeeded(read));
  EXPECT_EQ((*carried)[0].getDoubles(), (*read)[0].getDoubles());
}

TEST_F(NetworkTest, layers_that_nobody_needs) {
  func::FuncOp main = parse(kBlocks);
  EXPECT_EQ(findUnneeded(main, {}).size(), 0u);
  DenseSet<unsigned> unneeded = findUnneeded(main, {1});
  EXPECT_TRUE(unneeded.contains(0) && unneeded.contains(1) && !unneeded.contains(2));
  removeLayers(main, {1});
  ASSERT_TRUE(succeeded(verify(*module)));
  ASSERT_EQ(findLayers(main).size(), 1u);
  // relu(x + bias) is what the last layer reads now.
  Value sum = findLayers(main)[0].getInput();
  main.getBody().front().getTerminator()->setOperand(0, sum);
  auto found = interpret(main, {make({1, 2, 4, 4}, std::vector<double>(32, 0.5))});
  ASSERT_TRUE(succeeded(found));
  std::vector<double> values = (*found)[0].getDoubles();
  EXPECT_EQ(values.front(), 1.5);
  EXPECT_EQ(values.back(), 0);
}

TEST_F(NetworkTest, layers_that_cannot_go) {
  func::FuncOp main = parse(R"(
func.func @main(%x: tensor<1x2x4x4xf32>) -> tensor<1x3x4x4xf32> {
  %w = arith.constant dense<0.3> : tensor<2x1x3x3xf32>
  %v = arith.constant dense<0.2> : tensor<3x2x1x1xf32>
  %0 = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
     : (tensor<1x2x4x4xf32>, tensor<2x1x3x3xf32>) -> tensor<1x2x4x4xf32>
  %1 = cnn.convolution %0, %v strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
     : (tensor<1x2x4x4xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x4x4xf32>
  return %1 : tensor<1x3x4x4xf32>
})");
  std::vector<LayerOp> layers = findLayers(main);
  EXPECT_FALSE(getCarried(layers[0])) << "its channels are in groups";
  EXPECT_FALSE(getCarried(layers[1])) << "it has more channels than it reads";
}

} // namespace
