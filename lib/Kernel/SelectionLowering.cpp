//===- SelectionLowering.cpp - extrema, sorting and running sums as loops ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {

/// Whether `a` beats `b`: larger where `largest`, else smaller. `orEqual` lets equal ones win.
Value isBetter(OpBuilder &b, Location loc, Value a, Value other, bool largest, bool orEqual, bool isUnsigned) {
  auto kind = largest ? (orEqual ? ElementwiseKind::GreaterOrEqual : ElementwiseKind::Greater)
                      : (orEqual ? ElementwiseKind::LessOrEqual : ElementwiseKind::Less);
  return emitElementwise(b, loc, kind, {a, other}, isUnsigned);
}

/// Extents of all dimensions but `axis`.
SmallVector<OpFoldResult> getOuterExtents(OpBuilder &b, Location loc, Value buffer, int64_t axis) {
  SmallVector<OpFoldResult> extents = getExtents(b, loc, buffer);
  extents.erase(extents.begin() + axis);
  return extents;
}

SmallVector<Value> insertIndex(ValueRange outer, int64_t axis, Value index) {
  SmallVector<Value> position(outer);
  position.insert(position.begin() + axis, index);
  return position;
}

/// Position of the extremum along the axis for `lanes` neighbours of the last dimension at once.
Value findExtremum(OpBuilder &b, Location loc, Value input, ValueRange outer, int64_t axis, int64_t lanes, bool largest,
                   bool selectLast, bool isUnsigned) {
  auto load = [&](OpBuilder &b, Location loc, Value index) {
    return loadLanes(b, loc, input, insertIndex(outer, axis, index), lanes);
  };
  Value zero = indexConstant(b, loc, 0), one = indexConstant(b, loc, 1);
  Value firstIndex = broadcastLanes(b, loc, arith::ConstantIntOp::create(b, loc, 0, 64), lanes);
  Value count = asValue(b, loc, getExtent(b, loc, input, axis));
  auto loop = scf::ForOp::create(b, loc, one, count, one, ValueRange{load(b, loc, zero), firstIndex},
                                 [&](OpBuilder &b, Location loc, Value index, ValueRange best) {
                                   Value candidate = load(b, loc, index);
                                   Value better = isBetter(b, loc, candidate, best[0], largest, selectLast, isUnsigned);
                                   Value number = broadcastLanes(
                                       b, loc, arith::IndexCastOp::create(b, loc, b.getI64Type(), index), lanes);
                                   Value value = arith::SelectOp::create(b, loc, better, candidate, best[0]);
                                   Value where = arith::SelectOp::create(b, loc, better, number, best[1]);
                                   scf::YieldOp::create(b, loc, ValueRange{value, where});
                                 });
  return loop.getResult(1);
}

template <typename OpTy, bool largest> struct ArgLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput();
    int64_t axis = op.getAxis(), rank = op.getInput().getType().getRank();
    bool isUnsigned = kernel::isUnsigned(op.getInput().getType());
    SmallVector<OpFoldResult> outer = getOuterExtents(rewriter, loc, input, axis), resultExtents = outer;
    if (op.getKeepDims())
      resultExtents.insert(resultExtents.begin() + axis, rewriter.getIndexAttr(1));
    SmallVector<Value> dynamic;
    for (OpFoldResult extent : resultExtents)
      if (auto value = dyn_cast<Value>(extent))
        dynamic.push_back(value);
    Value output = allocateResult(rewriter, loc, op.getType(), dynamic);

    auto store = [&](OpBuilder &b, Location loc, ValueRange position, int64_t lanes) {
      Value where = findExtremum(b, loc, input, position, axis, lanes, largest, op.getSelectLast(), isUnsigned);
      SmallVector<Value> target(position);
      if (op.getKeepDims())
        target.insert(target.begin() + axis, indexConstant(b, loc, 0));
      storeLanes(b, loc, where, output, target);
    };
    // Neighbours of the last dimension lie side by side, unless they are what is searched.
    if (axis == rank - 1 || outer.empty()) {
      forEachIndex(rewriter, loc, outer,
                   [&](OpBuilder &b, Location loc, ValueRange position) { store(b, loc, position, 1); });
    } else {
      OpFoldResult inner = outer.pop_back_val();
      forEachIndex(rewriter, loc, outer, [&](OpBuilder &b, Location loc, ValueRange position) {
        SmallVector<Value> prefix(position);
        forEachVector(b, loc, inner, getLanes(this->context.getFacts(), rewriter.getI64Type()),
                      [&](OpBuilder &b, Location loc, Value index, int64_t lanes) {
                        SmallVector<Value> whole(prefix);
                        whole.push_back(index);
                        store(b, loc, whole, lanes);
                      });
      });
    }
    rewriter.replaceOp(op, output);
    return success();
  }
};

