//===- PackedGemv.cpp - a matrix of few bits times a vector ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedGemv.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionLowering.h"
#include "DotProduct.h"
#include "GemvKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace winnow::kernel {

/// Blocks of output channels that are computed at once, and sums of each: enough multiply-adds are under way.
static constexpr int64_t kStreams = 4, kChains = 2;

namespace {
/// Emits the kernel (input, words, scales, bias?, residual?, output) of one image.
class PackedGemvEmitter {
public:
  PackedGemvEmitter(KernelBuilder &kb, const PackedWords &words, const ConvolutionShape &shape,
                    const TargetFacts &facts, const ConvolutionOperands &operands)
      : kb(kb), words(words), facts(facts), operands(operands),
        floats(VectorType::get({words.block}, kb.builder.getF32Type())),
        integers(VectorType::get({words.block}, kb.builder.getI32Type())) {
    tile.computeType = shape.computeType;
    tile.lanes = words.block;
    tile.output = operands.output;
    tile.outputStride = words.block;
    tile.pixelOffsets = tile.outputOffsets = {0};
    tile.epilogue.bias = operands.bias;
    tile.epilogue.residual = operands.residual;
    tile.epilogue.activation = shape.activation;
  }

  void emit() {
    if (readsTable())
      table = makeTable();
    int64_t blocks = words.getBlocks(), streams = std::min(kStreams, blocks);
    int64_t full = blocks / streams, rest = blocks % streams, parts = full + (rest != 0);
    kb.split(kChannelAxis, parts, kb.index(0), kb.index(full), 1,
             [&](Value part) { emitBlocks(kb.mul(part, streams), streams); });
    if (rest)
      kb.split(kChannelAxis, parts, kb.index(full), kb.index(parts), 1,
               [&](Value) { emitBlocks(kb.index(blocks - rest), rest); });
  }

private:
  /// Whether a permutation of 16 numbers, which looks at the lowest four bits of each index only, dequantizes.
  bool readsTable() const { return words.bits <= 4 && words.block == 16 && facts.vectorBits == 512; }

  /// The number of each four bits: bits of the next weight above those of one make no difference.
  Value makeTable() const {
    SmallVector<float> numbers;
    for (int i = 0; i < 16; ++i) {
      int low = i & ((1 << words.bits) - 1);
      numbers.push_back(static_cast<float>(low >= 1 << (words.bits - 1) ? low - (1 << words.bits) : low));
    }
    return arith::ConstantOp::create(kb.builder, kb.loc, floats, DenseElementsAttr::get(floats, ArrayRef(numbers)));
  }

  /// Weight `index` of each word, as a real number.
  Value getWeights(Value loaded, int64_t index) const {
    OpBuilder &b = kb.builder;
    auto shift = [&](int64_t by) { return splat(kb, integers, static_cast<double>(by)); };
    if (readsTable()) {
      Value low =
          index == 0 ? loaded : arith::ShRUIOp::create(b, kb.loc, loaded, shift(index * words.bits)).getResult();
      return LLVM::CallIntrinsicOp::create(b, kb.loc, floats, b.getStringAttr("llvm.x86.avx512.permvar.sf.512"),
                                           ValueRange{table, low})
          .getResult(0);
    }
    int64_t above = 32 - (index + 1) * words.bits;
    Value up = above == 0 ? loaded : arith::ShLIOp::create(b, kb.loc, loaded, shift(above)).getResult();
    Value down = arith::ShRSIOp::create(b, kb.loc, up, shift(32 - words.bits));
    return arith::SIToFPOp::create(b, kb.loc, floats, down);
  }

  /// Adds the products of one vector of words, of which `count` weights are there, to `sums` ([stream][chain]).
  void addWords(Value x, Value word, int64_t streams, int64_t count, Values &sums) const {
    Values loaded;
    int64_t stride = words.getBlockWords() * words.block;
    for (int64_t s = 0; s < streams; ++s) {
      Value position = kb.add(word, s * stride);
      loaded.push_back(loadStored(kb, operands.filter, position, words.block));
      memref::PrefetchOp::create(kb.builder, kb.loc, operands.filter,
                                 ValueRange{kb.add(position, kStreamPrefetchBytes / 4)}, /*isWrite=*/false,
                                 /*localityHint=*/3, /*isDataCache=*/true);
    }
    for (int64_t k = 0; k < count; ++k) {
      Value scalar = memref::LoadOp::create(kb.builder, kb.loc, operands.input, ValueRange{kb.add(x, k)});
      Value input = vector::BroadcastOp::create(kb.builder, kb.loc, floats, scalar);
      for (int64_t s = 0; s < streams; ++s) {
        Value &sum = sums[s * kChains + k % kChains];
        sum = multiplyAdd(kb, getWeights(loaded[s], k), input, sum, facts.hasFMA);
      }
    }
  }

