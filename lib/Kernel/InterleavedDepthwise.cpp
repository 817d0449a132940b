//===- InterleavedDepthwise.cpp - depthwise convolutions by products of bytes===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterleavedDepthwise.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "DotTile.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::kernel {

static constexpr int64_t kLanes = 16, kBytes = 64, kParts = 4;
/// Windows may have this many rows and columns.
static constexpr int64_t kMaxWindow = 8;

/// Rows of the output that share interleaved rows of the input.
static int64_t getStepRows(const WindowShape &window) {
  return window.stride[1] == 1 && window.kernel[1] == 3 && window.out[1] > 1 ? 2 : 1;
}

/// Input rows that `rows` rows of the output read.
static int64_t getReach(const WindowShape &window, int64_t rows) {
  return (rows - 1) * window.stride[1] + window.kernel[1];
}

static int64_t getQuads(const WindowShape &window) {
  return llvm::divideCeil(getReach(window, getStepRows(window)), kDotChannels);
}

/// Bytes of the filter of one row of a step.
static int64_t getRowFilterSize(const WindowShape &window) {
  return getQuads(window) * window.kernel[2] * kParts * kLanes;
}

bool InterleavedDepthwise::applies(const ConvolutionShape &shape, const TargetFacts &facts) {
  const WindowShape &window = shape.window;
  bool isPlane = window.in[0] == 1 && window.out[0] == 1 && window.kernel[0] == 1 && !window.isScattered();
  bool isSmall = window.kernel[1] <= kMaxWindow && window.kernel[2] <= kMaxWindow && window.stride[2] <= 2 &&
                 window.stride[1] <= kMaxWindow && window.dilation == Spatial{1, 1, 1};
  return facts.dot == DotUnit::Vnni && facts.getF32Lanes() == kLanes && shape.block == kLanes && isPlane && isSmall &&
         !shape.residual && isa<IntegerType>(shape.outType);
}

InterleavedDepthwise::InterleavedDepthwise(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts,
                                           const ConvolutionOperands &operands)
    : kb(kb), shape(shape), window(shape.window), operands(operands),
      requantizer(kb, shape.quantized->requantization, facts, kLanes), quads(getQuads(window)),
      low(llvm::divideFloorSigned(-window.pad[2], kPixels)),
      high(llvm::divideFloorSigned((kPixels - 1) * window.stride[2] + window.kernel[2] - 1 - window.pad[2], kPixels)) {}

void InterleavedDepthwise::emit() {
  int64_t blocks = shape.getOutBlocks(), extent = window.out[1], rows = getStepRows(window);
  int64_t full = extent / rows * rows;
  kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value block) {
    kb.split(kRowAxis, extent, kb.index(0), kb.index(full), rows,
             [&](Value row) { emitStep(makeStep(block, row, rows)); });
    kb.split(kRowAxis, extent, kb.index(full), kb.index(extent), 1,
             [&](Value row) { emitStep(makeStep(block, row, 1)); });
  });
}

InterleavedDepthwise::Step InterleavedDepthwise::makeStep(Value block, Value row, int64_t count) {
  Step step{block, count, {}, {}, {}, {}};
  int64_t inRow = window.in[2] * kLanes, channels = shape.getOutBlocks() * kLanes;
  Value first = kb.add(kb.mul(row, window.stride[1]), -window.pad[1]);
  for (int64_t r = 0; r < getReach(window, count); ++r) {
    Value at = kb.max(kb.min(kb.add(first, r), kb.index(window.in[1] - 1)), kb.index(0));
    step.rows.push_back(kb.mul(kb.add(kb.mul(block, window.in[1]), at), inRow));
  }
  BorderClasses filterClasses = BorderClasses::get(window);
  const BorderClasses &biasClasses = shape.quantized->classes;
  for (int64_t v = 0; v < count; ++v) {
    Value at = kb.add(row, v);
    Value filter = kb.add(kb.mul(block, filterClasses.getCount(1)), getClassAt(kb, filterClasses, window, 1, at));
    filter = kb.add(kb.mul(filter, getStepRows(window)), v);
    step.filters.push_back(kb.mul(filter, getRowFilterSize(window)));
    Value bias = kb.index(0);
    if (biasClasses.getCount(1) > 1)
      bias = getClassAt(kb, biasClasses, window, 1, at);
    bias = kb.mul(bias, biasClasses.getCount(2) * channels);
    step.biases.push_back(kb.add(bias, kb.mul(block, kLanes)));
    step.outputs.push_back(kb.mul(kb.add(kb.mul(block, window.out[1]), at), window.out[2] * kLanes));
  }
  return step;
}

