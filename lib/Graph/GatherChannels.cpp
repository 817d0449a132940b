//===- GatherChannels.cpp - shuffled channels stay where they are ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Channel shuffles as in Zhang et al. 2018, ShuffleNet, section 3.1, and the
// channel splits of Ma et al. 2018, ShuffleNet V2, section 3.
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cstring>

namespace winnow {
#define GEN_PASS_DEF_GATHERCHANNELSPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-gather-channels";

namespace {

/// What a value holds: channel `index[i]` of the concatenation of `roots` as channel i.
struct ChannelMap {
  SmallVector<Value> roots;
  SmallVector<int64_t> index;
  /// Whether channels changed places on the way, not only joined.
  bool moved = false;
};

/// Tracks the channels of one function.
class ChannelTracker {
public:
  explicit ChannelTracker(func::FuncOp func) : func(func), builder(func.getContext()) {}

  int64_t run() {
    SmallVector<Operation *> ops;
    for (Operation &op : func.getBody().front())
      ops.push_back(&op);
    for (Operation *op : ops)
      if (!track(op))
        materializeOperands(op);
    return numGathers;
  }

private:
  /// The channels of `value`; a value that nothing is known of is its own root.
  ChannelMap getMap(Value value) {
    if (auto found = maps.find(value); found != maps.end())
      return found->second;
    ChannelMap map;
    map.roots.push_back(value);
    map.index = llvm::to_vector(llvm::seq<int64_t>(0, getChannels(value)));
    return map;
  }

  static int64_t getChannels(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

  /// Feature maps of floats with static channels and pixels.
  static bool isTracked(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getRank() >= 3 && isa<FloatType>(type.getElementType()) &&
           llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  }

  /// Whether `op` only moves channels; if so, its result has a map.
  bool track(Operation *op) {
    if (op->getNumResults() != 1 || !isTracked(op->getResult(0)))
      return false;
    std::optional<ChannelMap> map;
    if (auto concat = dyn_cast<ConcatOp>(op))
      map = trackConcat(concat);
    else if (auto slice = dyn_cast<SliceOp>(op))
      map = trackSlice(slice);
    else if (auto reshape = dyn_cast<ReshapeOp>(op))
      map = trackShuffle(reshape);
    if (map)
      maps[op->getResult(0)] = *map;
    return map.has_value();
  }

  std::optional<ChannelMap> trackConcat(ConcatOp op) {
    if (op.getAxis() != 1 || !llvm::all_of(op.getInputs(), isTracked))
      return std::nullopt;
    ChannelMap joined;
    for (Value input : op.getInputs()) {
      ChannelMap map = getMap(input);
      // Where each root of the operand starts in its own list and in the joint one.
      SmallVector<std::pair<int64_t, int64_t>> starts;
      int64_t own = 0;
      for (Value root : map.roots) {
        if (!llvm::is_contained(joined.roots, root))
          joined.roots.push_back(root);
        starts.push_back({own, getStart(joined.roots, root)});
        own += getChannels(root);
      }
      for (int64_t channel : map.index) {
        auto after = llvm::upper_bound(starts, channel, [](int64_t c, auto start) { return c < start.first; });
        joined.index.push_back(channel - std::prev(after)->first + std::prev(after)->second);
      }
      joined.moved |= map.moved;
    }
    return joined;
  }

  static int64_t getStart(ArrayRef<Value> roots, Value root) {
    int64_t start = 0;
    for (const Value *at = roots.begin(); *at != root; ++at)
      start += getChannels(*at);
    return start;
  }

  std::optional<ChannelMap> trackSlice(SliceOp op) {
    if (op.getAxes() != ArrayRef<int64_t>{1} || !isTracked(op.getInput()))
      return std::nullopt;
    ChannelMap from = getMap(op.getInput()), map{from.roots, {}, true};
    int64_t channels = getChannels(op.getInput()), start = op.getStarts()[0], step = op.getSteps()[0];
    start = std::clamp<int64_t>(start < 0 ? start + channels : start, 0, step < 0 ? channels - 1 : channels);
    for (int64_t i = 0; i < getChannels(op.getOutput()); ++i)
      map.index.push_back(from.index[start + i * step]);
    return map;
  }

  /// (N, C, ...) as (N, g, C / g, ...), with the two exchanged, as (N, C, ...) again.
  std::optional<ChannelMap> trackShuffle(ReshapeOp op) {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    auto split = transpose ? transpose.getInput().getDefiningOp<ReshapeOp>() : ReshapeOp();
    if (!split || op.getShape() || split.getShape() || !isTracked(split.getInput()) ||
        split.getInput().getType() != op.getType())
      return std::nullopt;
    RankedTensorType type = op.getType();
    auto parts = cast<RankedTensorType>(split.getType()).getShape();
    SmallVector<int64_t> exchanged = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() + 1));
    std::swap(exchanged[1], exchanged[2]);
    if (static_cast<int64_t>(parts.size()) != type.getRank() + 1 || parts[1] * parts[2] != type.getDimSize(1) ||
        parts.drop_front(3) != type.getShape().drop_front(2) || transpose.getPermutation() != ArrayRef(exchanged))
      return std::nullopt;
    ChannelMap from = getMap(split.getInput()), map{from.roots, {}, true};
    for (int64_t i = 0; i < type.getDimSize(1); ++i)
      map.index.push_back(from.index[i % parts[1] * parts[2] + i / parts[1]]);
    return map;
  }

