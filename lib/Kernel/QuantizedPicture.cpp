//===- QuantizedPicture.cpp - pictures as bytes, pixel by pixel -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedPicture.h"

#include "ChannelBlocks.h"
#include "ContractionTile.h"
#include "Quantize.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/QuantizedTypes.h"

using namespace mlir;

namespace winnow::kernel {

/// Bytes of a pixel.
static constexpr int64_t kPixelBytes = 4;
static constexpr llvm::StringLiteral kPixelAxis = "pixels";

bool isPicture(RankedTensorType input, RankedTensorType result) {
  auto isKnown = [](int64_t extent) { return !ShapedType::isDynamic(extent); };
  return !getLayout(input) && getBlock(result) == kPixelBytes && input.getElementType().isF32() &&
         llvm::all_of(input.getShape().drop_front(), isKnown) && input.getDimSize(1) <= kPixelBytes;
}

namespace {
/// The kernel of one picture.
struct PictureKernel {
  KernelBuilder &kb;
  quant::UniformQuantizedType type;
  int64_t channels, pixels, lanes;
  Value input, output;

  /// `count` pixels from `first` on.
  void emitPixels(Value first, int64_t count) const {
    OpBuilder &b = kb.builder;
    Type words = VectorType::get({count}, b.getI32Type());
    Value joined;
    for (int64_t c = 0; c < channels; ++c) {
      Value x = loadVector(kb, input, kb.add(first, c * pixels), count);
      Value scale = emitConstantLike(b, kb.loc, x.getType(), getScale(type));
      Value stored = emitToResult(b, kb.loc, arith::DivFOp::create(b, kb.loc, x, scale), type);
      Value word = arith::ExtUIOp::create(b, kb.loc, words, stored);
      if (c > 0)
        word = arith::ShLIOp::create(b, kb.loc, word, emitConstantLike(b, kb.loc, words, static_cast<double>(8 * c)));
      joined = joined ? arith::OrIOp::create(b, kb.loc, joined, word).getResult() : word;
    }
    auto bytes = VectorType::get({count * kPixelBytes}, b.getI8Type());
    Value cast = vector::BitCastOp::create(b, kb.loc, bytes, joined);
    vector::StoreOp::create(b, kb.loc, cast, output, ValueRange{kb.mul(first, kPixelBytes)});
  }

  void emit() const {
    int64_t full = pixels / lanes, rest = pixels % lanes, runs = full + (rest != 0);
    kb.split(kPixelAxis, runs, kb.index(0), kb.index(full), 1,
             [&](Value run) { emitPixels(kb.mul(run, lanes), lanes); });
    if (rest)
      kb.split(kPixelAxis, runs, kb.index(full), kb.index(runs), 1,
               [&](Value) { emitPixels(kb.index(full * lanes), rest); });
  }
};
} // namespace

Value quantizePicture(OpBuilder &b, Location loc, Value input, RankedTensorType result, KernelContext &context) {
  quant::UniformQuantizedType type = getQuantization(result);
  int64_t channels = result.getDimSize(1), pixels = 1;
  for (int64_t extent : result.getShape().drop_front(2))
    pixels *= extent;
  auto inType = getFlatType(channels * pixels, b.getF32Type()),
       outType = getFlatType(kPixelBytes * pixels, b.getI8Type());
  std::string name = "picture_" + std::to_string(channels) + "_" + std::to_string(pixels) + "_" +
                     llvm::utohexstr(llvm::bit_cast<uint64_t>(type.getScale())) + "_" +
                     std::to_string(type.getZeroPoint()) + (type.isSigned() ? "_signed" : "");
  auto kernel = context.getOrCreateKernel(
      name, b.getFunctionType({inType, outType}, {}), [&](OpBuilder &b, Location loc, ValueRange args) {
        KernelBuilder kb(b, loc, b.getInsertionBlock());
        PictureKernel{kb, type, channels, pixels, context.getFacts().getF32Lanes(), args[0], args[1]}.emit();
        func::ReturnOp::create(b, loc);
      });
  Value output = allocateBlocked(b, loc, result, kPixelBytes, input);
  forEachImage(b, loc, input, [&](OpBuilder &b, Value n) {
    func::CallOp::create(b, loc, kernel, ValueRange{getFlatImage(b, loc, input, n), getFlatImage(b, loc, output, n)});
  });
  return output;
}

} // namespace winnow::kernel
