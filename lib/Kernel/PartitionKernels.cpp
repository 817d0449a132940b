//===- PartitionKernels.cpp - work divided among threads -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"

#include "winnow/Kernel/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace winnow::kernel;

namespace winnow {
#define GEN_PASS_DEF_PARTITIONKERNELSPASS
#include "winnow/Kernel/Passes.h.inc"
} // namespace winnow

/// Bytes a cycle that a core reads from the last level cache (30 GB/s, measured).
static constexpr double kSharedBytesPerCycle = 10;
/// Work is divided if that takes at least a tenth of its time away.
static constexpr double kMinGain = 0.9;

namespace {
/// One axis of a piece of code.
struct Axis {
  SmallVector<scf::ForOp> loops;
  int64_t extent = 0;
  /// Cuts are multiples of this: the longest step of the loops.
  int64_t grain = 1;

  int64_t getUnits() const { return llvm::divideCeil(extent, grain); }
};
/// How a piece of code is divided: into at most `parts`, along `axis`.
struct Partition {
  const Axis *axis = nullptr;
  StringRef name;
  int64_t parts = 1;
  double cycles = 0;
};
} // namespace

/// All axes of the loops in `root` (which counts itself). A loop that carries
/// values runs in order, whatever its mark says.
static llvm::MapVector<StringAttr, Axis> findAxes(Operation *root) {
  llvm::MapVector<StringAttr, Axis> axes;
  root->walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
    auto name = loop->getAttrOfType<StringAttr>(kAxisAttr);
    auto extent = loop->getAttrOfType<IntegerAttr>(kExtentAttr);
    auto step = getConstantIntValue(loop.getStep());
    if (!name || !extent || !step || loop.getNumResults())
      return;
    Axis &axis = axes[name];
    axis.loops.push_back(loop);
    axis.extent = std::max(axis.extent, extent.getInt());
    axis.grain = std::max(axis.grain, *step);
  });
  return axes;
}

/// Whether code under `op` writes memory of the caller outside of loops along `axis`.
static bool writesOutside(Operation *op, const Axis &axis) {
  if (llvm::is_contained(axis.loops, op))
    return false;
  if (op->getNumRegions() && !isa<func::CallOp>(op)) {
    for (Region &region : op->getRegions())
      for (Operation &inner : region.getOps())
        if (writesOutside(&inner, axis))
          return true;
    return false;
  }
  if (isMemoryEffectFree(op) || isa<memref::PrefetchOp>(op))
    return false;
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  if (!interface)
    return true;
  SmallVector<MemoryEffects::EffectInstance> effects;
  interface.getEffects(effects);
  return llvm::any_of(effects, [](const MemoryEffects::EffectInstance &effect) {
    // What a kernel keeps on its own stack is nobody else's.
    Value value = effect.getValue();
    return isa<MemoryEffects::Write>(effect.getEffect()) && !(value && value.getDefiningOp<memref::AllocaOp>());
  });
}

