//===- PooledConvolutions.cpp - which convolutions share rows with a pool -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowStrips.h"

#include "winnow/Dialect/CNN/SquarePool.h"
#include "winnow/Support/ConstantData.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace winnow {

/// Rows that a thread keeps between the two lie on its stack: at most so many bytes of it.
static constexpr int64_t kMaxRingBytes = 128 << 10;

/// Whether register tiles with one row of pixels compute `op`: what the kernel of both is made of.
static bool hasPlainTiles(cnn::ConvolutionOp op) {
  cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
  return algorithm &&
         (algorithm.getKind() == cnn::AlgorithmKind::FirstLayer || algorithm.getKind() == cnn::AlgorithmKind::Direct ||
          algorithm.getKind() == cnn::AlgorithmKind::Pointwise);
}

/// The window of the pool that alone reads the output of `op`; null where there is none.
static cnn::WindowOpInterface findPool(cnn::ConvolutionOp op) {
  if (!op->hasOneUse())
    return {};
  Operation *user = *op->user_begin();
  bool isPool = isa<cnn::MaxPoolOp, cnn::AveragePoolOp>(user);
  return isPool ? cast<cnn::WindowOpInterface>(user) : cnn::WindowOpInterface();
}

/// Whether `op` makes blocked f32 images of its own by constant weights.
static bool isPlain(cnn::ConvolutionOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  auto isStatic = [](RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  };
  auto layout = llvm::dyn_cast_or_null<cnn::LayoutAttr>(output.getEncoding());
  return output.getRank() == 4 && isStatic(input) && isStatic(output) && input.getElementType().isF32() &&
         isa<FloatType>(output.getElementType()) && layout && layout.getHalo() == 0 && op.getGroup() == 1 &&
         !op.getResidual() && getConstant(op.getFilter()) && (!op.getBias() || getConstant(op.getBias()));
}

/// Whether Winograd tiles of `op` consist of whole squares whose maxima `pool` takes.
static bool isWinogradWithSquares(cnn::ConvolutionOp op, Operation *pool) {
  cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
  return algorithm && algorithm.getKind() == cnn::AlgorithmKind::Winograd && cnn::poolsSquares(op, pool) &&
         !llvm::is_contained(op.getWindowShape(), 1);
}

static int64_t getImageBytes(RankedTensorType type) {
  int64_t elements = 1;
  for (int64_t extent : type.getShape().drop_front())
    elements *= extent;
  return elements * type.getElementTypeBitWidth() / 8;
}

/// Whether it is faster to compute `op` and `pool` together.
static bool gains(cnn::ConvolutionOp op, cnn::WindowOpInterface pool, const TargetFacts &facts) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  // Tiles of several rows would become shorter ones.
  if (output.getDimSize(3) < op.getAlgorithmAttr().getPixels())
    return false;
  int64_t reach = (pool.getWindowShape()[0] - 1) * pool.getDilations()[0] + 1,
          channels = op.getAlgorithmAttr().getChannels();
  if (channels * reach * output.getDimSize(3) * static_cast<int64_t>(sizeof(float)) > kMaxRingBytes)
    return false;
  // Each group of channels reads the whole input.
  return channels >= output.getDimSize(1) || getImageBytes(input) <= facts.l2Bytes / 2;
}

void selectPooledConvolutions(ModuleOp module, const TargetFacts &facts) {
  module.walk([&](cnn::ConvolutionOp op) {
    cnn::WindowOpInterface pool = findPool(op);
    bool isWinograd = pool && isWinogradWithSquares(op, pool);
    if (!pool || !isPlain(op) ||
        cast<RankedTensorType>(pool->getResult(0).getType()).getEncoding() != op.getOutput().getType().getEncoding() ||
        !(isWinograd || (hasPlainTiles(op) && gains(op, pool, facts))))
      return;
    remark::analysis(op.getLoc(), remark::RemarkOpts::name("strips").category("algorithm"))
        << (isWinograd ? "stores the maxima of the pool behind it" : "computed row by row with the pool behind it");
    cnn::AlgorithmAttr tile = op.getAlgorithmAttr();
    op.setAlgorithmAttr(cnn::AlgorithmAttr::get(
        op.getContext(), isWinograd ? cnn::AlgorithmKind::Winograd : cnn::AlgorithmKind::RowStrips, tile.getPixels(),
        tile.getChannels(), /*depth=*/1, /*outputs=*/isWinograd ? tile.getOutputs() : 1));
  });
}

} // namespace winnow
