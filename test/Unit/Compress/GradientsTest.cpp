//===- GradientsTest.cpp - derivatives against finite differences ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradients.h"

#include "winnow/Interpreter/Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using winnow::Tensor;

namespace {

/// A function of %x, written as the ops that make %y of it.
struct Function {
  const char *name, *input, *body, *output;
};

class GradientsTest : public testing::TestWithParam<Function> {
protected:
  GradientsTest() {
    context.loadDialect<winnow::cnn::CNNDialect, arith::ArithDialect, func::FuncDialect>();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) { errors += diagnostic.str() + "\n"; });
  }

  OwningOpRef<ModuleOp> parse(const Function &of) {
    std::string text = "func.func @main(%x: " + std::string(of.input) + ") -> " + of.output + " {\n" + of.body +
                       "\nreturn %y : " + of.output + "\n}";
    return parseSourceString<ModuleOp>(text, &context);
  }

  static func::FuncOp getMain(OwningOpRef<ModuleOp> &module) { return module->lookupSymbol<func::FuncOp>("main"); }

  static double weigh(const Tensor &values, ArrayRef<double> weights) {
    double sum = 0;
    for (auto [value, weight] : llvm::zip_equal(values.getDoubles(), weights))
      sum += value * weight;
    return sum;
  }

  MLIRContext context;
  std::string errors;
};

TEST_P(GradientsTest, AreWhatDifferencesSay) {
  OwningOpRef<ModuleOp> plain = parse(GetParam()), made = parse(GetParam());
  ASSERT_TRUE(plain && made) << errors;
  ASSERT_TRUE(succeeded(winnow::differentiate(getMain(made)))) << errors;
  ASSERT_TRUE(succeeded(verify(*made))) << errors;
  auto in = cast<RankedTensorType>(getMain(made).getArgumentTypes()[0]);
  auto out = cast<RankedTensorType>(getMain(made).getArgumentTypes()[1]);
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  std::vector<double> point(in.getNumElements()), seed(out.getNumElements());
  for (double &value : point)
    value = normal(random);
  for (double &value : seed)
    value = normal(random);
  Tensor x = Tensor::create(in.getShape(), in.getElementType()),
         s = Tensor::create(out.getShape(), in.getElementType());
  x.setDoubles(point);
  s.setDoubles(seed);
  auto results = winnow::interpret(getMain(made), {x, s});
  ASSERT_TRUE(succeeded(results) && results->size() == 2) << errors;
  std::vector<double> found = (*results)[1].getDoubles();
  ASSERT_EQ(found.size(), point.size());
  double scale = 0;
  for (double value : found)
    scale = std::max(scale, std::abs(value));
  ASSERT_GT(scale, 0);
  constexpr double kStep = 2e-3;
  for (size_t i = 0; i < point.size(); ++i) {
    double ends[2];
    for (int side : {0, 1}) {
      std::vector<double> moved = point;
      moved[i] += side ? kStep : -kStep;
      Tensor at = Tensor::create(in.getShape(), in.getElementType());
      at.setDoubles(moved);
      auto value = winnow::interpret(getMain(plain), {at});
      ASSERT_TRUE(succeeded(value)) << errors;
      ends[side] = weigh((*value)[0], seed);
    }
    EXPECT_NEAR(found[i], (ends[1] - ends[0]) / (2 * kStep), 1e-3 * scale) << "element " << i;
  }
}

#define T8 "tensor<2x4x5x5xf32>"
#define POINT(NAME, OP)                                                                                                \
  {NAME, "tensor<2x9xf32>", "%y = " OP " : (tensor<2x9xf32>) -> tensor<2x9xf32>", "tensor<2x9xf32>"}