/// The buffer behind a chain of views.
static Value getBase(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Bytes that every part reads: of buffers in which the places that are read do
/// not depend on where a loop of the axis stands.
static int64_t countSharedBytes(Operation *root, const Axis &axis) {
  SetVector<Operation *> dependent;
  ForwardSliceOptions options;
  for (scf::ForOp loop : axis.loops)
    for (Operation *user : loop.getInductionVar().getUsers())
      getForwardSlice(user, &dependent, options);
  llvm::MapVector<Value, bool> shared;
  auto visit = [&](Value buffer, ValueRange indices) {
    bool moves = llvm::any_of(indices, [&](Value index) {
      Operation *op = index.getDefiningOp();
      return op ? dependent.contains(op)
                : llvm::any_of(axis.loops, [&](scf::ForOp loop) { return loop.getInductionVar() == index; });
    });
    auto [it, isNew] = shared.insert({getBase(buffer), true});
    it->second &= !moves;
  };
  root->walk([&](Operation *op) {
    if (auto load = dyn_cast<memref::LoadOp>(op))
      visit(load.getMemRef(), load.getIndices());
    else if (auto load = dyn_cast<vector::LoadOp>(op))
      visit(load.getBase(), load.getIndices());
  });
  int64_t bytes = 0;
  for (auto [buffer, isShared] : shared) {
    auto type = cast<MemRefType>(buffer.getType());
    // What a kernel keeps on its own stack is read by nobody else.
    if (isShared && type.hasStaticShape() && !buffer.getDefiningOp<memref::AllocaOp>())
      bytes += type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
  }
  return bytes;
}

/// The cheapest partition of `root` for `threads`, by the time of its longest
/// part: parts of equal positions, what each of them reads again, and the fork.
static Partition choosePartition(Operation *root, const llvm::MapVector<StringAttr, Axis> &axes, double cycles,
                                 int64_t threads, double forkJoinCycles) {
  Partition best{nullptr, {}, 1, forkJoinCycles > 0 ? cycles * kMinGain : std::numeric_limits<double>::infinity()};
  if (cycles < forkJoinCycles)
    return best;
  for (auto &[name, axis] : axes) {
    int64_t units = axis.getUnits(), parts = std::min(threads, units);
    if (parts < 2 || writesOutside(root, axis))
      continue;
    double longest = cycles * llvm::divideCeil(units, parts) / units;
    double again = countSharedBytes(root, axis) / kSharedBytesPerCycle * (parts - 1) / parts;
    double time = longest + again + forkJoinCycles;
    if (time < best.cycles)
      best = {&axis, name.getValue(), parts, time};
  }
  return best;
}

/// Cuts all loops of `axis` down to the positions [begin, end).
static void restrictLoops(const Axis &axis, Value begin, Value end) {
  for (scf::ForOp loop : axis.loops) {
    OpBuilder b(loop);
    Location loc = loop.getLoc();
    auto lower = getConstantIntValue(loop.getLowerBound()), upper = getConstantIntValue(loop.getUpperBound());
    int64_t step = *getConstantIntValue(loop.getStep());
    if (lower && upper && *lower + step >= *upper) {
      // One position, whose number stays a constant.
      Value inside = arith::AndIOp::create(
          b, loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, begin, loop.getLowerBound()),
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, loop.getLowerBound(), end));
      auto guard = scf::IfOp::create(b, loc, inside);
      loop.getInductionVar().replaceAllUsesWith(loop.getLowerBound());
      Block *body = guard.thenBlock();
      body->getOperations().splice(body->getTerminator()->getIterator(), loop.getBody()->getOperations(),
                                   loop.getBody()->begin(), loop.getBody()->getTerminator()->getIterator());
      loop.erase();
      continue;
    }
    Value first = arith::MaxSIOp::create(b, loc, begin, loop.getLowerBound());
    if (step > 1) {
      // The first position of the loop that is not before `begin`.
      Value size = loop.getStep(), rest = arith::ConstantIndexOp::create(b, loc, step - 1);
      first = arith::SubIOp::create(b, loc, first, loop.getLowerBound());
      first = arith::DivUIOp::create(b, loc, arith::AddIOp::create(b, loc, first, rest), size);
      first = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, first, size), loop.getLowerBound());
    }
    Value last = arith::MinSIOp::create(b, loc, end, loop.getUpperBound());
    loop.setLowerBound(first);
    loop.setUpperBound(last);
  }
}

namespace {
struct PartitionKernelsPass : winnow::impl::PartitionKernelsPassBase<PartitionKernelsPass> {
  using PartitionKernelsPassBase::PartitionKernelsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    main = module.lookupSymbol<func::FuncOp>("main");
    if (main && !main.isExternal() && threads > 1) {
      partitionKernels();
      partitionLoops();
    }
    module.walk([](scf::ForOp loop) {
      loop->removeAttr(kAxisAttr);
      loop->removeAttr(kExtentAttr);
    });
  }

private:
  void partitionKernels();
  void partitionLoops();
  Partition choose(Operation *root, const llvm::MapVector<StringAttr, Axis> &axes, double cycles);
  /// The loop over parts at `b`, with the positions of a part.
  void createParts(OpBuilder &b, Location loc, const Partition &partition,
                   llvm::function_ref<void(OpBuilder &, Value begin, Value end)> body);
  Value getThreads();

  func::FuncOp main;
};
} // namespace

Partition PartitionKernelsPass::choose(Operation *root, const llvm::MapVector<StringAttr, Axis> &axes, double cycles) {
  Partition partition = choosePartition(root, axes, cycles, threads, forkJoinCycles);
  if (partition.axis)
    remark::passed(root->getLoc(), remark::RemarkOpts::name("partition").category("kernel"))
        << "divided along " << partition.name.str() << " into " << std::to_string(partition.parts)
        << " parts: " << std::to_string(int64_t(cycles)) << " cycles become "
        << std::to_string(int64_t(partition.cycles));
  else
    remark::missed(root->getLoc(), remark::RemarkOpts::name("partition").category("kernel"))
        << "stays on one thread: " << std::to_string(int64_t(cycles)) << " cycles, " << std::to_string(axes.size())
        << " axes";
  return partition;
}

