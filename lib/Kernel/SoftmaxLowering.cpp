//===- SoftmaxLowering.cpp - the softmax family as loops ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// exp(x - maximum) for a row whose maximum is known.
static Value expAbove(OpBuilder &b, Location loc, const Row &row, Value x, Value maximum) {
  return emitExp(b, loc, arith::SubFOp::create(b, loc, x, row.spread(b, loc, maximum, x.getType())));
}

/// Writes one row of softmax or log_softmax. The exponentials are computed
/// twice: cheaper than a round trip through a narrower result type.
static void writeSoftmaxRow(OpBuilder &b, Location loc, const Row &row, Value target, bool isLog) {
  Value maximum = row.reduce(b, loc, ElementwiseKind::Max, [](OpBuilder &, Location, Value x) { return x; });
  Value sum = row.reduce(b, loc, ElementwiseKind::Add,
                         [&](OpBuilder &b, Location loc, Value x) { return expAbove(b, loc, row, x, maximum); });
  Value logSum = isLog ? emitLog(b, loc, sum) : Value();
  row.write(b, loc, target, [&](OpBuilder &b, Location loc, Value x, Value, int64_t) -> Value {
    if (!isLog)
      return arith::DivFOp::create(b, loc, expAbove(b, loc, row, x, maximum), row.spread(b, loc, sum, x.getType()));
    Value above = arith::SubFOp::create(b, loc, x, row.spread(b, loc, maximum, x.getType()));
    return arith::SubFOp::create(b, loc, above, row.spread(b, loc, logSum, x.getType()));
  });
}

namespace {

template <typename OpTy> struct SoftmaxLowering : PlainPattern<OpTy> {
  using PlainPattern<OpTy>::PlainPattern;
  FailureOr<SmallVector<Value>> lower(OpTy op, typename OpTy::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t axis = op.getAxis();
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    RowView view(rewriter, loc, plain.getInput(), axis, axis + 1, this->context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, result, view);
    forEachRow(rewriter, loc, view, [&](OpBuilder &b, Location loc, const Row &row) {
      writeSoftmaxRow(b, loc, row, target, std::is_same_v<OpTy, LogSoftmaxOp>);
    });
    return SmallVector<Value>{result};
  }
};

/// 1 at the first maximum of each row, one row at a time.
struct HardmaxLowering : PlainPattern<HardmaxOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(HardmaxOp op, HardmaxOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t axis = op.getAxis();
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    zeroBuffer(rewriter, loc, result, context.getFacts());
    RowView view(rewriter, loc, plain.getInput(), axis, axis + 1, context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, result, view);
    forEachIndex(rewriter, loc, {view.outer, view.inner}, [&](OpBuilder &b, Location loc, ValueRange at) {
      Value zero = indexConstant(b, loc, 0);
      Value first = memref::LoadOp::create(b, loc, view.buffer, ValueRange{at[0], zero, at[1]});
      auto loop =
          scf::ForOp::create(b, loc, indexConstant(b, loc, 1), asValue(b, loc, view.length), indexConstant(b, loc, 1),
                             ValueRange{first, zero}, [&](OpBuilder &b, Location loc, Value i, ValueRange best) {
                               Value x = memref::LoadOp::create(b, loc, view.buffer, ValueRange{at[0], i, at[1]});
                               Value better = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, best[0]);
                               Value value = arith::SelectOp::create(b, loc, better, x, best[0]);
                               Value index = arith::SelectOp::create(b, loc, better, i, best[1]);
                               scf::YieldOp::create(b, loc, ValueRange{value, index});
                             });
      memref::StoreOp::create(b, loc, scalarConstant(b, loc, view.storageType, 1), target,
                              ValueRange{at[0], loop.getResult(1), at[1]});
    });
    return SmallVector<Value>{result};
  }
};

} // namespace

void winnow::kernel::populateSoftmaxLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                             KernelContext &context) {
  patterns.add<SoftmaxLowering<SoftmaxOp>, SoftmaxLowering<LogSoftmaxOp>, HardmaxLowering>(converter, context);
}
