//===- Axis.cpp - along what work may be divided, and how much it is -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace winnow::kernel {

void markAxis(scf::ForOp loop, llvm::StringRef axis, int64_t extent) {
  Builder b(loop.getContext());
  loop->setAttr(kAxisAttr, b.getStringAttr(axis));
  loop->setAttr(kExtentAttr, b.getI64IntegerAttr(extent));
}

void markAxis(scf::ForOp loop, llvm::StringRef axis) {
  if (auto extent = getConstantIntValue(loop.getUpperBound()))
    markAxis(loop, axis, *extent);
}

IndependentLoops::IndependentLoops(OpBuilder &b, unsigned levels)
    : b(b),
      before(b.getInsertionPoint() == b.getInsertionBlock()->begin() ? nullptr : &*std::prev(b.getInsertionPoint())),
      levels(levels) {}

/// Marks `loop`, which stands `level` loops deep, and the loops in it.
static void markLevels(scf::ForOp loop, unsigned level, unsigned levels) {
  auto lower = getConstantIntValue(loop.getLowerBound());
  if (level == levels || loop.getNumResults())
    return;
  if (lower)
    markAxis(loop, "level" + std::to_string(level));
  for (auto inner : loop.getOps<scf::ForOp>())
    markLevels(inner, level + 1, levels);
}

IndependentLoops::~IndependentLoops() {
  Block *block = b.getInsertionBlock();
  for (auto it = before ? std::next(before->getIterator()) : block->begin(); it != b.getInsertionPoint(); ++it)
    if (auto loop = dyn_cast<scf::ForOp>(*it))
      markLevels(loop, 0, levels);
}

namespace {
/// Counts cycles; knows a value for the induction variable of each loop it is in.
class CycleCounter {
public:
  double count(Operation *op);

private:
  double countRegions(Operation *op);
  std::optional<int64_t> evaluate(Value value, unsigned depth = 0);
  /// Cycles of one operation by its throughput on a core with two vector units.
  static double getOwnCycles(Operation *op);

  llvm::DenseMap<Value, int64_t> known;
};
} // namespace

/// The value of an index, with induction variables at the middle of their loops.
std::optional<int64_t> CycleCounter::evaluate(Value value, unsigned depth) {
  constexpr unsigned maxDepth = 16;
  if (auto constant = getConstantIntValue(value))
    return constant;
  if (auto it = known.find(value); it != known.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  if (!op || depth > maxDepth || op->getNumOperands() != 2)
    return std::nullopt;
  auto a = evaluate(op->getOperand(0), depth + 1), b = evaluate(op->getOperand(1), depth + 1);
  if (!a || !b)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return *a + *b;
  if (isa<arith::SubIOp>(op))
    return *a - *b;
  if (isa<arith::MulIOp>(op))
    return *a * *b;
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return std::min(*a, *b);
  if (isa<arith::MaxSIOp, arith::MaxUIOp>(op))
    return std::max(*a, *b);
  if (isa<arith::DivUIOp, arith::DivSIOp>(op) && *b != 0)
    return *a / *b;
  if (isa<arith::RemUIOp, arith::RemSIOp>(op) && *b != 0)
    return *a % *b;
  return std::nullopt;
}

double CycleCounter::getOwnCycles(Operation *op) {
  if (isa<arith::DivFOp, math::SqrtOp>(op))
    return 8;
  if (isa<math::MathDialect>(op->getDialect()) && !isa<math::FmaOp>(op))
    return 16;
  // A row of a tile is read in half a cycle, and multiplied or written in one.
  if (isa<amx::TileLoadOp>(op))
    return 8;
  if (isa<amx::AMXDialect>(op->getDialect()))
    return 16;
  if (isa<vector::StoreOp, memref::StoreOp>(op))
    return 1;
  if (isa<vector::FMAOp, vector::LoadOp, memref::LoadOp>(op))
    return 0.5;
  // Constants are free, integers run beside the vectors.
  bool isVector = llvm::any_of(op->getResultTypes(), llvm::IsaPred<VectorType, FloatType>);
  return isVector && !op->hasTrait<OpTrait::ConstantLike>() ? 0.5 : 0;
}

double CycleCounter::countRegions(Operation *op) {
  double cycles = 0;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      cycles += count(&inner);
  return cycles;
}

double CycleCounter::count(Operation *op) {
  if (auto call = dyn_cast<func::CallOp>(op))
    if (auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr()))
      return callee.isExternal() ? 0 : CycleCounter().countRegions(callee);
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop)
    return getOwnCycles(op) + countRegions(op);
  auto lower = evaluate(loop.getLowerBound()), upper = evaluate(loop.getUpperBound());
  auto step = getConstantIntValue(loop.getStep());
  int64_t trips = lower && upper && step && *step > 0 ? std::max<int64_t>(0, (*upper - *lower + *step - 1) / *step) : 1;
  if (lower && step)
    known[loop.getInductionVar()] = *lower + trips / 2 * *step;
  return trips * countRegions(op);
}

double estimateCycles(Operation *op) { return CycleCounter().count(op); }

} // namespace winnow::kernel