const Function kProducts[] = {
    {"convolution", T8,
     "%w = arith.constant dense<[[[[0.5, -1.0], [2.0, 0.1]], [[1.5, 0.3], [0.2, -0.7]], [[1.0, 0.0], [0.4, 0.6]], "
     "[[0.9, 0.8], [-0.3, 0.2]]], [[[-0.5, 1.0], [0.7, 0.1]], [[0.5, 0.3], [-1.2, 0.7]], [[0.2, 0.1], [0.3, 0.6]], "
     "[[-0.9, 0.4], [0.3, 1.2]]]]> : tensor<2x4x2x2xf32>\n"
     "%y = cnn.convolution %x, %w strides [1, 1] pads [1, 0, 0, 1] dilations [1, 2] "
     ": (tensor<2x4x5x5xf32>, tensor<2x4x2x2xf32>) -> tensor<2x2x5x4xf32>",
     "tensor<2x2x5x4xf32>"},
    {"strided_groups", T8,
     "%w = arith.constant dense<[[[[0.5, -1.0], [2.0, 0.1]], [[1.5, 0.3], [0.2, -0.7]]], [[[1.0, 0.0], [0.4, 0.6]], "
     "[[0.9, 0.8], [-0.3, 0.2]]]]> : tensor<2x2x2x2xf32>\n"
     "%y = cnn.convolution %x, %w strides [3, 2] pads [1, 1, 1, 0] dilations [1, 1] group 2 "
     ": (tensor<2x4x5x5xf32>, tensor<2x2x2x2xf32>) -> tensor<2x2x2x3xf32>",
     "tensor<2x2x2x3xf32>"},
    {"groups", T8,
     "%w = arith.constant dense<[[[[0.5, -1.0], [2.0, 0.1]], [[1.5, 0.3], [0.2, -0.7]]], [[[1.0, 0.0], [0.4, 0.6]], "
     "[[0.9, 0.8], [-0.3, 0.2]]]]> : tensor<2x2x2x2xf32>\n"
     "%y = cnn.convolution %x, %w strides [1, 1] pads [1, 1, 1, 0] dilations [1, 1] group 2 "
     ": (tensor<2x4x5x5xf32>, tensor<2x2x2x2xf32>) -> tensor<2x2x6x5xf32>",
     "tensor<2x2x6x5xf32>"},
    {"depthwise_relu_residual", T8,
     "%w = arith.constant dense<[[[[0.5, -1.0, 0.2]]], [[[1.5, 0.3, -0.4]]], [[[1.0, 0.0, 2.0]]], [[[0.9, 0.8, "
     "-1.1]]]]> : tensor<4x1x1x3xf32>\n"
     "%y = cnn.convolution %x, %w residual %x strides [1, 1] pads [0, 1, 0, 1] dilations [1, 1] group 4 activation "
     "<relu> : (tensor<2x4x5x5xf32>, tensor<4x1x1x3xf32>, tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>",
     T8},
    {"gemm", "tensor<3x2xf32>",
     "%w = arith.constant dense<[[0.5, -1.0], [2.0, 0.1], [1.5, 0.3]]> : tensor<3x2xf32>\n"
     "%y = cnn.gemm %x, %w alpha 0.5 transpose_rhs true : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x3xf32>",
     "tensor<3x3xf32>"},
    {"matmul", "tensor<2x2x3xf32>",
     "%w = arith.constant dense<[[0.5, -1.0], [2.0, 0.1], [1.5, 0.3]]> : tensor<3x2xf32>\n"
     "%y = cnn.matmul %x, %w : (tensor<2x2x3xf32>, tensor<3x2xf32>) -> tensor<2x2x2xf32>",
     "tensor<2x2x2xf32>"},
};

const Function kPools[] = {
    {"max_pool", T8,
     "%y = cnn.max_pool %x kernel [3, 3] strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] ceil_mode true : "
     "(tensor<2x4x5x5xf32>) -> tensor<2x4x3x3xf32>",
     "tensor<2x4x3x3xf32>"},
    {"average_pool", T8,
     "%y = cnn.average_pool %x kernel [3, 2] strides [2, 2] pads [1, 0, 1, 0] dilations [1, 1] ceil_mode true : "
     "(tensor<2x4x5x5xf32>) -> tensor<2x4x3x3xf32>",
     "tensor<2x4x3x3xf32>"},
    {"average_pool_with_pads", T8,
     "%y = cnn.average_pool %x kernel [2, 2] strides [1, 3] pads [1, 1, 0, 0] dilations [1, 1] count_include_pad true "
     ": (tensor<2x4x5x5xf32>) -> tensor<2x4x5x2xf32>",
     "tensor<2x4x5x2xf32>"},
    {"global_average", T8, "%y = cnn.global_pool average %x : (tensor<2x4x5x5xf32>) -> tensor<2x4x1x1xf32>",
     "tensor<2x4x1x1xf32>"},
    {"global_max", T8, "%y = cnn.global_pool max %x : (tensor<2x4x5x5xf32>) -> tensor<2x4x1x1xf32>",
     "tensor<2x4x1x1xf32>"},
    {"reduce_mean", T8, "%y = cnn.reduce mean %x axes [1, 3] : (tensor<2x4x5x5xf32>) -> tensor<2x5xf32>",
     "tensor<2x5xf32>"},
};

