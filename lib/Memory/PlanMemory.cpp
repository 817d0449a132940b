//===- PlanMemory.cpp - all buffers of the entry function in one arena===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArenaRecord.h"
#include "BufferSizes.h"
#include "winnow/Memory/ArenaPlan.h"
#include "winnow/Memory/Passes.h"
#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace winnow {
#define GEN_PASS_DEF_PLANMEMORY
#include "winnow/Memory/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using winnow::ArenaBuffer;
using winnow::memory::BufferSize;

namespace {

/// What the plan knows about one allocation.
struct Buffer {
  memref::AllocOp alloc;
  BufferSize size;
  /// Positions of the first and last use among the ops of the entry block.
  int64_t firstUse = 0, lastUse = 0;
  /// Where the bytes lie: in another buffer at `offset` (from its begin), or in
  /// the region of the arena that fits `size`.
  Buffer *host = nullptr;
  int64_t offset = 0;

  /// The buffer that owns the bytes, and where this one begins in it.
  std::pair<Buffer *, int64_t> getRoot() {
    auto [root, begin] = host ? host->getRoot() : std::pair<Buffer *, int64_t>(this, 0);
    return {root, begin + (host ? offset : 0)};
  }
};

/// Plans one entry function.
class Planner {
public:
  explicit Planner(func::FuncOp func) : func(func), aliases(func) {}

  /// Plans and rewrites; with `explain` the plan stays as attributes.
  LogicalResult run(bool explain);

private:
  LogicalResult collectBuffers();
  /// Sets the lifetime of `buffer` from all uses of its aliases.
  void computeLifetime(Buffer &buffer);
  /// Position in the entry block of the op that holds `op`.
  int64_t getTime(Operation *op) { return times.lookup(func.getBody().front().findAncestorOpInBlock(*op)); }
  Buffer *lookup(Value value);

  void placeConcatenations();
  void placeInsideTarget(memref::CopyOp copy);
  void placeInPlace();
  /// Puts `guest` at `offset` of `host` and extends the host's life.
  void makeGuest(Buffer &guest, Buffer &host, int64_t offset);

  /// Plans one region (fixed, or per sample) and returns its bytes.
  int64_t planRegion(bool perSample, int64_t &lowerBound);
  void record();
  void rewrite(int64_t fixedBytes);

