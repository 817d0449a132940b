//===- InterpreterTest.cpp - corner cases of the reference semantics ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Interpreter/Interpreter.h"

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using winnow::Tensor;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Doubles = std::vector<double>;
using Ints = std::vector<int64_t>;

class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() {
    context.loadDialect<winnow::cnn::CNNDialect, arith::ArithDialect, func::FuncDialect>();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) { errors += diagnostic.str() + "\n"; });
  }

  /// A tensor of `type`, written as in the IR, with the given elements.
  Tensor make(StringRef type, ArrayRef<double> values) {
    auto tensorType = cast<RankedTensorType>(parseType(type, &context));
    Tensor tensor = Tensor::create(tensorType.getShape(), tensorType.getElementType());
    tensor.setDoubles(values);
    return tensor;
  }

  /// The results of function @f, whose body is `body`, of arguments %0, %1, ...; the body
  /// ends with the operands of its return.
  SmallVector<Tensor> run(StringRef signature, StringRef body, ArrayRef<Tensor> args) {
    std::string text = ("func.func @f" + signature + " {\n" + body + "\n}").str();
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return {};
    auto results = winnow::interpret(module->lookupSymbol<func::FuncOp>("f"), args);
    return succeeded(results) ? *results : SmallVector<Tensor>();
  }

  /// One op of one result: `%y = <op> : (operands) -> result`.
  Tensor runOp(StringRef op, StringRef operandTypes, StringRef result, ArrayRef<Tensor> args) {
    std::string parameters;
    SmallVector<StringRef> types;
    operandTypes.split(types, ';', -1, false);
    for (auto [i, type] : llvm::enumerate(types))
      parameters += (i ? ", %" : "%") + std::string(1, 'a' + i) + ": " + type.str();
    std::string list = llvm::join(types, ", ");
    SmallVector<Tensor> results =
        run(("(" + parameters + ") -> " + result).str(),
            ("%y = " + op + " : (" + list + ") -> " + result + "\nreturn %y : " + result).str(), args);
    return results.empty() ? Tensor() : results[0];
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string errors;
};

TEST_F(InterpreterTest, convolution_with_epilogue) {
  Tensor y = runOp("cnn.convolution %a, %b bias %c residual %d strides [1, 1] pads [0, 0, 1, 1] dilations [1, 1] "
                   "activation <relu>",
                   "tensor<1x1x2x2xf32>;tensor<1x1x2x2xf32>;tensor<1xf32>;tensor<1x1x2x2xf32>", "tensor<1x1x2x2xf32>",
                   {make("tensor<1x1x2x2xf32>", {1, 2, 3, 4}), make("tensor<1x1x2x2xf32>", {1, 10, 100, 1000}),
                    make("tensor<1xf32>", {0.5}), make("tensor<1x1x2x2xf32>", {0, 0, 0, -100})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{4321.5, 402.5, 43.5, 0}));
}

TEST_F(InterpreterTest, convolution_of_dynamic_batch) {
  Tensor y =
      runOp("cnn.convolution %a, %b strides [1] pads [0, 0] dilations [1]", "tensor<?x1x2xf32>;tensor<1x1x2xf32>",
            "tensor<?x1x1xf32>", {make("tensor<2x1x2xf32>", {1, 2, 3, 4}), make("tensor<1x1x2xf32>", {1, 1})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{3, 7}));
}

TEST_F(InterpreterTest, transposed_convolution_overlaps) {
  Tensor y = runOp("cnn.transposed_convolution %a, %b strides [1] pads [0, 0] dilations [1] output_padding [0]",
                   "tensor<1x1x2xf32>;tensor<1x1x2xf32>", "tensor<1x1x3xf32>",
                   {make("tensor<1x1x2xf32>", {1, 2}), make("tensor<1x1x2xf32>", {10, 100})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{10, 120, 200}));
}

TEST_F(InterpreterTest, average_pool_counts_padding_but_nothing_beyond) {
  // Extents 4 + 1 + 0 with ceil_mode: the last window reaches one position beyond the padding.
  StringRef op = "cnn.average_pool %a kernel [2] strides [2] pads [1, 0] dilations [1] ceil_mode true "
                 "count_include_pad true";
  Tensor y = runOp(op, "tensor<1x1x4xf32>", "tensor<1x1x3xf32>", {make("tensor<1x1x4xf32>", {2, 4, 6, 8})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{1, 5, 8}));
}