/// Whether group `group` of the output is whole, reads groups that are whole, and has one class.
bool InterleavedDepthwise::isInner(int64_t group) const {
  const BorderClasses &classes = shape.quantized->classes;
  int64_t first = group * kPixels, stride = window.stride[2];
  bool isWhole = first + kPixels <= window.out[2] && stride * group + low >= 0 &&
                 (stride * group + high + 1) * kPixels <= window.in[2];
  return isWhole && first >= classes.before[2] && first + kPixels <= window.out[2] - classes.after[2];
}

void InterleavedDepthwise::emitStep(const Step &step) {
  int64_t stride = window.stride[2], all = high - low + 1, fresh = std::min(all, stride), kept = all - fresh;
  int64_t count = llvm::divideCeil(window.out[2], kPixels);
  llvm::SmallVector<Values> groups;
  for (int64_t i = 0; i < kept; ++i)
    groups.push_back(loadGroup(step, low + i));
  auto emitKnown = [&](int64_t g) {
    for (int64_t i = kept; i < all; ++i)
      groups.push_back(loadGroup(step, stride * g + low + i));
    emitGroup(step, groups, kb.index(g), g * kPixels, std::min(kPixels, window.out[2] - g * kPixels));
    groups.erase(groups.begin(), groups.begin() + fresh);
  };
  int64_t begin = 0;
  while (begin < count && !isInner(begin))
    emitKnown(begin++);
  int64_t end = begin;
  while (end < count && isInner(end))
    ++end;
  Values carried;
  for (const Values &group : groups)
    carried.append(group);
  int64_t size = quads * kParts;
  carried = kb.loop(kb.index(begin), kb.index(end), 1, carried, [&](Value g, ValueRange carried) {
    llvm::SmallVector<Values> groups;
    for (int64_t i = 0; i < kept; ++i)
      groups.push_back(Values(carried.slice(i * size, size)));
    for (int64_t i = kept; i < all; ++i)
      groups.push_back(loadInnerGroup(step, kb.add(kb.mul(g, stride), low + i)));
    emitGroup(step, groups, g, begin * kPixels, kPixels);
    Values next;
    for (const Values &group : llvm::ArrayRef(groups).drop_front(fresh))
      next.append(group);
    return next;
  });
  for (int64_t i = 0; i < kept; ++i)
    groups[i] = Values(ValueRange(carried).slice(i * size, size));
  for (int64_t g = end; g < count; ++g)
    emitKnown(g);
}

Values InterleavedDepthwise::loadGroup(const Step &step, int64_t group) {
  auto bytes = VectorType::get({kBytes}, kb.builder.getI8Type());
  int64_t inside = group < 0 ? 0 : std::min(kPixels, window.in[2] - group * kPixels);
  if (inside == kPixels)
    return loadInnerGroup(step, kb.index(group));
  Value zero = splat(kb, bytes, 0);
  if (inside <= 0)
    return Values(quads * kParts, bitcastElements(kb, zero, 32));
  llvm::SmallVector<bool> bits(kBytes, false);
  std::fill(bits.begin(), bits.begin() + inside * kLanes, true);
  auto maskType = VectorType::get({kBytes}, kb.builder.getI1Type());
  Value mask = arith::ConstantOp::create(kb.builder, kb.loc, maskType, DenseElementsAttr::get(maskType, bits));
  Values rows;
  for (Value row : step.rows)
    rows.push_back(loadVector(kb, operands.input, kb.add(row, group * kBytes), kBytes, mask));
  return interleave(rows);
}

Values InterleavedDepthwise::loadInnerGroup(const Step &step, Value group) {
  Values rows;
  for (Value row : step.rows)
    rows.push_back(loadVector(kb, operands.input, kb.add(row, kb.mul(group, kBytes)), kBytes));
  return interleave(rows);
}

