//===- WinogradOutput.cpp - products and outputs of Winograd convolutions -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "LinearMap.h"

using namespace mlir;

namespace winnow::kernel {

/// Filter rows that are prefetched ahead: each row serves few tiles, and where
/// filters do not fit the second level cache they all come from farther away.
static constexpr int64_t kPrefetchRows = 24;

namespace {

/// Emits one matrix product for each point:
///
///   for points, for groups of output channels, for tiles: a register tile
///     for blocks of input channels, for channels of a block: one step
class ProductEmitter {
public:
  ProductEmitter(KernelBuilder &kb, const WinogradPlan &plan, ValueRange args)
      : kb(kb), plan(plan), shape(plan.shape), transformed(args[0]), filter(args[1]), products(args[2]) {}

  void emit(int64_t rows) {
    int64_t blocks = shape.getOutBlocks(), full = blocks / shape.vectors, tiles = plan.getNumTiles(rows);
    int64_t blockSize = shape.inChannels * shape.block;
    int64_t points = plan.tiling.getNumPoints(), groups = full + (blocks % shape.vectors != 0);
    kb.split("points", points, kb.index(0), kb.index(points), 1, [&](Value point) {
      Value x = kb.mul(point, plan.getInputPlane()), y = kb.mul(point, plan.getProductPlane());
      Value w = kb.mul(point, blocks * blockSize);
      auto emitGroup = [&](Value outBlock, int64_t vectors) {
        emitTiles(x, kb.add(w, kb.mul(outBlock, blockSize)), kb.add(y, kb.mul(outBlock, getBlockStride())), vectors,
                  tiles);
      };
      kb.split(kChannelAxis, groups, kb.index(0), kb.index(full), 1,
               [&](Value group) { emitGroup(kb.mul(group, shape.vectors), shape.vectors); });
      if (int64_t rest = blocks % shape.vectors)
        kb.split(kChannelAxis, groups, kb.index(full), kb.index(groups), 1,
                 [&](Value) { emitGroup(kb.index(full * shape.vectors), rest); });
    });
  }

private:
  /// Elements from one block of channels to the next in scratch memory.
  int64_t getBlockStride() const { return plan.getNumTiles(plan.tiling.chunkRows) * shape.block; }

  /// All tiles for one group of output channels, cut evenly.
  void emitTiles(Value x, Value w, Value y, int64_t vectors, int64_t tiles) {
    int64_t most = std::min(shape.pixels, tiles), count = (tiles + most - 1) / most;
    int64_t small = tiles / count, large = tiles % count;
    auto emitSpan = [&](int64_t size, int64_t first, int64_t number) {
      kb.loop(0, number, 1, [&](Value i) {
        Value offset = kb.mul(kb.add(kb.mul(i, size), first), shape.block);
        emitTile(kb.add(x, offset), w, kb.add(y, offset), vectors, size);
      });
    };
    emitSpan(small + 1, 0, large);
    emitSpan(small, large * (small + 1), count - large);
  }

  void emitTile(Value x, Value w, Value y, int64_t vectors, int64_t size) {
    ContractionTile tile;
    tile.computeType = shape.computeType;
    tile.lanes = tile.channelStride = shape.block;
    tile.fma = plan.fma;
    tile.pixelBuffer = transformed;
    tile.channelBuffer = filter;
    tile.vectors = vectors;
    tile.prefetchDistance = kPrefetchRows * vectors * shape.block;
    tile.output = products;
    tile.outputStride = getBlockStride();
    for (int64_t p = 0; p < size; ++p)
      tile.pixelOffsets.push_back(p * shape.block);
    tile.outputOffsets = tile.pixelOffsets;
    int64_t rowSize = vectors * shape.block, full = shape.inChannels / shape.block;
    auto emitChannels = [&](Value block, int64_t channels, ValueRange carried) {
      Value xBlock = kb.add(x, kb.mul(block, getBlockStride())),
            wBlock = kb.add(w, kb.mul(block, shape.block * rowSize));
      return kb.loop(kb.index(0), kb.index(channels), 1, carried, [&](Value c, ValueRange carried) {
        Values values(carried.begin(), carried.end());
        tile.step(kb, kb.add(xBlock, c), kb.add(wBlock, kb.mul(c, rowSize)), values);
        return values;
      });
    };
    Values accumulators = tile.initialize(kb, kb.index(0));
    accumulators = kb.loop(kb.index(0), kb.index(full), 1, accumulators,
                           [&](Value block, ValueRange carried) { return emitChannels(block, shape.block, carried); });
    // Channels that do not exist are never read.
    if (int64_t rest = shape.inChannels % shape.block)
      accumulators = emitChannels(kb.index(full), rest, accumulators);
    tile.finish(kb, y, accumulators);
  }

