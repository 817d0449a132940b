//===- ReductionLowering.cpp - reductions as loops ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// The type that a reduction is computed in: kinds that leave the integers go
/// through f64.
static Type getComputeType(ReductionKind kind, Type element) {
  MLIRContext *context = element.getContext();
  bool leavesIntegers = kind == ReductionKind::Mean || kind == ReductionKind::L2 || kind == ReductionKind::LogSum ||
                        kind == ReductionKind::LogSumExp;
  if (isa<IntegerType>(element) && leavesIntegers)
    return Float64Type::get(context);
  return {};
}

static Value square(OpBuilder &b, Location loc, Value x) {
  return emitElementwise(b, loc, ElementwiseKind::Mul, {x, x});
}

/// log(sum(exp(x))), computed relative to the maximum where that is finite.
static Value reduceLogSumExp(OpBuilder &b, Location loc, const Row &row) {
  auto identity = [](OpBuilder &, Location, Value x) { return x; };
  Value maximum = row.reduce(b, loc, ElementwiseKind::Max, identity);
  Value isInfinite = emitElementwise(b, loc, ElementwiseKind::IsInf, maximum);
  maximum = arith::SelectOp::create(b, loc, isInfinite, emitConstantLike(b, loc, maximum.getType(), 0), maximum);
  Value sum = row.reduce(b, loc, ElementwiseKind::Add, [&](OpBuilder &b, Location loc, Value x) {
    return emitExp(b, loc, arith::SubFOp::create(b, loc, x, row.spread(b, loc, maximum, x.getType())));
  });
  return arith::AddFOp::create(b, loc, emitLog(b, loc, sum), maximum);
}

/// One row of a reduction.
static Value reduceRow(OpBuilder &b, Location loc, ReductionKind kind, const Row &row) {
  bool noSign = row.view.isUnsigned;
  auto identity = [](OpBuilder &, Location, Value x) { return x; };
  switch (kind) {
  case ReductionKind::Max:
    return row.reduce(b, loc, ElementwiseKind::Max, identity);
  case ReductionKind::Min:
    return row.reduce(b, loc, ElementwiseKind::Min, identity);
  case ReductionKind::Prod:
    return row.reduce(b, loc, ElementwiseKind::Mul, identity);
  case ReductionKind::Sum:
    return row.reduce(b, loc, ElementwiseKind::Add, identity);
  case ReductionKind::L1:
    return row.reduce(b, loc, ElementwiseKind::Add, [&](OpBuilder &b, Location loc, Value x) {
      return emitElementwise(b, loc, ElementwiseKind::Abs, x, noSign);
    });
  case ReductionKind::SumSquare:
    return row.reduce(b, loc, ElementwiseKind::Add, square);
  case ReductionKind::L2:
    return emitElementwise(b, loc, ElementwiseKind::Sqrt, row.reduce(b, loc, ElementwiseKind::Add, square));
  case ReductionKind::LogSum:
    return emitLog(b, loc, row.reduce(b, loc, ElementwiseKind::Add, identity));
  case ReductionKind::LogSumExp:
    return reduceLogSumExp(b, loc, row);
  case ReductionKind::Mean: {
    Value sum = row.reduce(b, loc, ElementwiseKind::Add, identity);
    Value length = arith::IndexCastOp::create(b, loc, b.getI64Type(), asValue(b, loc, row.view.length));
    Value divisor = emitCast(b, loc, length, row.view.computeType, false, false);
    return arith::DivFOp::create(b, loc, sum, row.spread(b, loc, divisor, sum.getType()));
  }
  }
  llvm_unreachable("unknown reduction");
}

namespace {
struct ReduceLowering : PlainPattern<ReduceOp> {
  using PlainPattern::PlainPattern;

  /// The input with the reduced dimensions together: as it is where they are
  /// neighbours, else transposed to the end.
  Value gather(OpBuilder &b, Location loc, ReduceOp op, Value input, int64_t &begin, int64_t &end) const {
    ArrayRef<int64_t> axes = op.getAxes();
    int64_t rank = cast<MemRefType>(input.getType()).getRank();
    begin = axes.empty() ? rank : axes.front();
    end = axes.empty() ? rank : axes.back() + 1;
    if (end - begin == static_cast<int64_t>(axes.size()))
      return input;
    SmallVector<int64_t> permutation;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (!llvm::is_contained(axes, dim))
        permutation.push_back(dim);
    begin = permutation.size();
    end = rank;
    llvm::append_range(permutation, axes);
    auto type = cast<MemRefType>(input.getType());
    SmallVector<int64_t> shape;
    SmallVector<Value> dynamic;
    for (int64_t dim : permutation) {
      shape.push_back(type.getDimSize(dim));
      if (type.isDynamicDim(dim))
        dynamic.push_back(asValue(b, loc, getExtent(b, loc, input, dim)));
    }
    Value moved = allocateBuffer(b, loc, MemRefType::get(shape, type.getElementType()), dynamic);
    transposeInto(b, loc, input, moved, permutation, context.getFacts());
    return moved;
  }

  FailureOr<SmallVector<Value>> lower(ReduceOp op, ReduceOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType(), resultType = getPlainType(op.getOutput().getType());
    SmallVector<Value> extents;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim) && !llvm::is_contained(op.getAxes(), dim))
        extents.push_back(asValue(rewriter, loc, getExtent(rewriter, loc, plain.getInput(), dim)));
    if (extents.size() != static_cast<size_t>(resultType.getNumDynamicDims()))
      return rewriter.notifyMatchFailure(op, "input and result disagree on which extents are dynamic");
    Value result = allocateResult(rewriter, loc, resultType, extents);
    int64_t begin, end;
    Value input = gather(rewriter, loc, op, plain.getInput(), begin, end);
    Type element = getStorageType(type.getElementType());
    RowView view(rewriter, loc, input, begin, end, context.getFacts(), isUnsigned(type),
                 getComputeType(op.getKind(), element));
    Value target = viewLikeReduced(rewriter, loc, result, view);
    forEachRow(rewriter, loc, view, [&](OpBuilder &b, Location loc, const Row &row) {
      row.store(b, loc, reduceRow(b, loc, op.getKind(), row), target);
    });
    return SmallVector<Value>{result};
  }
};
} // namespace

void winnow::kernel::populateReductionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                               KernelContext &context) {
  patterns.add<ReduceLowering>(converter, context);
}
