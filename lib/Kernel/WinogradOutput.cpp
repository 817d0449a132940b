//===- WinogradOutput.cpp - outputs of Winograd convolutions --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradKernel.h"

#include "Axis.h"
#include "DotTile.h"
#include "LinearMap.h"

#include "llvm/ADT/bit.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// The inverse of an odd number modulo 2^32, by Newton's method: each step doubles the bits that are right.
static uint32_t getInverse(uint32_t odd) {
  uint32_t inverse = odd;
  for (int step = 0; step < 4; ++step)
    inverse *= 2 - odd * inverse;
  return inverse;
}

/// Emits A^T m A of each tile in registers, with bias, residual and activation, or requantization.
class OutputEmitter {
public:
  OutputEmitter(KernelBuilder &kb, const WinogradPlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), plan(plan), facts(facts), shape(plan.shape), window(plan.shape.window) {
    unsigned next = 0;
    products = args[next++];
    bias = shape.bias ? args[next++] : Value();
    scales = shape.quantized ? args[next++] : Value();
    residual = shape.residual ? args[next++] : Value();
    output = args[next++];
    firstRow = args[next++];
  }

  void emit(int64_t rows) {
    int64_t blocks = shape.getOutBlocks();
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value channels) {
      Value start = bias ? loadVector(kb, bias, kb.mul(channels, shape.block), shape.block) : Value();
      kb.split(kRowAxis, rows, kb.index(0), kb.index(rows), 1, [&](Value row) { emitRow(channels, row, start); });
    });
  }