/// How many threads the run has: an argument of @main.
Value PartitionKernelsPass::getThreads() {
  for (BlockArgument argument : main.getArguments())
    if (main.getArgAttr(argument.getArgNumber(), "winnow.threads"))
      return argument;
  Builder b(main.getContext());
  (void)main.insertArgument(main.getNumArguments(), b.getIndexType(),
                            b.getDictionaryAttr(b.getNamedAttr("winnow.threads", b.getUnitAttr())), main.getLoc());
  main->setAttr("winnow.max_threads", b.getI64IntegerAttr(threads));
  return main.getArguments().back();
}

void PartitionKernelsPass::createParts(OpBuilder &b, Location loc, const Partition &partition,
                                       llvm::function_ref<void(OpBuilder &, Value, Value)> body) {
  const Axis &axis = *partition.axis;
  auto constant = [&](OpBuilder &b, int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
  Value parts = arith::MinUIOp::create(b, loc, getThreads(), constant(b, partition.parts));
  auto loop =
      scf::ParallelOp::create(b, loc, ValueRange{constant(b, 0)}, ValueRange{parts}, ValueRange{constant(b, 1)});
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  // Part p has the units [p * units / parts, (p + 1) * units / parts) of `grain` positions.
  auto getCut = [&](Value part) {
    Value cut = arith::MulIOp::create(inner, loc, part, constant(inner, axis.getUnits()));
    cut = arith::DivUIOp::create(inner, loc, cut, parts);
    return axis.grain == 1 ? cut : arith::MulIOp::create(inner, loc, cut, constant(inner, axis.grain)).getResult();
  };
  Value part = loop.getInductionVars().front();
  Value begin = getCut(part), end = getCut(arith::AddIOp::create(inner, loc, part, constant(inner, 1)));
  body(inner, begin, end);
}

void PartitionKernelsPass::partitionKernels() {
  SymbolTable symbols(getOperation());
  llvm::MapVector<func::FuncOp, SmallVector<func::CallOp>> callsOf;
  main.walk([&](func::CallOp call) {
    auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
    if (kernel && kernel.isPrivate() && !kernel.isExternal() && !call->getParentOfType<scf::ParallelOp>())
      callsOf[kernel].push_back(call);
  });
  for (auto &entry : callsOf) {
    func::FuncOp kernel = entry.first;
    SmallVector<func::CallOp> &calls = entry.second;
    auto axes = findAxes(kernel);
    if (axes.empty() || !llvm::hasSingleElement(kernel.getBody()))
      continue;
    // A call from another kernel would not know the parts.
    auto uses = kernel.getSymbolUses(getOperation());
    if (!uses || llvm::range_size(*uses) != calls.size())
      continue;
    Partition partition = choose(kernel, axes, estimateCycles(kernel));
    if (!partition.axis)
      continue;
    auto index = IndexType::get(&getContext());
    unsigned count = kernel.getNumArguments();
    (void)kernel.insertArgument(count, index, {}, kernel.getLoc());
    (void)kernel.insertArgument(count + 1, index, {}, kernel.getLoc());
    restrictLoops(*partition.axis, kernel.getArgument(count), kernel.getArgument(count + 1));
    for (func::CallOp call : calls) {
      OpBuilder b(call);
      createParts(b, call.getLoc(), partition, [&](OpBuilder &b, Value begin, Value end) {
        SmallVector<Value> operands(call.getOperands());
        operands.append({begin, end});
        func::CallOp::create(b, call.getLoc(), kernel, operands);
      });
      call.erase();
    }
  }
}

void PartitionKernelsPass::partitionLoops() {
  for (Operation &op : llvm::make_early_inc_range(main.getBody().front())) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop || !loop->hasAttr(kAxisAttr))
      continue;
    auto axes = findAxes(loop);
    Partition partition = choose(loop, axes, estimateCycles(loop));
    if (!partition.axis)
      continue;
    OpBuilder b(loop);
    createParts(b, loop.getLoc(), partition, [&](OpBuilder &inner, Value begin, Value end) {
      auto parts = cast<scf::ParallelOp>(begin.getParentBlock()->getParentOp());
      if (Attribute inPlace = loop->getAttr("winnow.in_place"))
        parts->setAttr("winnow.in_place", inPlace);
      loop->moveBefore(parts.getBody()->getTerminator());
      restrictLoops(*partition.axis, begin, end);
    });
  }
}