TEST_F(InterpreterTest, max_pool_indices_columns_first) {
  SmallVector<Tensor> y =
      run("(%a: tensor<1x2x2x3xf32>) -> (tensor<1x2x1x2xf32>, tensor<1x2x1x2xi64>)",
          "%y, %i = cnn.max_pool_with_indices %a kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] "
          "storage_order 1 : (tensor<1x2x2x3xf32>) -> (tensor<1x2x1x2xf32>, tensor<1x2x1x2xi64>)\n"
          "return %y, %i : tensor<1x2x1x2xf32>, tensor<1x2x1x2xi64>",
          {make("tensor<1x2x2x3xf32>", {9, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 5})});
  ASSERT_EQ(y.size(), 2u) << errors;
  EXPECT_EQ(y[0].getDoubles(), (Doubles{9, 4, 0, 5}));
  // Row 1, column 2 of a 2x3 map lies at 1 + 2 * 2.
  EXPECT_EQ(y[1].getInts(), (Ints{0, 5, 6, 11}));
}

TEST_F(InterpreterTest, integers_wrap_and_divide_towards_zero) {
  Tensor a = make("tensor<3xi8>", {127, -7, -128}), b = make("tensor<3xi8>", {1, 2, -1});
  StringRef types = "tensor<3xi8>;tensor<3xi8>", type = "tensor<3xi8>";
  EXPECT_EQ(runOp("cnn.add %a, %b", types, type, {a, b}).getInts(), (Ints{-128, -5, 127}));
  EXPECT_EQ(runOp("cnn.div %a, %b", types, type, {a, b}).getInts(), (Ints{127, -3, -128}));
  EXPECT_EQ(runOp("cnn.mod %a, %b", types, type, {a, b}).getInts(), (Ints{0, 1, 0}));
  EXPECT_EQ(runOp("cnn.mod %a, %b fmod true", types, type, {a, b}).getInts(), (Ints{0, -1, 0}));
  Tensor zero = make("tensor<3xi8>", {0, 0, 0});
  EXPECT_EQ(runOp("cnn.div %a, %b", types, type, {a, zero}).getInts(), (Ints{0, 0, 0}));
}

TEST_F(InterpreterTest, powers_of_integers) {
  Tensor a = make("tensor<4xi32>", {3, -2, -1, 5}), b = make("tensor<4xi32>", {4, 3, -3, -1});
  EXPECT_EQ(runOp("cnn.pow %a, %b", "tensor<4xi32>;tensor<4xi32>", "tensor<4xi32>", {a, b}).getInts(),
            (Ints{81, -8, -1, 0}));
  Tensor half = make("tensor<f32>", {0.5});
  EXPECT_EQ(runOp("cnn.pow %a, %b", "tensor<4xi32>;tensor<f32>", "tensor<4xi32>",
                  {make("tensor<4xi32>", {4, 9, 16, 20}), half})
                .getInts(),
            (Ints{2, 3, 4, 4}));
}

TEST_F(InterpreterTest, shifts_drop_bits) {
  Tensor a = make("tensor<3xui8>", {255, 129, 1}), b = make("tensor<3xui8>", {1, 7, 8});
  EXPECT_EQ(runOp("cnn.shift_left %a, %b", "tensor<3xui8>;tensor<3xui8>", "tensor<3xui8>", {a, b}).getInts(),
            (Ints{254, 128, 0}));
  EXPECT_EQ(runOp("cnn.shift_right %a, %b", "tensor<3xui8>;tensor<3xui8>", "tensor<3xui8>", {a, b}).getInts(),
            (Ints{127, 1, 0}));
}

TEST_F(InterpreterTest, extrema_of_unsigned_64_bit_integers) {
  Tensor a = Tensor::create({2}, IntegerType::get(&context, 64, IntegerType::Unsigned));
  a.setInts({-1, 5});
  Tensor y = runOp("cnn.arg_max %a axis 0", "tensor<2xui64>", "tensor<i64>", {a});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getInts(), (Ints{0}));
}

TEST_F(InterpreterTest, nan_wins_in_extrema) {
  Tensor a = make("tensor<3xf32>", {kNaN, 1, 2}), b = make("tensor<3xf32>", {0, kNaN, 1});
  StringRef types = "tensor<3xf32>;tensor<3xf32>";
  for (StringRef op : {"cnn.min %a, %b", "cnn.max %a, %b"}) {
    Doubles y = runOp(op, types, "tensor<3xf32>", {a, b}).getDoubles();
    EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]) && !std::isnan(y[2])) << op.str();
  }
}