const Function kMovements[] = {
    {"reshape_transpose", T8,
     "%a = cnn.reshape %x : (tensor<2x4x5x5xf32>) -> tensor<8x5x5xf32>\n"
     "%y = cnn.transpose %a permutation [2, 0, 1] : (tensor<8x5x5xf32>) -> tensor<5x8x5xf32>",
     "tensor<5x8x5xf32>"},
    {"slice_pad", T8,
     "%a = cnn.slice %x axes [2, 3] starts [0, -4] ends [9, 5] steps [2, 3] : (tensor<2x4x5x5xf32>) -> "
     "tensor<2x4x3x2xf32>\n"
     "%y = cnn.pad constant %a pads [0, 2, 0, 0, 0, 2, -1, 1] : (tensor<2x4x3x2xf32>) -> tensor<2x8x2x3xf32>",
     "tensor<2x8x2x3xf32>"},
    {"concat_of_what_is_used_twice", T8,
     "%a = cnn.relu %x : (tensor<2x4x5x5xf32>) -> tensor<2x4x5x5xf32>\n"
     "%b = cnn.concat %a, %x, %a axis 1 : (tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>, tensor<2x4x5x5xf32>) -> "
     "tensor<2x12x5x5xf32>\n"
     "%y = cnn.slice %b axes [1] starts [2] ends [10] steps [1] : (tensor<2x12x5x5xf32>) -> tensor<2x8x5x5xf32>",
     "tensor<2x8x5x5xf32>"},
    {"gates", T8, // as squeeze-and-excite has them
     "%a = cnn.global_pool average %x : (tensor<2x4x5x5xf32>) -> tensor<2x4x1x1xf32>\n"
     "%b = cnn.sigmoid %a : (tensor<2x4x1x1xf32>) -> tensor<2x4x1x1xf32>\n"
     "%y = cnn.mul %x, %b : (tensor<2x4x5x5xf32>, tensor<2x4x1x1xf32>) -> tensor<2x4x5x5xf32>",
     T8},
    {"stretched", "tensor<3xf32>",
     "%c = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>\n"
     "%a = cnn.add %x, %c : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>\n"
     "%b = cnn.sub %c, %x : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>\n"
     "%d = cnn.mul %a, %b : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>\n"
     "%y = cnn.div %d, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
     "tensor<2x3xf32>"},
    {"divided", "tensor<2x3xf32>",
     "%c = arith.constant dense<7.0> : tensor<f32>\n"
     "%a = cnn.add %x, %c : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>\n"
     "%y = cnn.div %x, %a : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
     "tensor<2x3xf32>"},
};

const Function kPoints[] = {
    POINT("relu", "cnn.relu %x"),
    POINT("leaky_relu", "cnn.leaky_relu %x {alpha = 0.1}"),
    POINT("elu", "cnn.elu %x {alpha = 0.7}"),
    POINT("celu", "cnn.celu %x {alpha = 0.7}"),
    POINT("selu", "cnn.selu %x {alpha = 1.7, gamma = 1.1}"),
    POINT("sigmoid", "cnn.sigmoid %x"),
    POINT("hard_sigmoid", "cnn.hard_sigmoid %x {alpha = 0.4, beta = 0.5}"),
    POINT("hard_swish", "cnn.hard_swish %x"),
    POINT("swish", "cnn.swish %x {alpha = 1.3}"),
    POINT("gelu", "cnn.gelu %x"),
    POINT("gelu_tanh", "cnn.gelu %x {approximate = true}"),
    POINT("mish", "cnn.mish %x"),
    POINT("softplus", "cnn.softplus %x"),
    POINT("softsign", "cnn.softsign %x"),
    POINT("tanh", "cnn.tanh %x"),
    POINT("erf", "cnn.erf %x"),
    POINT("thresholded_relu", "cnn.thresholded_relu %x {alpha = 0.3}"),
    POINT("shrink", "cnn.shrink %x {bias = 0.2, lambd = 0.5}"),
    POINT("exp", "cnn.exp %x"),
    POINT("softmax", "cnn.softmax %x axis 1"),
    POINT("log_softmax", "cnn.log_softmax %x axis 1"),
    {"clip", "tensor<2x9xf32>",
     "%a = arith.constant dense<-0.3> : tensor<f32>\n%b = arith.constant dense<0.6> : tensor<f32>\n"
     "%y = cnn.clip %x lower %a upper %b : (tensor<2x9xf32>, tensor<f32>, tensor<f32>) -> tensor<2x9xf32>",
     "tensor<2x9xf32>"},
    {"logs_and_roots", "tensor<2x9xf32>",
     "%a = cnn.exp %x : (tensor<2x9xf32>) -> tensor<2x9xf32>\n%b = cnn.sqrt %a : (tensor<2x9xf32>) -> tensor<2x9xf32>\n"
     "%c = cnn.add %a, %b : (tensor<2x9xf32>, tensor<2x9xf32>) -> tensor<2x9xf32>\n"
     "%d = cnn.log %c : (tensor<2x9xf32>) -> tensor<2x9xf32>\n%e = cnn.neg %d : (tensor<2x9xf32>) -> tensor<2x9xf32>\n"
     "%f = cnn.reciprocal %c : (tensor<2x9xf32>) -> tensor<2x9xf32>\n"
     "%y = cnn.mul %e, %f : (tensor<2x9xf32>, tensor<2x9xf32>) -> tensor<2x9xf32>",
     "tensor<2x9xf32>"},
};

const auto kName = [](const testing::TestParamInfo<Function> &info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Products, GradientsTest, testing::ValuesIn(kProducts), kName);
INSTANTIATE_TEST_SUITE_P(Pools, GradientsTest, testing::ValuesIn(kPools), kName);
INSTANTIATE_TEST_SUITE_P(Movements, GradientsTest, testing::ValuesIn(kMovements), kName);
INSTANTIATE_TEST_SUITE_P(Points, GradientsTest, testing::ValuesIn(kPoints), kName);

} // namespace