  /// Gives an op that computes the channels that it reads.
  void materializeOperands(Operation *op) {
    // What lies between two tracked reshapes is dead in the end.
    if (isPartOfShuffle(op))
      return;
    for (OpOperand &operand : op->getOpOperands()) {
      auto found = maps.find(operand.get());
      if (found != maps.end() && found->second.moved)
        operand.set(materialize(operand.get(), found->second));
    }
  }

  static bool isPartOfShuffle(Operation *op) {
    auto leadsToShuffle = [](Operation *user) { return isa<ReshapeOp>(user); };
    if (isa<TransposeOp>(op))
      return llvm::all_of(op->getUsers(), leadsToShuffle);
    return isa<ReshapeOp>(op) && !op->use_empty() &&
           llvm::all_of(op->getUsers(), [](Operation *user) { return isa<TransposeOp>(user); });
  }

  /// The value that `map` describes, made where `value` was.
  Value materialize(Value value, const ChannelMap &map) {
    Value &made = materialized[value];
    if (made)
      return made;
    // A slice of something that was computed is the shortest way already.
    if (auto slice = value.getDefiningOp<SliceOp>(); slice && llvm::equal(map.roots, slice->getOperands()))
      return made = value;
    builder.setInsertionPointAfterValue(value);
    Location loc = value.getLoc();
    Value source = map.roots.front();
    if (map.roots.size() > 1)
      source = ConcatOp::create(builder, loc, getTypeWithChannels(value, getNumSourceChannels(map)), map.roots, 1);
    if (isRange(map.index, getNumSourceChannels(map)))
      return made = source;
    auto type = RankedTensorType::get({static_cast<int64_t>(map.index.size())}, builder.getI64Type());
    auto bytes = ArrayRef(reinterpret_cast<const char *>(map.index.data()), map.index.size() * sizeof(int64_t));
    Value indices = createConstant(builder, loc, makeConstant(type, bytes));
    ++numGathers;
    return made = GatherOp::create(builder, loc, value.getType(), source, indices, 1);
  }

  static int64_t getNumSourceChannels(const ChannelMap &map) {
    int64_t channels = 0;
    for (Value root : map.roots)
      channels += getChannels(root);
    return channels;
  }

  static bool isRange(ArrayRef<int64_t> index, int64_t size) {
    return static_cast<int64_t>(index.size()) == size && llvm::equal(index, llvm::seq<int64_t>(0, size));
  }