  func::FuncOp func;
  BufferViewFlowAnalysis aliases;
  DenseMap<Operation *, int64_t> times;
  SmallVector<std::unique_ptr<Buffer>> buffers;
  DenseMap<Operation *, Buffer *> bufferOfAlloc;
  SmallVector<memref::CopyOp> redundantCopies;
};

LogicalResult Planner::collectBuffers() {
  for (auto [time, op] : llvm::enumerate(func.getBody().front()))
    times[&op] = time;
  auto result = func.walk([&](memref::AllocOp alloc) {
    auto size = winnow::memory::getBufferSize(alloc);
    if (!size)
      return WalkResult::interrupt();
    size->bytes = llvm::alignTo(std::max<int64_t>(size->bytes, 1), winnow::kArenaAlignment);
    auto buffer = std::make_unique<Buffer>();
    buffer->alloc = alloc;
    buffer->size = *size;
    computeLifetime(*buffer);
    bufferOfAlloc[alloc] = buffer.get();
    buffers.push_back(std::move(buffer));
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void Planner::computeLifetime(Buffer &buffer) {
  buffer.firstUse = std::numeric_limits<int64_t>::max();
  buffer.lastUse = getTime(buffer.alloc);
  for (Value alias : aliases.resolve(buffer.alloc.getResult()))
    for (Operation *user : alias.getUsers()) {
      if (isa<memref::DeallocOp>(user))
        continue;
      int64_t time = getTime(user);
      // A view alone touches nothing yet.
      if (!isa<ViewLikeOpInterface>(user))
        buffer.firstUse = std::min(buffer.firstUse, time);
      buffer.lastUse = std::max(buffer.lastUse, time);
    }
  buffer.firstUse = std::min(buffer.firstUse, buffer.lastUse);
}

/// The allocation that `value` is a view of, when the chain of views is plain.
Buffer *Planner::lookup(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return bufferOfAlloc.lookup(alloc);
    auto view = dyn_cast<ViewLikeOpInterface>(op);
    if (!view)
      return nullptr;
    value = view.getViewSource();
  }
  return nullptr;
}

void Planner::makeGuest(Buffer &guest, Buffer &host, int64_t offset) {
  guest.host = &host;
  guest.offset = offset;
  Buffer *root = host.getRoot().first;
  root->firstUse = std::min(root->firstUse, guest.firstUse);
  root->lastUse = std::max(root->lastUse, guest.lastUse);
}

/// Whether `type` shows contiguous elements: unit dimensions aside, its strides
/// are those of a dense row-major array.
bool isContiguous(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0, expected = 1;
  if (!type.hasStaticShape() || failed(type.getStridesAndOffset(strides, offset)) || ShapedType::isDynamic(offset))
    return false;
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    if (type.getDimSize(i) != 1 && strides[i] != expected)
      return false;
    expected *= type.getDimSize(i);
  }
  return true;
}

/// Whether `value` shows a whole allocation, element for element.
bool isWholeView(Value value, memref::AllocOp alloc) {
  auto type = cast<MemRefType>(value.getType());
  return type.getNumElements() == alloc.getType().getNumElements() && isContiguous(type) &&
         type.getStridesAndOffset().second == 0;
}

/// Places the source of `copy` in the part of another buffer that it is copied
/// to, where nothing else touches that part before.
void Planner::placeInsideTarget(memref::CopyOp copy) {
  auto subview = copy.getTarget().getDefiningOp<memref::SubViewOp>();
  auto hostAlloc = subview ? subview.getSource().getDefiningOp<memref::AllocOp>() : memref::AllocOp();
  Buffer *host = hostAlloc ? bufferOfAlloc.lookup(hostAlloc) : nullptr, *guest = lookup(copy.getSource());
  if (!host || !guest || host == guest || guest->host || guest->size.perSample || host->size.perSample)
    return;
  if (!guest->alloc.getType().hasStaticShape() || !isWholeView(copy.getSource(), guest->alloc) ||
      !isContiguous(subview.getType()) || guest->getRoot().first == host->getRoot().first)
    return;
  int64_t offset =
      subview.getType().getStridesAndOffset().second * winnow::getElementBytes(hostAlloc.getType().getElementType());
  // Kernels may rely on the alignment of whole buffers, and sizes are rounded up to it.
  if (offset % winnow::kArenaAlignment)
    return;
  // Until the last of the copies the host is only a target of copies to disjoint
  // parts: the part of the guest cannot be overwritten while the guest fills it.
  for (Operation *user : hostAlloc->getUsers()) {
    auto part = dyn_cast<memref::SubViewOp>(user);
    bool isPart = part && part->hasOneUse() && isa<memref::CopyOp>(*part->user_begin()) &&
                  cast<memref::CopyOp>(*part->user_begin()).getTarget() == part.getResult();
    if (!isPart && getTime(user) <= getTime(copy))
      return;
  }
  makeGuest(*guest, *host, offset);
  redundantCopies.push_back(copy);
}

void Planner::placeConcatenations() {
  // Later concatenations first: what they hold may itself be a concatenation.
  SmallVector<memref::CopyOp> copies(func.getBody().front().getOps<memref::CopyOp>());
  for (memref::CopyOp copy : llvm::reverse(copies))
    placeInsideTarget(copy);
}

/// The output of a loop marked `winnow.in_place` (element i is written after
/// element i of every input was read) takes the place of an input of the same
/// size whose last use is that loop.
void Planner::placeInPlace() {
  for (Operation &op : func.getBody().front()) {
    if (!op.hasAttr("winnow.in_place"))
      continue;
    int64_t time = times.lookup(&op);
    Buffer *output = nullptr, *input = nullptr;
    for (auto &buffer : buffers) {
      if (buffer->firstUse == time && buffer->lastUse > time && !buffer->host)
        output = buffer.get();
    }
    for (auto &buffer : buffers) {
      Buffer *root = buffer->getRoot().first;
      bool dies = root == buffer.get() && buffer->lastUse == time && buffer->firstUse < time;
      if (output && dies && buffer->size.bytes == output->size.bytes &&
          buffer->size.perSample == output->size.perSample)
        input = buffer.get();
    }
    if (input)
      makeGuest(*output, *input, 0);
  }
}

int64_t Planner::planRegion(bool perSample, int64_t &lowerBound) {
  SmallVector<ArenaBuffer> plan;
  SmallVector<Buffer *> roots;
  for (auto &buffer : buffers)
    if (!buffer->host && buffer->size.perSample == perSample) {
      roots.push_back(buffer.get());
      plan.push_back({buffer->size.bytes, buffer->firstUse, buffer->lastUse});
    }
  int64_t bytes = winnow::planArena(plan);
  lowerBound += winnow::getArenaLowerBound(plan);
  for (auto [root, placed] : llvm::zip_equal(roots, plan))
    root->offset = placed.offset;
  return bytes;
}

void Planner::record() {
  SmallVector<winnow::PlannedBuffer> planned;
  for (auto &buffer : buffers) {
    auto [root, begin] = buffer->getRoot();
    planned.push_back({buffer->alloc.getLoc(), root->offset + begin, buffer->size.bytes, buffer->firstUse,
                       buffer->lastUse, root->size.perSample, buffer->host != nullptr});
  }
  winnow::recordArena(func, planned);
}

/// The batch as a value: dimension 0 of the first argument where it is dynamic.
Value getBatch(OpBuilder &b, func::FuncOp func) {
  for (BlockArgument arg : func.getArguments()) {
    auto type = dyn_cast<MemRefType>(arg.getType());
    if (type && type.getRank() > 0 && type.isDynamicDim(0))
      return memref::DimOp::create(b, func.getLoc(), arg, 0);
  }
  return {};
}

void Planner::rewrite(int64_t fixedBytes) {
  OpBuilder b(func.getContext());
  b.setInsertionPointToStart(&func.getBody().front());
  auto arenaType = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  (void)func.insertArgument(func.getNumArguments(), arenaType, {}, func.getLoc());
  Value arena = func.getArguments().back();
  Value batch = getBatch(b, func);

  for (memref::CopyOp copy : redundantCopies)
    copy.erase();
  for (auto &buffer : buffers) {
    Location loc = buffer->alloc.getLoc();
    b.setInsertionPoint(buffer->alloc);
    auto [root, begin] = buffer->getRoot();
    // A root's own offset is its place in the region of the arena.
    Value offset = arith::ConstantIndexOp::create(b, loc, root->offset + begin);
    if (root->size.perSample) {
      offset = arith::MulIOp::create(b, loc, offset, batch);
      offset = arith::AddIOp::create(b, loc, offset, arith::ConstantIndexOp::create(b, loc, fixedBytes));
    }
    Value view =
        memref::ViewOp::create(b, loc, buffer->alloc.getType(), arena, offset, buffer->alloc.getDynamicSizes());
    buffer->alloc.replaceAllUsesWith(view);
    buffer->alloc.erase();
  }
  func.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
}

LogicalResult Planner::run(bool explain) {
  if (failed(collectBuffers()))
    return failure();
  placeConcatenations();
  placeInPlace();
  int64_t lowerBound = 0;
  int64_t fixedBytes = planRegion(/*perSample=*/false, lowerBound);
  int64_t sampleBytes = planRegion(/*perSample=*/true, lowerBound);
  if (explain)
    record();
  rewrite(fixedBytes);

  Builder b(func.getContext());
  func->setAttr("winnow.arena_bytes", b.getI64IntegerAttr(fixedBytes));
  if (sampleBytes)
    func->setAttr("winnow.arena_bytes_per_batch", b.getI64IntegerAttr(sampleBytes));
  func->setAttr("winnow.arena_lower_bound", b.getI64IntegerAttr(lowerBound));
  return success();
}

struct PlanMemory : winnow::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func.isPublic() && !func.isDeclaration() && failed(Planner(func).run(explain)))
        return signalPassFailure();
  }
};

} // namespace