/// Keeps the k best of each line sorted in the result: each element is inserted
/// behind those that are not worse, so equal elements stay in order.
struct TopKLowering : KernelPattern<TopKOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(TopKOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput();
    int64_t axis = op.getAxis();
    SmallVector<Value> dynamic;
    SmallVector<OpFoldResult> extents = getExtents(rewriter, loc, input);
    for (auto [dim, extent] : llvm::enumerate(extents))
      if (auto value = dyn_cast<Value>(extent); value && static_cast<int64_t>(dim) != axis)
        dynamic.push_back(value);
    Value values = allocateResult(rewriter, loc, op.getValues().getType(), dynamic);
    Value indices = allocateResult(rewriter, loc, op.getIndices().getType(), dynamic);
    OpFoldResult count = extents[axis];
    extents.erase(extents.begin() + axis);
    if (op.getK() > 0)
      forEachIndex(rewriter, loc, extents, [&](OpBuilder &b, Location loc, ValueRange position) {
        SmallVector<Value> outer(position);
        forRange(b, loc, count, [&](OpBuilder &b, Location loc, Value index) {
          insert(b, loc, op, input, values, indices, outer, index);
        });
      });
    rewriter.replaceOp(op, {values, indices});
    return success();
  }

private:
  /// Inserts element `index` of the line `outer` into the sorted result.
  void insert(OpBuilder &b, Location loc, TopKOp op, Value input, Value values, Value indices, ValueRange outer,
              Value index) const {
    int64_t axis = op.getAxis();
    Value k = indexConstant(b, loc, op.getK()), one = indexConstant(b, loc, 1), zero = indexConstant(b, loc, 0);
    Value candidate = memref::LoadOp::create(b, loc, input, insertIndex(outer, axis, index));
    Value filled = arith::MinSIOp::create(b, loc, index, k);
    auto at = [&](Value slot) { return insertIndex(outer, axis, slot); };
    // Moves worse elements one place down, from the last on.
    auto loop = scf::WhileOp::create(
        b, loc, b.getIndexType(), filled,
        [&](OpBuilder &b, Location loc, ValueRange slot) {
          Value isInside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, slot[0], zero);
          Value above = arith::MaxSIOp::create(b, loc, arith::SubIOp::create(b, loc, slot[0], one), zero);
          Value better = isBetter(b, loc, candidate, memref::LoadOp::create(b, loc, values, at(above)), op.getLargest(),
                                  /*orEqual=*/false, isUnsigned(op.getInput().getType()));
          scf::ConditionOp::create(b, loc, arith::AndIOp::create(b, loc, isInside, better), slot);
        },
        [&](OpBuilder &b, Location loc, ValueRange slot) {
          Value above = arith::SubIOp::create(b, loc, slot[0], one);
          Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, slot[0], k);
          scf::IfOp::create(b, loc, fits, [&](OpBuilder &b, Location loc) {
            memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, values, at(above)), values, at(slot[0]));
            memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, indices, at(above)), indices, at(slot[0]));
            scf::YieldOp::create(b, loc);
          });
          scf::YieldOp::create(b, loc, above);
        });
    Value slot = loop.getResult(0);
    Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, slot, k);
    scf::IfOp::create(b, loc, fits, [&](OpBuilder &b, Location loc) {
      memref::StoreOp::create(b, loc, candidate, values, at(slot));
      Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
      memref::StoreOp::create(b, loc, number, indices, at(slot));
      scf::YieldOp::create(b, loc);
    });
  }
};

struct CumSumLowering : KernelPattern<CumSumOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(CumSumOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput();
    int64_t axis = op.getAxis();
    Type element = getStorageType(op.getType().getElementType());
    Value output = allocateResultLike(rewriter, loc, op.getType(), input);
    forEachIndex(rewriter, loc, getOuterExtents(rewriter, loc, input, axis),
                 [&](OpBuilder &b, Location loc, ValueRange position) {
                   SmallVector<Value> outer(position);
                   Value count = asValue(b, loc, getExtent(b, loc, input, axis)), one = indexConstant(b, loc, 1);
                   scf::ForOp::create(
                       b, loc, indexConstant(b, loc, 0), count, one, scalarConstant(b, loc, element, 0),
                       [&](OpBuilder &b, Location loc, Value step, ValueRange sum) {
                         Value index = step;
                         if (op.getReverse())
                           index = arith::SubIOp::create(b, loc, arith::SubIOp::create(b, loc, count, one), step);
                         SmallVector<Value> at = insertIndex(outer, axis, index);
                         Value value = memref::LoadOp::create(b, loc, input, at);
                         Value next = emitElementwise(b, loc, ElementwiseKind::Add, {sum[0], value});
                         memref::StoreOp::create(b, loc, op.getExclusive() ? Value(sum[0]) : next, output, at);
                         scf::YieldOp::create(b, loc, next);
                       });
                 });
    rewriter.replaceOp(op, output);
    return success();
  }
};

} // namespace

void winnow::kernel::populateSelectionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                               KernelContext &context) {
  patterns.add<ArgLowering<ArgMaxOp, true>, ArgLowering<ArgMinOp, false>, TopKLowering, CumSumLowering>(converter,
                                                                                                        context);
  populateSuppressionLowering(patterns, converter, context);
}
