//===- ExpandHalfConversions.cpp - f16 without instructions ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/TargetFacts.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_EXPANDHALFCONVERSIONS
#include "winnow/Target/Passes.h.inc"

/// `element` with the shape of `type`: a scalar or a vector.
static Type withElement(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

namespace {

/// Integer arithmetic on bits, a lane or a vector of them.
struct Bits {
  Bits(OpBuilder &b, Location loc, Type like) : b(b), loc(loc), type(withElement(like, b.getI32Type())) {}

  Value constant(uint32_t value) const {
    auto attr = b.getIntegerAttr(b.getI32Type(), value);
    if (auto shaped = dyn_cast<ShapedType>(type))
      return arith::ConstantOp::create(b, loc, shaped, DenseElementsAttr::get(shaped, Attribute(attr)));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value add(Value x, Value y) const { return arith::AddIOp::create(b, loc, x, y); }
  Value add(Value x, uint32_t y) const { return add(x, constant(y)); }
  Value sub(Value x, uint32_t y) const { return arith::SubIOp::create(b, loc, x, constant(y)); }
  Value bitAnd(Value x, uint32_t y) const { return arith::AndIOp::create(b, loc, x, constant(y)); }
  Value bitOr(Value x, Value y) const { return arith::OrIOp::create(b, loc, x, y); }
  Value left(Value x, uint32_t count) const { return arith::ShLIOp::create(b, loc, x, constant(count)); }
  Value right(Value x, uint32_t count) const { return arith::ShRUIOp::create(b, loc, x, constant(count)); }
  Value isLess(Value x, uint32_t y) const {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x, constant(y));
  }
  Value select(Value condition, Value x, Value y) const { return arith::SelectOp::create(b, loc, condition, x, y); }
  Value asFloat(Value x) const { return arith::BitcastOp::create(b, loc, withElement(type, b.getF32Type()), x); }
  Value asBits(Value x) const { return arith::BitcastOp::create(b, loc, type, x); }

  OpBuilder &b;
  Location loc;
  Type type;
};

struct ExpandExtension : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isF16() || !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Bits bits(rewriter, op.getLoc(), op.getType());
    Type shorts = withElement(op.getType(), rewriter.getI16Type());
    Value half = arith::BitcastOp::create(rewriter, op.getLoc(), shorts, op.getIn());
    half = arith::ExtUIOp::create(rewriter, op.getLoc(), bits.type, half);
    Value sign = bits.left(bits.bitAnd(half, 0x8000), 16), magnitude = bits.bitAnd(half, 0x7fff);
    Value moved = bits.left(magnitude, 13);
    // The exponents' bias differs by 112; infinities and NaN have the largest.
    Value normal = bits.add(
        moved, bits.select(bits.isLess(magnitude, 0x7c00), bits.constant(112u << 23), bits.constant(224u << 23)));
    // A subnormal number is an integer times 2^-24: behind the bits of 2^-14 as a fraction, less 2^-14.
    Value base = bits.asFloat(bits.constant(113u << 23));
    Value subnormal = arith::SubFOp::create(rewriter, op.getLoc(), bits.asFloat(bits.add(moved, 113u << 23)), base);
    Value result = bits.select(bits.isLess(magnitude, 0x400), bits.asBits(subnormal), normal);
    rewriter.replaceOp(op, bits.asFloat(bits.bitOr(result, sign)));
    return success();
  }
};

struct ExpandTruncation : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isF32() || !getElementTypeOrSelf(op.getType()).isF16())
      return failure();
    Bits bits(rewriter, op.getLoc(), op.getType());
    Value wide = bits.asBits(op.getIn());
    Value sign = bits.bitAnd(bits.right(wide, 16), 0x8000), magnitude = bits.bitAnd(wide, 0x7fffffff);
    // To nearest, to even: half a unit less one bit is added, and one more to odd numbers.
    Value odd = bits.bitAnd(bits.right(magnitude, 13), 1);
    Value normal = bits.right(bits.add(bits.add(bits.sub(magnitude, 112u << 23), 0xfff), odd), 13);
    // Next to 1/2, the unit of f32 is that of subnormal numbers: the addition rounds.
    Value base = bits.asFloat(bits.constant(126u << 23));
    Value sum = arith::AddFOp::create(rewriter, op.getLoc(), bits.asFloat(magnitude), base);
    Value subnormal = bits.sub(bits.asBits(sum), 126u << 23);
    Value result = bits.select(bits.isLess(magnitude, 0x38800000), subnormal, normal);
    result = bits.select(bits.isLess(magnitude, 0x477ff000), result, bits.constant(0x7c00));
    Value payload = bits.bitOr(bits.bitAnd(bits.right(magnitude, 13), 0x3ff), bits.constant(0x7e00));
    result = bits.select(bits.isLess(magnitude, 0x7f800001), result, payload);
    result = bits.bitOr(result, sign);
    Type shorts = withElement(op.getType(), rewriter.getI16Type());
    result = arith::TruncIOp::create(rewriter, op.getLoc(), shorts, result);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), result);
    return success();
  }
};

struct ExpandHalfConversions : impl::ExpandHalfConversionsBase<ExpandHalfConversions> {
  void runOnOperation() override {
    if (TargetFacts::fromModule(getOperation()->getParentOfType<ModuleOp>()).hasF16Conversion)
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtension, ExpandTruncation>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace winnow