TEST_F(InterpreterTest, round_halves_to_even) {
  Tensor y =
      runOp("cnn.round %a", "tensor<5xf32>", "tensor<5xf32>", {make("tensor<5xf32>", {0.5, 1.5, 2.5, -0.5, -1.5})});
  EXPECT_EQ(y.getDoubles(), (Doubles{0, 2, 2, 0, -2}));
}

TEST_F(InterpreterTest, clip_prefers_the_upper_bound) {
  Tensor y = runOp("cnn.clip %a lower %b upper %c", "tensor<2xf32>;tensor<f32>;tensor<f32>", "tensor<2xf32>",
                   {make("tensor<2xf32>", {0, 10}), make("tensor<f32>", {5}), make("tensor<f32>", {3})});
  EXPECT_EQ(y.getDoubles(), (Doubles{3, 3}));
}

TEST_F(InterpreterTest, quantize_rounds_halves_to_even_and_saturates) {
  Tensor y =
      runOp("cnn.quantize_linear %a, %b zero_point %c axis 0", "tensor<6xf32>;tensor<f32>;tensor<i8>", "tensor<6xi8>",
            {make("tensor<6xf32>", {1, 3, -1, 1e9, -1e9, 5}), make("tensor<f32>", {2}), make("tensor<i8>", {1})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getInts(), (Ints{1, 3, 1, 127, -128, 3}));
}

TEST_F(InterpreterTest, integer_convolution_pads_with_the_zero_point) {
  Tensor y =
      runOp("cnn.convolution_integer %a, %b input_zero_point %c strides [1] pads [1, 0] dilations [1]",
            "tensor<1x1x2xui8>;tensor<1x1x2xui8>;tensor<ui8>", "tensor<1x1x2xi32>",
            {make("tensor<1x1x2xui8>", {10, 255}), make("tensor<1x1x2xui8>", {3, 255}), make("tensor<ui8>", {11})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getInts(), (Ints{-255, -3 + 255 * 244}));
}

TEST_F(InterpreterTest, top_k_keeps_the_order_of_equals) {
  SmallVector<Tensor> y = run("(%a: tensor<5xf32>) -> (tensor<3xf32>, tensor<3xi64>)",
                              "%v, %i = cnn.top_k %a k 3 axis 0 largest false : (tensor<5xf32>) -> (tensor<3xf32>, "
                              "tensor<3xi64>)\nreturn %v, %i : tensor<3xf32>, tensor<3xi64>",
                              {make("tensor<5xf32>", {2, 1, 2, 1, kNaN})});
  ASSERT_EQ(y.size(), 2u) << errors;
  EXPECT_EQ(y[1].getInts(), (Ints{1, 3, 0}));
}

TEST_F(InterpreterTest, pad_reflects_and_wraps) {
  Tensor x = make("tensor<3xf32>", {1, 2, 3});
  EXPECT_EQ(runOp("cnn.pad reflect %a pads [2, 2]", "tensor<3xf32>", "tensor<7xf32>", {x}).getDoubles(),
            (Doubles{3, 2, 1, 2, 3, 2, 1}))
      << errors;
  EXPECT_EQ(runOp("cnn.pad wrap %a pads [1, 2]", "tensor<3xf32>", "tensor<6xf32>", {x}).getDoubles(),
            (Doubles{3, 1, 2, 3, 1, 2}))
      << errors;
}

TEST_F(InterpreterTest, slice_backwards_and_pads_that_cut) {
  Tensor x = make("tensor<5xf32>", {0, 1, 2, 3, 4});
  Tensor y = runOp("cnn.slice %a axes [0] starts [-1] ends [-100] steps [-2]", "tensor<5xf32>", "tensor<3xf32>", {x});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{4, 2, 0}));
  EXPECT_EQ(runOp("cnn.pad constant %a pads [-2, 1]", "tensor<5xf32>", "tensor<4xf32>", {x}).getDoubles(),
            (Doubles{2, 3, 4, 0}));
}

TEST_F(InterpreterTest, reshape_infers_the_open_extent) {
  Tensor y = runOp("cnn.reshape %a", "tensor<?x6xf32>", "tensor<?x3xf32>", {make("tensor<2x6xf32>", Doubles(12, 1))});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getShape(), ArrayRef<int64_t>({4, 3}));
}