  KernelBuilder &kb;
  const WinogradPlan &plan;
  const ConvolutionShape &shape;
  Value transformed, filter, products;
};

/// Emits A^T m A of each tile in registers, with bias, residual and activation.
class OutputEmitter {
public:
  OutputEmitter(KernelBuilder &kb, const WinogradPlan &plan, ValueRange args)
      : kb(kb), plan(plan), shape(plan.shape), window(plan.shape.window) {
    unsigned next = 0;
    products = args[next++];
    bias = shape.bias ? args[next++] : Value();
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
    Value at = kb.add(kb.mul(channels, plan.getNumTiles(plan.tiling.chunkRows)), kb.mul(row, plan.tiling.tiles[1]));
    at = kb.mul(kb.add(at, tile), block);
    llvm::SmallVector<Values> half(height);
    for (int64_t j = 0; j < columns; ++j) {
      Values inputs;
      for (int64_t i = 0; i < rows; ++i)
        inputs.push_back(loadVector(kb, products, kb.add(at, (i * columns + j) * plan.getProductPlane()), block));
      Values outputs = emitLinearMap(kb, plan.transforms[0].outputTransform, inputs, plan.fma);
      for (int64_t i = 0; i < height; ++i)
        half[i].push_back(outputs[i]);
    }
    ContractionTile stored;
    stored.computeType = shape.computeType;
    stored.lanes = block;
    stored.output = output;
    stored.epilogue.residual = residual;
    stored.epilogue.activation = shape.activation;
    Values values;
    for (int64_t i = 0; i < height; ++i) {
      Values outputs = emitLinearMap(kb, plan.transforms[1].outputTransform, half[i], plan.fma);
      for (int64_t j = 0; j < width; ++j) {
        values.push_back(start ? arith::AddFOp::create(kb.builder, kb.loc, outputs[j], start).getResult() : outputs[j]);
        stored.outputOffsets.push_back((i * window.out[2] + j) * block);
      }
    }
    stored.pixelOffsets = stored.outputOffsets;
    Value y = kb.mul(kb.add(firstRow, row), plan.tiling.outputs[0] * window.out[2]);
    y = kb.add(kb.add(y, kb.mul(tile, plan.tiling.outputs[1])), kb.mul(channels, window.getNumOutputs()));
    stored.finish(kb, kb.mul(y, block), values);
  }

  KernelBuilder &kb;
  const WinogradPlan &plan;
  const ConvolutionShape &shape;
  const WindowShape &window;
  Value products, bias, residual, output, firstRow;
};

} // namespace

func::FuncOp getWinogradProductKernel(KernelContext &context, Location loc, const WinogradPlan &plan, int64_t rows) {
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments{
      plan.getInputType(), MemRefType::get({plan.getFilterSize()}, plan.shape.computeType), plan.getProductType()};
  std::string name;
  llvm::raw_string_ostream(name) << "winograd_product_" << plan.shape.inChannels << "to" << plan.shape.outChannels
                                 << "_b" << plan.shape.block << "_n" << plan.tiling.getNumPoints() << "_"
                                 << plan.getNumTiles(rows) << "of" << plan.getNumTiles(plan.tiling.chunkRows) << "_t"
                                 << plan.shape.pixels << "x" << plan.shape.vectors;
  return context.getOrCreateKernel(name, b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     ProductEmitter(kb, plan, args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

func::FuncOp getWinogradOutputKernel(KernelContext &context, Location loc, const WinogradPlan &plan, int64_t rows) {
  const ConvolutionShape &shape = plan.shape;
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments{plan.getProductType()};
  if (shape.bias)
    arguments.push_back(MemRefType::get({shape.getOutBlocks() * shape.block}, shape.computeType));
  arguments.append(1 + shape.residual, getFlatType(shape.getOutSize(), shape.outType));
  arguments.push_back(b.getIndexType());
  return context.getOrCreateKernel("winograd_output_" + plan.getName(rows), b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     OutputEmitter(kb, plan, args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