private:
  /// One row of tiles; the last one of the image may be cut.
  void emitRow(Value channels, Value row, Value start) {
    int64_t full = plan.tiling.outputs[0], rest = window.out[1] % full;
    if (rest == 0)
      return emitTiles(channels, row, start, full);
    OpBuilder &b = kb.builder;
    Value isFull = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::slt, kb.add(firstRow, row),
                                         kb.index(plan.tiling.tiles[0] - 1));
    auto choice = scf::IfOp::create(b, kb.loc, TypeRange(), isFull, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(choice.thenBlock()->getTerminator());
    if (window.out[1] > full)
      emitTiles(channels, row, start, full);
    b.setInsertionPoint(choice.elseBlock()->getTerminator());
    emitTiles(channels, row, start, rest);
  }

  void emitTiles(Value channels, Value row, Value start, int64_t height) {
    int64_t width = plan.tiling.outputs[1], full = window.out[2] / width;
    kb.loop(0, full, 1, [&](Value tile) { emitTile(channels, row, tile, start, height, width); });
    if (int64_t rest = window.out[2] % width)
      emitTile(channels, row, kb.index(full), start, height, rest);
  }

  void emitTile(Value channels, Value row, Value tile, Value start, int64_t height, int64_t width) {
    int64_t rows = plan.tiling.getTileExtent(0), columns = plan.tiling.getTileExtent(1), block = shape.block;
    Value at = kb.add(kb.mul(channels, plan.product.pitch), kb.mul(row, plan.tiling.tiles[1]));
    at = kb.mul(kb.add(at, tile), block);
    llvm::SmallVector<Values> half(height);
    for (int64_t j = 0; j < columns; ++j) {
      Values inputs;
      for (int64_t i = 0; i < rows; ++i)
        inputs.push_back(
            loadVector(kb, products, kb.add(at, (i * columns + j) * plan.product.getProductPlane()), block));
      Values outputs = emitLinearMap(kb, plan.transforms[0].outputTransform, inputs, plan.fma);
      for (int64_t i = 0; i < height; ++i)
        half[i].push_back(outputs[i]);
    }
    // Pixels that are stored, row by row: all of them, or the maximum of each square.
    llvm::SmallVector<Values> pixels(height / shape.pool);
    for (int64_t i = 0; i < height; ++i) {
      Values outputs = emitLinearMap(kb, plan.transforms[1].outputTransform, half[i], plan.fma);
      Values &pixelRow = pixels[i / shape.pool];
      pixelRow.resize(width / shape.pool);
      for (int64_t j = 0; j < width; ++j) {
        Value &pixel = pixelRow[j / shape.pool];
        pixel = pixel ? getMaximum(pixel, outputs[j]) : outputs[j];
      }
    }
    store(channels, row, tile, start, pixels);
  }

  Value getMaximum(Value a, Value b) {
    Value greater = arith::CmpFOp::create(kb.builder, kb.loc, arith::CmpFPredicate::OGT, a, b);
    return arith::SelectOp::create(kb.builder, kb.loc, greater, a, b);
  }

  /// A pixel as sums of products are: what an integer transform multiplied by its divisor. The odd part of the divisor
  /// has an inverse modulo 2^32, the power of two leaves by a shift.
  Value divide(Value pixel) {
    auto divisor = static_cast<uint64_t>(plan.getDivisor());
    if (divisor == 1)
      return pixel;
    auto type = cast<VectorType>(pixel.getType());
    int shift = llvm::countr_zero(divisor);
    if (auto odd = static_cast<uint32_t>(divisor >> shift); odd != 1) {
      auto inverse = DenseElementsAttr::get(type, llvm::APInt(32, getInverse(odd)));
      Value factor = arith::ConstantOp::create(kb.builder, kb.loc, type, inverse);
      pixel = arith::MulIOp::create(kb.builder, kb.loc, pixel, factor);
    }
    return arith::ShRSIOp::create(kb.builder, kb.loc, pixel, splat(kb, type, shift));
  }

  /// A pixel with the bias.
  Value finishSum(Value pixel, Value start) {
    pixel = divide(pixel);
    if (!start)
      return pixel;
    if (shape.quantized)
      return arith::AddIOp::create(kb.builder, kb.loc, pixel, start);
    return arith::AddFOp::create(kb.builder, kb.loc, pixel, start);
  }

  /// What stores tiles; all but their pixels.
  std::unique_ptr<ContractionTile> makeTile(Value channels) {
    ConvolutionOperands operands{products, /*filter=*/{}, /*bias=*/{}, residual, output, /*origin=*/{}, scales};
    std::unique_ptr<ContractionTile> tile = makeContractionTile(shape, facts, operands);
    if (shape.quantized)
      static_cast<DotTile &>(*tile).channel = kb.mul(channels, shape.block);
    return tile;
  }

  /// Stores the pixels of a tile with bias, residual and activation: all of them grow with their argument, so that they
  /// may follow a maximum.
  void store(Value channels, Value row, Value tile, Value start, llvm::ArrayRef<Values> pixels) {
    int64_t block = shape.block, rowSize = window.out[2] / shape.pool;
    std::unique_ptr<ContractionTile> stored = makeTile(channels);
    Values values;
    for (auto [i, pixelRow] : llvm::enumerate(pixels))
      for (auto [j, pixel] : llvm::enumerate(pixelRow)) {
        values.push_back(finishSum(pixel, start));
        stored->outputOffsets.push_back((static_cast<int64_t>(i) * rowSize + static_cast<int64_t>(j)) * block);
      }
    stored->pixelOffsets = stored->outputOffsets;
    Value y = kb.mul(kb.add(firstRow, row), plan.tiling.outputs[0] / shape.pool * rowSize);
    y = kb.add(y, kb.mul(tile, plan.tiling.outputs[1] / shape.pool));
    y = kb.add(y, kb.mul(channels, window.getNumOutputs() / (shape.pool * shape.pool)));
    stored->finish(kb, kb.mul(y, block), values);
  }

  KernelBuilder &kb;
  const WinogradPlan &plan;
  const TargetFacts &facts;
  const ConvolutionShape &shape;
  const WindowShape &window;
  Value products, bias, scales, residual, output, firstRow;
};

} // namespace

func::FuncOp getWinogradOutputKernel(KernelContext &context, Location loc, const WinogradPlan &plan, int64_t rows) {
  const ConvolutionShape &shape = plan.shape;
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments(getKernelType(loc.getContext(), shape, /*filterSize=*/1).getInputs());
  arguments.erase(arguments.begin() + 1);
  arguments.front() = plan.product.getProductType();
  arguments.push_back(b.getIndexType());
  return context.getOrCreateKernel("winograd_output_" + plan.getName(rows), b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     OutputEmitter(kb, plan, context.getFacts(), args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