TEST_F(InterpreterTest, resize_of_dynamic_batch) {
  Tensor y = runOp("cnn.resize nearest %a coordinates asymmetric rounding floor scales [1.0, 1.0, 2.0]",
                   "tensor<?x1x2xf32>", "tensor<?x1x4xf32>", {make("tensor<1x1x2xf32>", {1, 2})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{1, 1, 2, 2}));
}

TEST_F(InterpreterTest, einsum_takes_diagonals) {
  Tensor y =
      runOp("cnn.einsum \"ii->i\" %a", "tensor<2x2xf32>", "tensor<2xf32>", {make("tensor<2x2xf32>", {1, 2, 3, 4})});
  ASSERT_TRUE(y) << errors;
  EXPECT_EQ(y.getDoubles(), (Doubles{1, 4}));
}

TEST_F(InterpreterTest, error_index_out_of_range) {
  Tensor x = make("tensor<2xf32>", {1, 2}), index = make("tensor<1xi64>", {2}), update = make("tensor<1xf32>", {9});
  EXPECT_FALSE(runOp("cnn.gather %a, %b axis 0", "tensor<2xf32>;tensor<1xi64>", "tensor<1xf32>", {x, index}));
  EXPECT_NE(errors.find("index 2 lies outside"), std::string::npos);
  EXPECT_FALSE(runOp("cnn.scatter_elements %a, %b, %c axis 0", "tensor<2xf32>;tensor<1xi64>;tensor<1xf32>",
                     "tensor<2xf32>", {x, index, update}));
}

TEST_F(InterpreterTest, error_inputs_that_do_not_fit) {
  Tensor x = make("tensor<2xf32>", {1, 2});
  EXPECT_FALSE(runOp("cnn.relu %a", "tensor<3xf32>", "tensor<3xf32>", {x}));
  EXPECT_NE(errors.find("expected a value of type"), std::string::npos) << errors;
  EXPECT_FALSE(runOp("cnn.relu %a", "tensor<2xf32>", "tensor<2xf32>", {}));
  EXPECT_FALSE(runOp("cnn.relu %a", "tensor<2xf32>", "tensor<2xf32>", {Tensor()}));
}

TEST_F(InterpreterTest, error_dynamic_extents_that_do_not_fit_together) {
  Tensor a = make("tensor<2xf32>", {1, 2}), b = make("tensor<3xf32>", {1, 2, 3});
  EXPECT_FALSE(runOp("cnn.add %a, %b", "tensor<?xf32>;tensor<?xf32>", "tensor<?xf32>", {a, b}));
  EXPECT_NE(errors, "");
}

TEST_F(InterpreterTest, observer_sees_each_op_once) {
  module = parseSourceString<ModuleOp>(R"mlir(
    func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
      %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %0 = cnn.add %x, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %1 = cnn.mul %0, %0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      return %1 : tensor<2xf32>
    })mlir",
                                       &context);
  ASSERT_TRUE(module);
  std::vector<std::string> seen;
  auto results = winnow::interpret(module->lookupSymbol<func::FuncOp>("f"), make("tensor<2xf32>", {1, 1}),
                                   [&](Operation *op, ArrayRef<Tensor> values) {
                                     seen.push_back(op->getName().getStringRef().str());
                                     EXPECT_EQ(values.size(), 1u);
                                   });
  ASSERT_TRUE(succeeded(results));
  EXPECT_EQ((*results)[0].getDoubles(), (Doubles{4, 9}));
  EXPECT_EQ(seen, (std::vector<std::string>{"cnn.add", "cnn.mul"}));
}

TEST_F(InterpreterTest, fold_constants_within_the_limit) {
  module = parseSourceString<ModuleOp>(R"mlir(
    func.func @f(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
      %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %0 = cnn.add %c, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %1 = cnn.add %c, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      return %0, %1 : tensor<2xf32>, tensor<2xf32>
    })mlir",
                                       &context);
  ASSERT_TRUE(module);
  auto adds = llvm::to_vector(module->lookupSymbol<func::FuncOp>("f").getOps<winnow::cnn::AddOp>());
  auto folded = winnow::foldOperation(adds[0]);
  ASSERT_TRUE(succeeded(folded));
  EXPECT_EQ(Tensor::fromConstant((*folded)[0]).getDoubles(), (Doubles{2, 4}));
  EXPECT_TRUE(failed(winnow::foldOperation(adds[0], /*maxBytes=*/4)));
  EXPECT_TRUE(failed(winnow::foldOperation(adds[1])));
  EXPECT_EQ(errors, "");
}

} // namespace
