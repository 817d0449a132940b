//===- TensorTest.cpp - element types and conversions ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Interpreter/Tensor.h"

#include "mlir/IR/Builders.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using winnow::Tensor;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class TensorTest : public testing::Test {
protected:
  /// The 16 bits that a double becomes.
  uint16_t encode(Type type, double value) {
    Tensor tensor = Tensor::create({}, type);
    tensor.setDoubles(value);
    return tensor.getData<uint16_t>()[0];
  }
  double decode(Type type, uint16_t bits) {
    Tensor tensor = Tensor::create({}, type);
    tensor.getMutableData<uint16_t>()[0] = bits;
    return tensor.getDoubles()[0];
  }

  MLIRContext context;
  Builder b{&context};
};

TEST_F(TensorTest, f16_rounds_to_nearest_even) {
  Type type = b.getF16Type();
  EXPECT_EQ(encode(type, 1.0), 0x3c00);
  EXPECT_EQ(encode(type, 1.0 + 1.0 / 2048), 0x3c00) << "a tie goes to the even mantissa";
  EXPECT_EQ(encode(type, 1.0 + 3.0 / 2048), 0x3c02);
  EXPECT_EQ(encode(type, 1.0 + 1.0 / 2048 + 1e-9), 0x3c01) << "one step: a float in between would make it a tie";
  EXPECT_EQ(encode(type, 65519.0), 0x7bff);
  EXPECT_EQ(encode(type, 65520.0), 0x7c00) << "rounds up to infinity";
  EXPECT_EQ(encode(type, 1e300), 0x7c00);
  EXPECT_EQ(encode(type, -std::ldexp(1, -24)), 0x8001) << "the smallest subnormal";
  EXPECT_EQ(encode(type, std::ldexp(1, -25)), 0x0000);
  EXPECT_EQ(encode(type, std::ldexp(1.5, -25)), 0x0001);
  EXPECT_EQ(encode(type, -0.0), 0x8000);
  EXPECT_TRUE(std::isnan(decode(type, encode(type, kNaN))));
}

TEST_F(TensorTest, bf16_rounds_to_nearest_even) {
  Type type = b.getBF16Type();
  EXPECT_EQ(encode(type, 1.0), 0x3f80);
  EXPECT_EQ(encode(type, 1.0 + 1.0 / 256), 0x3f80);
  EXPECT_EQ(encode(type, 1.0 + 3.0 / 256), 0x3f82);
  EXPECT_EQ(encode(type, 3.4e38), 0x7f80);
  EXPECT_EQ(encode(type, 1e-45), 0x0000);
}

TEST_F(TensorTest, every_16_bit_float_survives) {
  for (Type type : {Type(b.getF16Type()), Type(b.getBF16Type())})
    for (uint32_t bits = 0; bits < 0x10000; ++bits)
      if (double value = decode(type, bits); !std::isnan(value)) {
        ASSERT_EQ(encode(type, value), bits);
      }
}

TEST_F(TensorTest, doubles_saturate_in_integers) {
  Tensor small = Tensor::create({5}, b.getIntegerType(8));
  small.setDoubles({-1e9, 1e9, kNaN, 1.9, -1.9});
  EXPECT_EQ(small.getInts(), (std::vector<int64_t>{-128, 127, 0, 1, -1}));
  Tensor large = Tensor::create({3}, b.getIntegerType(64));
  large.setDoubles({kInfinity, -kInfinity, std::ldexp(1, 63)});
  EXPECT_EQ(large.getInts(), (std::vector<int64_t>{INT64_MAX, INT64_MIN, INT64_MAX}));
}

TEST_F(TensorTest, ints_wrap_in_integers) {
  Tensor tensor = Tensor::create({3}, b.getIntegerType(8, /*isSigned=*/false));
  tensor.setInts({256, 257, -1});
  EXPECT_EQ(tensor.getInts(), (std::vector<int64_t>{0, 1, 255}));
}

TEST_F(TensorTest, bools_take_one_byte) {
  Tensor tensor = Tensor::create({3}, b.getI1Type());
  tensor.setInts({0, 256, -1});
  EXPECT_EQ(tensor.getNumBytes(), 3);
  EXPECT_EQ(tensor.getInts(), (std::vector<int64_t>{0, 1, 1}));
  Tensor back = Tensor::fromConstant(tensor.toAttr());
  EXPECT_EQ(back.getInts(), tensor.getInts());
}

TEST_F(TensorTest, constants_round_trip) {
  auto type = RankedTensorType::get({2, 300}, b.getF32Type());
  Tensor tensor = Tensor::create(type.getShape(), type.getElementType());
  for (auto [i, value] : llvm::enumerate(tensor.getMutableData<float>()))
    value = i;
  ElementsAttr attr = tensor.toAttr();
  EXPECT_TRUE(isa<DenseResourceElementsAttr>(attr));
  EXPECT_EQ(Tensor::fromConstant(attr).getData<float>(), tensor.getData<float>());
  ElementsAttr splat = DenseElementsAttr::get(type, b.getF32FloatAttr(2));
  EXPECT_EQ(Tensor::fromConstant(splat).getDoubles(), std::vector<double>(600, 2.0));
}

TEST_F(TensorTest, borrowed_nothing_is_not_null) {
  EXPECT_TRUE(Tensor::borrow({2, 0}, b.getF32Type(), nullptr));
  EXPECT_FALSE(Tensor::borrow({2}, b.getF32Type(), nullptr));
}

TEST_F(TensorTest, negative_sizes_that_do_not_fit) {
  EXPECT_FALSE(Tensor::create({INT64_MAX, 2}, b.getF32Type()));
  EXPECT_FALSE(Tensor::create({-1}, b.getF32Type()));
  EXPECT_TRUE(Tensor::create({INT64_MAX, 2, 0}, b.getF32Type()));
  EXPECT_FALSE(Tensor::fromBytes({2}, b.getF32Type(), ArrayRef<char>("abc", 3)));
}

} // namespace