  static RankedTensorType getTypeWithChannels(Value like, int64_t channels) {
    auto type = cast<RankedTensorType>(like.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[1] = channels;
    return RankedTensorType::get(shape, type.getElementType());
  }

  func::FuncOp func;
  OpBuilder builder;
  llvm::DenseMap<Value, ChannelMap> maps;
  llvm::DenseMap<Value, Value> materialized;
  int64_t numGathers = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// Whether each input channel of `conv` is an output channel of its own.
static bool isDepthwise(ConvolutionOp conv) {
  return static_cast<int64_t>(conv.getGroup()) == conv.getFilter().getType().getDimSize(0) &&
         conv.getFilter().getType().getDimSize(1) == 1;
}

/// The convolutions that would have to change with the order of the channels of
/// `value`; false where something else reads it.
static bool collectReaders(Value value, SmallVectorImpl<ConvolutionOp> &readers) {
  for (OpOperand &use : value.getUses()) {
    auto conv = dyn_cast<ConvolutionOp>(use.getOwner());
    if (!conv || use.getOperandNumber() != 0 || !getConstant(conv.getFilter()) ||
        (conv.getBias() && !getConstant(conv.getBias())))
      return false;
    readers.push_back(conv);
    if (conv.getGroup() == 1)
      continue;
    if (!isDepthwise(conv) || conv.getResidual() || !collectReaders(conv.getOutput(), readers))
      return false;
  }
  return true;
}

/// A constant whose slices along `axis` are those of `value` in the order `order`.
static Value permuteConstant(OpBuilder &builder, Value value, int64_t axis, ArrayRef<int64_t> order) {
  ElementsAttr attr = getConstant(value);
  auto type = cast<RankedTensorType>(attr.getType());
  SmallVector<char> storage, permuted;
  ArrayRef<char> bytes = getConstantBytes(attr, storage);
  int64_t outer = 1, inner = getElementBytes(type.getElementType()), extent = type.getDimSize(axis);
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    (dim < axis ? outer : inner) *= dim == axis ? 1 : type.getDimSize(dim);
  permuted.resize(bytes.size());
  for (int64_t o = 0; o < outer; ++o)
    for (auto [to, from] : llvm::enumerate(order))
      std::memcpy(permuted.data() + (o * extent + to) * inner, bytes.data() + (o * extent + from) * inner, inner);
  return createConstant(builder, value.getLoc(), makeConstant(type, permuted));
}

/// Lets `gather` take its channels in the order in which they lie, where only
/// convolutions read them, whose filters are permuted.
static void sortGather(GatherOp gather) {
  SmallVector<ConvolutionOp> readers;
  if (!collectReaders(gather.getOutput(), readers))
    return remarkMissed(gather, kPass, "its channels stay in order: not only convolutions read them");
  SmallVector<int64_t> index = *getConstantInts(getConstant(gather.getIndices()));
  if (gather.getIndices().getType().getRank() != 1 || llvm::any_of(index, [](int64_t i) { return i < 0; }))
    return;
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, index.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(index[a], a) < std::pair(index[b], b); });
  OpBuilder builder(gather);
  gather.getIndicesMutable().assign(permuteConstant(builder, gather.getIndices(), 0, order));
  for (ConvolutionOp conv : readers) {
    builder.setInsertionPoint(conv);
    bool depthwise = conv.getGroup() != 1;
    conv.getFilterMutable().assign(permuteConstant(builder, conv.getFilter(), depthwise ? 0 : 1, order));
    if (depthwise && conv.getBias())
      conv.getBiasMutable().assign(permuteConstant(builder, conv.getBias(), 0, order));
  }
  remarkPassed(gather, kPass, "takes its channels as they lie: the filters of its readers are permuted");
}

int64_t gatherChannels(func::FuncOp function) {
  int64_t count = ChannelTracker(function).run();
  function.walk([](GatherOp gather) {
    if (gather.getAxis() == 1 && getConstant(gather.getIndices()))
      sortGather(gather);
  });
  return count;
}

namespace {
struct GatherChannelsPass : impl::GatherChannelsPassBase<GatherChannelsPass> {
  void runOnOperation() override { gatherChannels(getOperation()); }
};
} // namespace

} // namespace winnow
