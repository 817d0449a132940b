//===- DepthwiseKernel.cpp - one filter per channel -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernel.h"

#include "ConvolutionKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace winnow::kernel {

void setDepthwise(RowWindow &rows, KernelBuilder &kb, const ConvolutionShape &shape, ContractionTile &tile,
                  Value filter, Value bias) {
  auto vectorType = VectorType::get({shape.block}, shape.computeType);
  // Sums in f16 begin at zero and meet the bias in f32.
  bool isHalf = static_cast<bool>(shape.shortFilter);
  rows.isStoredType = isHalf;
  // The epilogue of the contraction tile serves here too: one vector a pixel.
  tile.computeType = shape.computeType;
  tile.lanes = shape.block;
  tile.epilogue.activation = shape.activation;
  rows.initialize = [=, &kb, &shape](Value block, int64_t pixels) {
    if (isHalf)
      return Values(pixels, splat(kb, VectorType::get({shape.block}, shape.shortFilter), 0.0));
    Value start = bias ? loadVector(kb, bias, kb.mul(block, shape.block), shape.block) : splat(kb, vectorType, 0.0);
    return Values(pixels, start);
  };
  rows.loadTap = [=, &kb, &shape](Value block, Value tap) {
    Value at = kb.add(kb.mul(block, shape.window.getNumTaps()), tap);
    Value position = kb.mul(at, shape.block);
    return isHalf ? loadStored(kb, filter, position, shape.block) : loadVector(kb, filter, position, shape.block);
  };
  rows.combine = [&kb, &tile](Value accumulator, Value element, Value tap) {
    return multiplyAdd(kb, element, tap, accumulator, tile.fma);
  };
  rows.finish = [=, &kb, &shape, &tile](const RowWindow::Tile &at, ValueRange accumulators) {
    tile.outputOffsets.clear();
    for (int64_t p = 0; p < at.columns->count; ++p)
      tile.outputOffsets.push_back(p * shape.window.step[2] * shape.block);
    tile.pixelOffsets = tile.outputOffsets;
    Values sums(accumulators);
    Value start = isHalf && bias ? loadVector(kb, bias, kb.mul(at.block, shape.block), shape.block) : Value();
    for (Value &sum : sums) {
      sum = convertFloat(kb, sum, shape.computeType);
      if (start)
        sum = arith::AddFOp::create(kb.builder, kb.loc, sum, start);
    }
    tile.finish(kb, at.output, sums);
  };
}

func::FuncOp getDepthwiseKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  FunctionType type = getKernelType(loc.getContext(), shape, channels * shape.window.getNumTaps());
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    ContractionTile tile;
    tile.fma = context.getFacts().hasFMA;
    const WindowShape &window = shape.window;
    Value origin = window.isScattered() ? args.back() : Value();
    args = args.drop_back(window.isScattered());
    tile.output = args.back();
    tile.epilogue.residual = shape.residual ? args[args.size() - 2] : Value();
    RowWindow rows(kb, window, shape.getOutBlocks(), shape.block, shape.pixels, args[0]);
    setDepthwise(rows, kb, shape, tile, args[1], shape.bias ? args[2] : Value());
    if (origin)
      rows.locateOutput = [&](const RowWindow::Tile &at) {
        Spatial strides = window.getOutputStrides();
        Value y = kb.add(kb.mul(at.block, window.getImageSize()), kb.mul(at.plane, strides[0]));
        y = kb.add(kb.add(y, kb.mul(at.row, strides[1])), kb.mul(at.columns->start, strides[2]));
        return kb.mul(kb.add(y, origin), shape.block);
      };
    rows.emit();
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel("depthwise_" + shape.getName(), type, body);
}

} // namespace winnow::kernel