/// Elements of `width` bytes of two vectors in turn, from the lower or upper halves of their 128-bit parts.
static Value unpack(KernelBuilder &kb, Value a, Value b, int64_t width, bool upper) {
  constexpr int64_t part = 16;
  llvm::SmallVector<int64_t> order;
  for (int64_t start = 0; start < kBytes; start += part)
    for (int64_t i = 0; i < part / 2; i += width)
      for (int64_t source : {int64_t{0}, kBytes})
        for (int64_t byte = 0; byte < width; ++byte)
          order.push_back(source + start + (upper ? part / 2 : 0) + i + byte);
  return vector::ShuffleOp::create(kb.builder, kb.loc, a, b, order);
}

Values InterleavedDepthwise::interleave(ValueRange rows) {
  Value zero = splat(kb, VectorType::get({kBytes}, kb.builder.getI8Type()), 0);
  Values parts;
  for (int64_t quad = 0; quad < quads; ++quad) {
    auto row = [&](int64_t r) {
      int64_t index = quad * kDotChannels + r;
      return index < static_cast<int64_t>(rows.size()) ? rows[index] : zero;
    };
    for (bool upper : {false, true}) {
      Value first = unpack(kb, row(0), row(1), 1, upper), second = unpack(kb, row(2), row(3), 1, upper);
      for (bool upperPairs : {false, true})
        parts.push_back(bitcastElements(kb, unpack(kb, first, second, 2, upperPairs), 32));
    }
  }
  return parts;
}

/// Part `part` of the four pixels that tap `tap` of a row multiplies.
Value InterleavedDepthwise::shift(llvm::ArrayRef<Values> groups, int64_t part, int64_t tap) {
  std::map<int64_t, llvm::SmallVector<std::pair<int64_t, int64_t>>> sources;
  for (int64_t j = 0; j < kPixels; ++j) {
    int64_t at = j * window.stride[2] + tap - window.pad[2] - low * kPixels;
    sources[at / kPixels].push_back({j, at % kPixels});
  }
  Value result;
  for (auto &[group, pixels] : sources) {
    Value from = groups[group][part];
    auto order = llvm::to_vector(llvm::seq<int64_t>(0, kLanes));
    for (auto [j, lane] : pixels)
      for (int64_t i = 0; i < kParts; ++i)
        order[j * kParts + i] = (result ? kLanes : 0) + lane * kParts + i;
    bool isSame = !result && llvm::equal(order, llvm::seq<int64_t>(0, kLanes));
    result = isSame ? from : vector::ShuffleOp::create(kb.builder, kb.loc, result ? result : from, from, order);
  }
  return result;
}

/// `elements` elements at `position` of a flat buffer, repeated to fill a vector.
Value InterleavedDepthwise::loadPart(Value buffer, Value position, int64_t elements) {
  Value part = loadVector(kb, buffer, position, elements);
  int64_t all = cast<VectorType>(part.getType()).getElementTypeBitWidth() == 8 ? kBytes : kLanes;
  llvm::SmallVector<int64_t> order;
  for (int64_t i = 0; i < all; ++i)
    order.push_back(i % elements);
  return vector::ShuffleOp::create(kb.builder, kb.loc, part, part, order);
}

/// The biases of part `part` of the four pixels from `firstPixel` on, of output row `row` of the step.
Value InterleavedDepthwise::loadBias(const Step &step, int64_t row, int64_t part, int64_t firstPixel) {
  const BorderClasses &classes = shape.quantized->classes;
  int64_t channels = shape.getOutBlocks() * kLanes;
  std::map<int64_t, llvm::SmallVector<int64_t>> pixels;
  for (int64_t j = 0; j < kPixels; ++j) {
    int64_t at = std::min(firstPixel + j, window.out[2] - 1);
    int64_t c = std::max(std::min(at, classes.before[2]), at + classes.getCount(2) - window.out[2]);
    pixels[classes.getCount(2) > 1 ? c : 0].push_back(j);
  }
  Value result;
  for (auto &[c, members] : pixels) {
    Value bias = loadPart(operands.bias, kb.add(step.biases[row], c * channels + part * kParts), kParts);
    if (!result) {
      result = bias;
      continue;
    }
    auto order = llvm::to_vector(llvm::seq<int64_t>(0, kLanes));
    for (int64_t j : members)
      for (int64_t i = 0; i < kParts; ++i)
        order[j * kParts + i] += kLanes;
    result = vector::ShuffleOp::create(kb.builder, kb.loc, result, bias, order);
  }
  return result;
}