  /// The sums of one group of channels, times their scales, are added to `totals`.
  Values addGroup(Value block, Value group, int64_t streams, ValueRange totals) const {
    int64_t perWord = words.getPerWord(), whole = words.group / perWord, rest = words.group % perWord;
    Values sums(streams * kChains, splat(kb, floats, 0.0));
    Value x = kb.mul(group, words.group);
    Value first =
        kb.mul(kb.add(kb.mul(block, words.getBlockWords()), kb.mul(group, words.getGroupWords())), words.block);
    sums = kb.loop(kb.index(0), kb.index(whole), 1, sums, [&](Value word, ValueRange carried) {
      Values values(carried.begin(), carried.end());
      addWords(kb.add(x, kb.mul(word, perWord)), kb.add(first, kb.mul(word, words.block)), streams, perWord, values);
      return values;
    });
    if (rest)
      addWords(kb.add(x, whole * perWord), kb.add(first, whole * words.block), streams, rest, sums);
    Value scale = kb.mul(kb.add(kb.mul(block, words.getGroups()), group), words.block);
    Values results;
    for (int64_t s = 0; s < streams; ++s) {
      Value sum = sums[s * kChains];
      for (int64_t chain = 1; chain < kChains; ++chain)
        sum = arith::AddFOp::create(kb.builder, kb.loc, sum, sums[s * kChains + chain]);
      Value scales = loadVector(kb, operands.scales, kb.add(scale, s * words.getGroups() * words.block), words.block);
      results.push_back(multiplyAdd(kb, sum, scales, totals[s], facts.hasFMA));
    }
    return results;
  }

  void emitBlocks(Value block, int64_t streams) {
    tile.vectors = streams;
    Value channel = kb.mul(block, words.block);
    Values totals = kb.loop(kb.index(0), kb.index(words.getGroups()), 1, tile.initialize(kb, channel),
                            [&](Value group, ValueRange carried) { return addGroup(block, group, streams, carried); });
    tile.finish(kb, channel, totals);
  }

  KernelBuilder &kb;
  const PackedWords &words;
  const TargetFacts &facts;
  const ConvolutionOperands &operands;
  VectorType floats, integers;
  ContractionTile tile;
  Value table;
};
} // namespace

static FunctionType getPackedType(MLIRContext *context, const ConvolutionShape &shape, const PackedWords &words) {
  auto f32 = Float32Type::get(context);
  SmallVector<Type> inputs{
      getFlatType(shape.getInSize(), f32),
      MemRefType::get({words.getBlocks() * words.getBlockWords() * words.block}, IntegerType::get(context, 32))};
  if (shape.bias)
    inputs.push_back(MemRefType::get({words.getBlocks() * words.block}, f32));
  inputs.push_back(MemRefType::get({words.getBlocks() * words.getGroups() * words.block}, f32));
  if (shape.residual)
    inputs.push_back(getFlatType(shape.getOutSize(), f32));
  inputs.push_back(getFlatType(shape.getOutSize(), f32));
  return FunctionType::get(context, inputs, {});
}

static func::FuncOp getPackedKernel(KernelContext &context, Location loc, const ConvolutionShape &shape,
                                    const PackedWords &words) {
  FunctionType type = getPackedType(loc.getContext(), shape, words);
  std::string name = "packed_gemv_" + words.getName() + "_" + shape.getName();
  return context.getOrCreateKernel(name, type, [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    ConvolutionOperands operands;
    unsigned next = 0;
    operands.input = args[next++];
    operands.filter = args[next++];
    operands.bias = shape.bias ? args[next++] : Value();
    operands.scales = args[next++];
    operands.residual = shape.residual ? args[next++] : Value();
    operands.output = args[next++];
    PackedGemvEmitter(kb, words, shape, context.getFacts(), operands).emit();
    func::ReturnOp::create(b, loc);
  });
}

namespace {
struct PackedGemvLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    llvm::StringRef obstacle;
    std::optional<cnn::PackedFilter> filter = cnn::getPackedFilter(op, obstacle);
    if (!filter)
      return rewriter.notifyMatchFailure(op, obstacle);
    Location loc = op.getLoc();
    Convolution conv = makeConvolution(context, op, adaptor.getInput());
    conv.bias = adaptor.getBias();
    conv.residual = adaptor.getResidual();
    PackedWords words(*filter, conv.shape.block);
    ConvolutionOperands operands = makeOperands(rewriter, loc, context, conv);
    operands.filter = context.getConstantBuffer(rewriter, loc, packWords(*filter, words));
    operands.scales = context.getConstantBuffer(rewriter, loc, packScales(*filter, words));
    func::FuncOp kernel = getPackedKernel(context, loc, conv.shape, words);
    forEachImage(rewriter, loc, operands.input,
                 [&](OpBuilder &b, Value n) { callKernel(b, loc, kernel, getImage(b, loc, operands, n)); });
    rewriter.replaceOp(op, getResult(rewriter, loc, conv, operands.output));
    return success();
  }
};

/// Real numbers that nobody reads.
struct UnreadDequantizeLowering : KernelPattern<cnn::DequantizeLinearOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::DequantizeLinearOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!cnn::isReadPacked(op))
      return rewriter.notifyMatchFailure(op, "its real numbers are read");
    // A buffer without users: it vanishes with the other dead ones.
    rewriter.replaceOp(op, allocateResult(rewriter, op.getLoc(), op.getOutput().getType()));
    return success();
  }
};
} // namespace

void populatePackedGemvLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  // Before what would compute the real numbers.
  patterns.add<PackedGemvLowering, UnreadDequantizeLowering>(converter, context, /*benefit=*/2);
}

} // namespace winnow::kernel
