//===- SparsePlan.cpp - convolutions without the zeros of filters ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "GemvKernel.h"
#include "SparseGemv.h"

#include <numeric>
#include <vector>

using namespace mlir;

namespace winnow::kernel {

/// Whether pixels may be seen as one line.
static bool isFlat(const WindowShape &window) {
  return window.getNumTaps() == 1 && window.stride == Spatial{1, 1, 1} && window.pad == Spatial{0, 0, 0} &&
         window.in == window.out;
}

/// The reason why lanes of pixels cannot compute `shape`; empty when they can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  if (shape.group != 1)
    return "sparse convolutions take all channels in one group";
  if (shape.window.kernel[0] != 1 || shape.window.in[0] != 1)
    return "sparse convolutions have one or two spatial dimensions";
  if (!shape.computeType.isF32() || !shape.inType.isF32() || !shape.outType.isF32())
    return "sparse convolutions are in f32";
  if (shape.inBlock != shape.block && !(shape.inBlock == 1 && isFlat(shape.window)))
    return "sparse convolutions need the same channel blocks in input and output";
  if (shape.block % 4 != 0)
    return "sparse convolutions need blocks of four channels or more";
  return {};
}

FailureOr<SparsePlan> SparsePlan::get(const ConvolutionShape &shape, int64_t shared, bool isPlain,
                                      const TargetFacts &facts, llvm::StringRef &reason) {
  reason = getObstacle(shape);
  if (reason.empty() && shape.block % std::max<int64_t>(1, shared) != 0)
    reason = "output channels that share places must divide a block";
  if (!reason.empty())
    return failure();
  const WindowShape &window = shape.window;
  SparseWindow numbers;
  numbers.inChannels = shape.inChannels;
  numbers.outChannels = shape.outChannels;
  for (int64_t d = 0; d < 2; ++d) {
    numbers.out[d] = window.out[d + 1];
    numbers.stride[d] = window.stride[d + 1];
    numbers.reach[d] = window.dilation[d + 1] * (window.kernel[d + 1] - 1);
  }
  numbers.isFlat = isFlat(window);
  SparsePlan plan{shape,
                  SparseTiling::get(numbers, shape.block, shape.pixels, shape.outputs, std::max<int64_t>(1, shared),
                                    facts.vectorRegisters, shape.vectors * shape.block),
                  isPlain && numbers.isFlat};
  if (!plan.tiling.isLegal()) {
    reason = "a panel of a sparse convolution has more places than 16 bits number";
    return failure();
  }
  return plan;
}

int64_t SparsePlan::getPlace(int64_t c, int64_t tap) const {
  const WindowShape &window = shape.window;
  int64_t row = tap / window.kernel[2] * window.dilation[1], column = tap % window.kernel[2] * window.dilation[2];
  return (c * tiling.panel[0] + row) * tiling.panel[1] + column;
}

SmallVector<ElementsAttr> SparseFilter::getParts() const {
  SmallVector<ElementsAttr> parts{values, places, starts};
  if (slots)
    parts.push_back(slots);
  return parts;
}

namespace {

/// Brings the weights of a filter (M, C, taps) into the order in which register tiles read them.
class SparsePacking {
public:
  SparsePacking(llvm::ArrayRef<float> weights, const SparsePlan &plan)
      : weights(weights), plan(plan), shape(plan.shape), tiling(plan.tiling) {}

  void pack() {
    int64_t blocks = tiling.getOutBlocks();
    for (int64_t first = 0; first < shape.inChannels; first += tiling.channels)
      for (int64_t block = 0; block < blocks;) {
        // Of a single pass, groups are of no matter.
        int64_t inGroup = tiling.getNumPasses() == 1 ? 1 : tiling.groupBlocks;
        int64_t end = std::min(blocks, block + inGroup);
        packRuns(first, block * tiling.vector, end * tiling.vector);
        block = end;
      }
    // Of a filter of zeros, one entry that nobody reads.
    if (words.empty()) {
      words.push_back(0);
      values.resize(tiling.beside * tiling.shared);
    }
  }

  std::vector<float> values;
  std::vector<uint64_t> words;
  std::vector<int32_t> starts{0};
  std::vector<int16_t> slots;

private:
  /// The entries of `shared` output channels.
  struct Entries {
    std::vector<int64_t> places;
    std::vector<float> values;
  };

  float at(int64_t m, int64_t c, int64_t k) const {
    return m < shape.outChannels ? weights[(m * shape.inChannels + c) * shape.window.getNumTaps() + k] : 0.0f;
  }

  /// Those of output channel `m` in the pass from input channel `first` on.
  Entries getEntries(int64_t first, int64_t m) const {
    Entries entries;
    for (int64_t c = first; c < std::min(shape.inChannels, first + tiling.channels); ++c)
      for (int64_t k = 0; k < shape.window.getNumTaps(); ++k) {
        bool isZero = true;
        for (int64_t s = 0; s < tiling.shared; ++s)
          isZero &= at(m + s, c, k) == 0;
        if (isZero)
          continue;
        entries.places.push_back(plan.getPlace(c - first, k) / tiling.getPlaceUnit());
        for (int64_t s = 0; s < tiling.shared; ++s)
          entries.values.push_back(at(m + s, c, k));
      }
    return entries;
  }

