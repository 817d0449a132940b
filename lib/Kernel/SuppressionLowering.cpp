//===- SuppressionLowering.cpp - non-maximum suppression as loops ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementEmitter.h"
#include "KernelLowering.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {

/// A box as its lowest and highest corner.
struct Corners {
  Value y1, x1, y2, x2;
};

/// Takes the best box that is left, then strikes out those that overlap it,
/// until none is left or enough are taken. The result has room for the most
/// rows there can be; its first extent is the number of rows written.
struct NonMaxSuppressionLowering : KernelPattern<NonMaxSuppressionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(NonMaxSuppressionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto scoresType = op.getScores().getType();
    if (!scoresType.hasStaticShape() || !op.getBoxes().getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected static shapes of boxes and scores");
    Location loc = op.getLoc();
    int64_t boxes = scoresType.getDimSize(2);
    int64_t most = std::min(std::max<int64_t>(op.getMaxOutput(), 0), boxes);
    int64_t rows = scoresType.getDimSize(0) * scoresType.getDimSize(1) * most;
    Value output = allocateBuffer(rewriter, loc, MemRefType::get({rows, 3}, rewriter.getI64Type()));
    Value struck = allocateBuffer(rewriter, loc, MemRefType::get({boxes}, rewriter.getI8Type()));

    Value zero = indexConstant(rewriter, loc, 0), one = indexConstant(rewriter, loc, 1);
    auto extent = [&](int64_t count) { return indexConstant(rewriter, loc, count); };
    auto yieldInner = [](OpBuilder &b, Location loc, scf::ForOp inner) {
      scf::YieldOp::create(b, loc, inner.getResults());
    };
    auto batches =
        scf::ForOp::create(rewriter, loc, zero, extent(scoresType.getDimSize(0)), one, zero,
                           [&](OpBuilder &b, Location loc, Value batch, ValueRange taken) {
                             auto classes = scf::ForOp::create(
                                 b, loc, zero, extent(scoresType.getDimSize(1)), one, taken[0],
                                 [&](OpBuilder &b, Location loc, Value label, ValueRange taken) {
                                   zeroBuffer(b, loc, struck, context.getFacts());
                                   auto rounds = scf::ForOp::create(
                                       b, loc, zero, extent(most), one, taken[0],
                                       [&](OpBuilder &b, Location loc, Value, ValueRange taken) {
                                         emitRound(b, loc, op, adaptor, output, struck, batch, label, taken[0]);
                                       });
                                   yieldInner(b, loc, rounds);
                                 });
                             yieldInner(b, loc, classes);
                           });
    Value count = batches.getResult(0);
    auto type = MemRefType::get({ShapedType::kDynamic, 3}, rewriter.getI64Type());
    SmallVector<OpFoldResult> sizes = {count, rewriter.getIndexAttr(3)},
                              strides = {rewriter.getIndexAttr(3), rewriter.getIndexAttr(1)};
    rewriter.replaceOp(
        op, memref::ReinterpretCastOp::create(rewriter, loc, type, output, rewriter.getIndexAttr(0), sizes, strides)
                .getResult());
    return success();
  }

private:
  /// One round for one batch and class: yields the new number of rows.
  void emitRound(OpBuilder &b, Location loc, NonMaxSuppressionOp op, OpAdaptor adaptor, Value output, Value struck,
                 Value batch, Value label, Value taken) const {
    std::pair<Value, Value> choice = findBest(b, loc, op, adaptor.getScores(), struck, batch, label);
    Value best = choice.first, found = choice.second;
    auto branch = scf::IfOp::create(
        b, loc, found,
        [&](OpBuilder &b, Location loc) {
          Value columns[] = {batch, label, best};
          for (auto [i, column] : llvm::enumerate(columns)) {
            Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), column);
            memref::StoreOp::create(b, loc, number, output, ValueRange{taken, indexConstant(b, loc, i)});
          }
          strikeOverlaps(b, loc, op, adaptor.getBoxes(), struck, batch, best);
          scf::YieldOp::create(b, loc, ValueRange{arith::AddIOp::create(b, loc, taken, indexConstant(b, loc, 1))});
        },
        [&](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, taken); });
    scf::YieldOp::create(b, loc, branch.getResults());
  }

  /// The box of the highest score that is not struck out and above the threshold, and whether there is one.
  std::pair<Value, Value> findBest(OpBuilder &b, Location loc, NonMaxSuppressionOp op, Value scores, Value struck,
                                   Value batch, Value label) const {
    Type element = op.getScores().getType().getElementType();
    Value zero = indexConstant(b, loc, 0), one = indexConstant(b, loc, 1);
    Value none = arith::ConstantIntOp::create(b, loc, 0, 1);
    Value lowest = scalarConstant(b, loc, element, -std::numeric_limits<double>::infinity());
    Value unused = arith::ConstantIntOp::create(b, loc, 0, 8);
    auto loop = scf::ForOp::create(
        b, loc, zero, asValue(b, loc, getExtent(b, loc, struck, 0)), one, ValueRange{zero, none, lowest},
        [&](OpBuilder &b, Location loc, Value box, ValueRange best) {
          Value score = memref::LoadOp::create(b, loc, scores, ValueRange{batch, label, box});
          Value free = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                             memref::LoadOp::create(b, loc, struck, box), unused);
          Value better = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, score, best[2]);
          Value wins = arith::AndIOp::create(b, loc, free, better);
          if (auto threshold = op.getScoreThreshold())
            wins = arith::AndIOp::create(
                b, loc, wins,
                arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, score,
                                      scalarConstant(b, loc, element, threshold->convertToDouble())));
          Value yes = arith::ConstantIntOp::create(b, loc, 1, 1);
          scf::YieldOp::create(b, loc,
                               ValueRange{arith::SelectOp::create(b, loc, wins, box, best[0]),
                                          arith::SelectOp::create(b, loc, wins, yes, best[1]),
                                          arith::SelectOp::create(b, loc, wins, score, best[2])});
        });
    return {loop.getResult(0), loop.getResult(1)};
  }

  Corners loadBox(OpBuilder &b, Location loc, NonMaxSuppressionOp op, Value boxes, Value batch, Value box) const {
    ElementEmitter e(b, loc);
    Value v[4];
    for (int64_t i = 0; i < 4; ++i)
      v[i] = memref::LoadOp::create(b, loc, boxes, ValueRange{batch, box, indexConstant(b, loc, i)});
    if (op.getCenterPointBox()) { // x and y of the centre, width, height
      Value halfWidth = e.mul(v[2], 0.5), halfHeight = e.mul(v[3], 0.5);
      return {e.sub(v[1], halfHeight), e.sub(v[0], halfWidth), e.add(v[1], halfHeight), e.add(v[0], halfWidth)};
    }
    auto low = [&](Value a, Value c) -> Value { return arith::MinimumFOp::create(b, loc, a, c); };
    auto high = [&](Value a, Value c) -> Value { return arith::MaximumFOp::create(b, loc, a, c); };
    return {low(v[0], v[2]), low(v[1], v[3]), high(v[0], v[2]), high(v[1], v[3])};
  }

  /// Strikes out `best` and every box that overlaps it by more than the threshold.
  void strikeOverlaps(OpBuilder &b, Location loc, NonMaxSuppressionOp op, Value boxes, Value struck, Value batch,
                      Value best) const {
    Corners chosen = loadBox(b, loc, op, boxes, batch, best);
    forRange(b, loc, getExtent(b, loc, struck, 0), [&](OpBuilder &b, Location loc, Value box) {
      ElementEmitter e(b, loc);
      Corners other = loadBox(b, loc, op, boxes, batch, box);
      auto area = [&](const Corners &c) { return e.mul(e.sub(c.y2, c.y1), e.sub(c.x2, c.x1)); };
      auto overlap = [&](Value a2, Value b2, Value a1, Value b1) {
        return e.atLeast(e.sub(arith::MinimumFOp::create(b, loc, a2, b2), arith::MaximumFOp::create(b, loc, a1, b1)),
                         0);
      };
      Value shared =
          e.mul(overlap(chosen.y2, other.y2, chosen.y1, other.y1), overlap(chosen.x2, other.x2, chosen.x1, other.x1));
      Value whole = e.sub(e.add(area(chosen), area(other)), shared);
      // An empty union makes NaN, which is not greater than anything.
      Value overlaps = e.greater(e.div(shared, whole), op.getIouThreshold().convertToDouble());
      Value isSelf = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, box, best);
      scf::IfOp::create(b, loc, arith::OrIOp::create(b, loc, overlaps, isSelf), [&](OpBuilder &b, Location loc) {
        memref::StoreOp::create(b, loc, arith::ConstantIntOp::create(b, loc, 1, 8), struck, box);
        scf::YieldOp::create(b, loc);
      });
    });
  }
};

} // namespace

void winnow::kernel::populateSuppressionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                                 KernelContext &context) {
  patterns.add<NonMaxSuppressionLowering>(converter, context);
}