void InterleavedDepthwise::emitGroup(const Step &step, llvm::ArrayRef<Values> groups, Value group, int64_t firstPixel,
                                     int64_t pixels) {
  auto words = VectorType::get({kLanes}, kb.builder.getI32Type());
  llvm::SmallVector<Values> reals(step.count);
  for (int64_t part = 0; part < kParts; ++part) {
    Values sums;
    for (int64_t v = 0; v < step.count; ++v)
      sums.push_back(loadBias(step, v, part, firstPixel));
    for (int64_t quad = 0; quad < quads; ++quad)
      for (int64_t tap = 0; tap < window.kernel[2]; ++tap) {
        Value input = bitcastElements(kb, shift(groups, quad * kParts + part, tap), 8);
        int64_t at = ((quad * window.kernel[2] + tap) * kParts + part) * kLanes;
        for (int64_t v = 0; v < step.count; ++v) {
          Value filter = loadPart(operands.filter, kb.add(step.filters[v], at), kLanes);
          sums[v] = callByWidth(kb, words, {"", "", "llvm.x86.avx512.vpdpbusd.512"}, {sums[v], input, filter});
        }
      }
    Value channel = kb.add(kb.mul(step.block, kLanes), part * kParts);
    Value scales = loadPart(operands.scales, channel, kParts);
    for (int64_t v = 0; v < step.count; ++v)
      reals[v].push_back(requantizer.scale(sums[v], scales));
  }
  for (int64_t v = 0; v < step.count; ++v) {
    Value bytes = requantizer.packInterleaved(reals[v]);
    Value at = kb.add(step.outputs[v], kb.mul(group, kBytes));
    for (int64_t pixel = 0; pixel < pixels;) {
      int64_t count = pixels - pixel >= 4 ? 4 : pixels - pixel >= 2 ? 2 : 1;
      Value stored = bytes;
      if (count < kPixels) {
        auto order = llvm::to_vector(llvm::seq<int64_t>(pixel * kLanes, (pixel + count) * kLanes));
        stored = vector::ShuffleOp::create(kb.builder, kb.loc, bytes, bytes, order);
      }
      vector::StoreOp::create(kb.builder, kb.loc, stored, operands.output, ValueRange{kb.add(at, pixel * kLanes)});
      pixel += count;
    }
  }
}

func::FuncOp getInterleavedDepthwiseKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  int64_t classes = BorderClasses::get(shape.window).getCount(1);
  int64_t size = shape.getOutBlocks() * classes * getStepRows(shape.window) * getRowFilterSize(shape.window);
  FunctionType type = getKernelType(loc.getContext(), shape, size);
  return context.getOrCreateKernel(
      "depthwise_rows_" + shape.getName(), type, [&](OpBuilder &b, Location loc, ValueRange args) {
        KernelBuilder kb(b, loc, b.getInsertionBlock());
        InterleavedDepthwise(kb, shape, context.getFacts(), getOperands(shape, args)).emit();
        func::ReturnOp::create(b, loc);
      });
}

ElementsAttr packInterleavedDepthwise(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  BorderClasses classes = BorderClasses::get(window);
  int64_t rows = getStepRows(window), taps = window.kernel[2], rowSize = getRowFilterSize(window);
  llvm::SmallVector<char> packed(shape.getOutBlocks() * classes.getCount(1) * rows * rowSize, 0);
  for (int64_t m = 0; m < shape.outChannels; ++m)
    for (int64_t c = 0; c < classes.getCount(1); ++c)
      for (int64_t v = 0; v < rows; ++v) {
        int64_t position = classes.getPosition(1, c, window.out[1]), lane = m % kLanes;
        char *row = packed.data() + ((m / kLanes * classes.getCount(1) + c) * rows + v) * rowSize;
        for (int64_t kh = 0; kh < window.kernel[1]; ++kh) {
          if (!window.isInside(1, position, kh))
            continue;
          int64_t at = kh + v * window.stride[1], quad = at / kDotChannels, byte = at % kDotChannels;
          for (int64_t kw = 0; kw < taps; ++kw)
            row[((quad * taps + kw) * kParts + lane / kParts) * kLanes + lane % kParts * kDotChannels + byte] =
                constants.filter[(m * window.kernel[1] + kh) * taps + kw];
        }
      }
  return makeConstant(RankedTensorType::get({static_cast<int64_t>(packed.size())}, shape.getFilterType()), packed);
}

} // namespace winnow::kernel