  /// Output channels [from, to), whose sums are kept together: those of a run have about as many entries.
  void packRuns(int64_t first, int64_t from, int64_t to) {
    std::vector<Entries> all;
    for (int64_t m = from; m < to; m += tiling.shared)
      all.push_back(getEntries(first, m));
    std::vector<int16_t> order(all.size());
    std::iota(order.begin(), order.end(), 0);
    if (tiling.beside > 1)
      llvm::sort(order, [&](int16_t a, int16_t b) {
        size_t first = all[a].places.size(), second = all[b].places.size();
        return first != second ? first > second : a < b;
      });
    for (size_t run = 0; run < order.size(); run += tiling.beside) {
      auto members = llvm::ArrayRef(order).slice(run, tiling.beside);
      for (size_t n = 0; n < all[members.front()].places.size(); ++n)
        packEntry(all, members, n);
      starts.push_back(static_cast<int32_t>(words.size()));
      llvm::append_range(slots, members);
    }
  }

  /// Entry `n` of all members of a run; of those that have fewer, a weight of zero for a number that is there.
  void packEntry(const std::vector<Entries> &all, llvm::ArrayRef<int16_t> members, size_t n) {
    uint64_t word = 0;
    for (auto [q, member] : llvm::enumerate(members)) {
      const Entries &entries = all[member];
      bool exists = n < entries.places.size();
      int64_t place = exists ? entries.places[n] : entries.places.empty() ? 0 : entries.places.back();
      word |= static_cast<uint64_t>(place) << (tiling.getPlaceBits() * q);
      for (int64_t s = 0; s < tiling.shared; ++s)
        values.push_back(exists ? entries.values[n * tiling.shared + s] : 0.0f);
    }
    words.push_back(word);
  }

  llvm::ArrayRef<float> weights;
  const SparsePlan &plan;
  const ConvolutionShape &shape;
  const SparseTiling &tiling;
};

} // namespace

/// A constant of the lowest bits of `words`.
template <typename T> static ElementsAttr makeWords(llvm::ArrayRef<uint64_t> words, Builder &b) {
  return makeArray<T>(llvm::to_vector_of<T>(words), b.getIntegerType(sizeof(T) * 8), "sparse_places");
}

SparseFilter packSparseFilter(ElementsAttr filter, const SparsePlan &plan) {
  llvm::SmallVector<char> source = getFloats(filter, plan.shape.computeType);
  SparsePacking packing({reinterpret_cast<const float *>(source.data()), source.size() / sizeof(float)}, plan);
  packing.pack();
  Builder b(filter.getContext());
  SparseFilter packed;
  packed.values = makeArray<float>(packing.values, plan.shape.computeType, "sparse_values");
  int64_t bits = plan.tiling.getPlaceBits() * plan.tiling.beside;
  packed.places = bits == 8    ? makeWords<uint8_t>(packing.words, b)
                  : bits == 16 ? makeWords<uint16_t>(packing.words, b)
                  : bits == 32 ? makeWords<uint32_t>(packing.words, b)
                               : makeWords<uint64_t>(packing.words, b);
  packed.starts = makeArray<int32_t>(packing.starts, b.getI32Type(), "sparse_starts");
  packed.slots = makeArray<int16_t>(packing.slots, b.getI16Type(), "sparse_slots");
  return packed;
}

FunctionType getSparseType(MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter,
                           int64_t outSize) {
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType)};
  for (ElementsAttr part : filter.getParts())
    arguments.push_back(MemRefType::get({part.getNumElements()}, part.getElementType()));
  if (shape.bias)
    arguments.push_back(MemRefType::get({shape.getOutBlocks() * shape.block}, shape.computeType));
  arguments.append(1 + shape.residual, getFlatType(outSize, shape.outType));
  return FunctionType::get(context, arguments, {});
}

/// Whether one pixel is computed, so that lanes are input channels.
static bool isSparseGemv(const ConvolutionShape &shape) {
  return getGemvObstacle(shape).empty() && shape.inType.isF32() && shape.outType.isF32();
}

FailureOr<Value> emitSparseConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                       llvm::StringRef &reason) {
  if (!conv.constantFilter) {
    reason = "sparse convolutions need a constant filter";
    return failure();
  }
  SparseFilter filter;
  func::FuncOp kernel;
  int64_t outBlock = conv.shape.block;
  if (isSparseGemv(conv.shape)) {
    filter = packSparseRows(conv.constantFilter, conv.shape, context.getFacts());
    kernel = getSparseGemvKernel(context, loc, conv.shape, filter);
  } else {
    FailureOr<SparsePlan> plan =
        SparsePlan::get(conv.shape, conv.depth, !getLayout(conv.resultType), context.getFacts(), reason);
    if (failed(plan))
      return failure();
    if (plan->storesPlanes)
      outBlock = 1;
    filter = packSparseFilter(conv.constantFilter, *plan);
    kernel = getSparseKernel(context, loc, *plan, filter);
  }
  ConvolutionOperands operands = makeOperands(b, loc, context, conv, outBlock);
  Values parts;
  for (ElementsAttr part : filter.getParts())
    parts.push_back(context.getConstantBuffer(b, loc, part));
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    Values arguments{image.input};
    arguments.append(parts);
    for (Value optional : {image.bias, image.residual})
      if (optional)
        arguments.push_back(optional);
    arguments.push_back(image.output);
    func::CallOp::create(b, loc, kernel, arguments);
  });
  return getReblocked(b, loc, conv.resultType, operands.output, outBlock, getBlock(conv.resultType));
}

} // namespace winnow::kernel
