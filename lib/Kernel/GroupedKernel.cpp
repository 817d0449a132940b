//===- GroupedKernel.cpp - groups of a few channels -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupedKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionKernel.h"
#include "WindowTiling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

using namespace mlir;

namespace winnow::kernel {

/// Taps beyond this along a row would make borders of many tiles.
static constexpr int64_t kMaxReach = 4;

llvm::StringRef getGroupedObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (shape.getGroupInputs() != shape.getGroupOutputs())
    return "groups have not as many outputs as inputs";
  if (shape.inBlock != shape.block || shape.block % shape.getGroupInputs() != 0)
    return "groups do not fill blocks of channels";
  if (window.out[0] != 1 || window.kernel[0] != 1 || window.in[0] != 1)
    return "there are three spatial dimensions";
  if (window.dilation[2] * (window.kernel[2] - 1) > kMaxReach)
    return "the window is too wide";
  return {};
}

namespace {

/// Emits the body of one kernel:
///
///   for blocks of channels, for rows of tiles, for tiles
///     for rotations
///       for rows of the input, for pixels: one vector, all taps it takes part in
///       rotate the accumulators
class GroupedEmitter {
public:
  GroupedEmitter(KernelBuilder &kb, const ConvolutionShape &shape, bool fma, ValueRange args)
      : kb(kb), shape(shape), window(shape.window), fma(fma), depth(shape.getGroupInputs()) {
    input = args[0];
    filter = args[1];
    tile.computeType = shape.computeType;
    tile.lanes = shape.block;
    tile.fma = fma;
    tile.output = args.back();
    tile.epilogue.bias = shape.bias ? args[2] : Value();
    tile.epilogue.residual = shape.residual ? args[args.size() - 2] : Value();
    tile.epilogue.activation = shape.activation;
    chooseTile();
  }

  void emit() {
    int64_t count = (window.out[1] + tileRows - 1) / tileRows;
    int64_t blocks = shape.getOutBlocks();
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value block) {
      kb.loop(0, count, 1, [&](Value t) {
        // The last row of tiles moves up where it would end below the image: some pixels are computed twice.
        Value row = kb.min(kb.mul(t, tileRows), kb.index(window.out[1] - tileRows));
        forEachSpan(kb, window, 2, tileColumns, [&](const TileSpan &columns) { emitTile(block, row, columns); });
      });
    });
  }

private:
  /// Of all tiles with `pixels` accumulators the one with the fewest multiplications and loads.
  void chooseTile() {
    int64_t best = std::numeric_limits<int64_t>::max();
    auto getExtent = [&](int64_t dim, int64_t count) {
      return (count - 1) * window.stride[dim] + window.dilation[dim] * (window.kernel[dim] - 1) + 1;
    };
    for (int64_t columns = 1; columns <= std::min(shape.pixels, window.out[2]); ++columns) {
      int64_t rows = std::min(shape.pixels / columns, window.out[1]);
      int64_t tiles = ((window.out[2] + columns - 1) / columns) * ((window.out[1] + rows - 1) / rows);
      int64_t cost = tiles * (rows * columns * window.getNumTaps() + getExtent(1, rows) * getExtent(2, columns));
      if (cost > best)
        continue;
      best = cost;
      tileRows = rows;
      tileColumns = columns;
    }
  }

  void emitTile(Value block, Value row, const TileSpan &columns) {
    tile.outputOffsets.clear();
    for (int64_t r = 0; r < tileRows; ++r)
      for (int64_t c = 0; c < columns.count; ++c)
        tile.outputOffsets.push_back((r * window.out[2] + c) * shape.block);
    tile.pixelOffsets = tile.outputOffsets;
    Values sums = tile.initialize(kb, kb.mul(block, shape.block));
    // The row and column of the input at which the window of the tile's first pixel starts.
    Value y = kb.add(kb.mul(row, window.stride[1]), -window.pad[1]);
    Value x = kb.add(kb.mul(columns.start, window.stride[2]), -window.pad[2]);
    Value start = kb.add(kb.mul(kb.add(kb.mul(block, window.in[1]), y), window.in[2]), x);
    start = kb.mul(start, shape.block);
    int64_t taps = window.getNumTaps();
    sums = kb.loop(kb.index(0), kb.index(depth), 1, sums, [&](Value rotation, ValueRange carried) {
      Values values(carried.begin(), carried.end());
      Value from = kb.mul(kb.add(kb.mul(block, depth), rotation), taps * shape.block);
      emitRotation(y, start, from, columns, values);
      fetchBelow(start, rotation, columns);
      for (Value &value : values)
        value = rotate(value);
      return values;
    });
    Value to = kb.add(kb.mul(kb.add(kb.mul(block, window.out[1]), row), window.out[2]), columns.start);
    tile.finish(kb, kb.mul(to, shape.block), sums);
  }

  /// Fetches a part of what the tile below this one will read and this one does not: in all rotations together all of
  /// it, which is time enough where it comes from the second level cache or from farther away. Below the last tile
  /// lies the next block.
  void fetchBelow(Value start, Value rotation, const TileSpan &columns) {
    int64_t width = columns.count * window.stride[2], height = tileRows * window.stride[1];
    int64_t lines = (width * height + depth - 1) / depth;
    int64_t below = height - window.stride[1] + window.dilation[1] * (window.kernel[1] - 1) + 1;
    for (int64_t i = 0; i < lines; ++i) {
      Value line = kb.add(kb.mul(rotation, lines), i);
      Value row = kb.add(kb.div(line, width), below), column = kb.rem(line, width);
      Value at = kb.mul(kb.add(kb.mul(row, window.in[2]), column), shape.block);
      memref::PrefetchOp::create(kb.builder, kb.loc, input, ValueRange{kb.add(start, at)}, /*isWrite=*/false,
                                 /*localityHint=*/3, /*isDataCache=*/true);
    }
  }

  void emitRotation(Value y, Value start, Value from, const TileSpan &columns, Values &sums) {
    Values taps;
    for (int64_t k = 0; k < window.getNumTaps(); ++k)
      taps.push_back(loadVector(kb, filter, kb.add(from, k * shape.block), shape.block));
    int64_t rows = (tileRows - 1) * window.stride[1] + window.dilation[1] * (window.kernel[1] - 1) + 1;
    for (int64_t i = 0; i < rows; ++i) {
      Value inside = isInside(y, i);
      Value at = kb.add(start, i * window.in[2] * shape.block);
      if (!inside) {
        emitRow(i, at, taps, columns, sums);
        continue;
      }
      auto branch = scf::IfOp::create(kb.builder, kb.loc, ValueRange(sums).getTypes(), inside, /*withElse=*/true);
      OpBuilder::InsertionGuard guard(kb.builder);
      kb.builder.setInsertionPointToEnd(branch.elseBlock());
      scf::YieldOp::create(kb.builder, kb.loc, sums);
      kb.builder.setInsertionPointToEnd(branch.thenBlock());
      emitRow(i, at, taps, columns, sums);
      scf::YieldOp::create(kb.builder, kb.loc, sums);
      sums.assign(branch.result_begin(), branch.result_end());
    }
  }

  /// Whether row `i` of the tile's window lies in the input; null where it does for every tile.
  Value isInside(Value y, int64_t i) {
    Value inside, at = kb.add(y, i);
    auto require = [&](arith::CmpIPredicate predicate, int64_t limit) {
      Value holds = arith::CmpIOp::create(kb.builder, kb.loc, predicate, at, kb.index(limit));
      inside = inside ? arith::AndIOp::create(kb.builder, kb.loc, inside, holds).getResult() : holds;
    };
    if (i < window.pad[1])
      require(arith::CmpIPredicate::sge, 0);
    if ((window.out[1] - tileRows) * window.stride[1] - window.pad[1] + i >= window.in[1])
      require(arith::CmpIPredicate::slt, window.in[1]);
    return inside;
  }

  /// All products of row `i` of the tile's window.
  void emitRow(int64_t i, Value at, llvm::ArrayRef<Value> taps, const TileSpan &columns, Values &sums) {
    int64_t width = (columns.count - 1) * window.stride[2] + window.dilation[2] * (window.kernel[2] - 1) + 1;
    for (int64_t j = 0; j < width; ++j) {
      Value element;
      for (int64_t r = 0; r < tileRows; ++r)
        for (int64_t c = 0; c < columns.count; ++c) {
          int64_t tapRow = getTap(1, i - r * window.stride[1]), tapColumn = getTap(2, j - c * window.stride[2]);
          if (tapRow < 0 || tapColumn < 0 || !isColumnInside(columns, c, tapColumn))
            continue;
          if (!element)
            element = loadVector(kb, input, kb.add(at, j * shape.block), shape.block);
          Value &sum = sums[r * columns.count + c];
          sum = multiplyAdd(kb, element, taps[tapRow * window.kernel[2] + tapColumn], sum, fma);
        }
    }
  }

  /// The tap of `dim` that lies `distance` behind the start of the window; -1: none.
  int64_t getTap(int64_t dim, int64_t distance) const {
    int64_t tap = distance / window.dilation[dim];
    bool exists = distance >= 0 && distance % window.dilation[dim] == 0 && tap < window.kernel[dim];
    return exists ? tap : -1;
  }

  static bool isColumnInside(const TileSpan &columns, int64_t column, int64_t tap) {
    return llvm::any_of(columns.taps, [&](const TapRange &range) {
      auto first = KernelBuilder::getConstant(range.first), end = KernelBuilder::getConstant(range.end);
      return first && end && *first <= tap && tap < *end && range.inside[column];
    });
  }

  /// Each lane gets the one before it in its group, the first one the last.
  Value rotate(Value vector) {
    llvm::SmallVector<int64_t> lanes;
    for (int64_t i = 0; i < shape.block; ++i)
      lanes.push_back(i / depth * depth + (i + depth - 1) % depth);
    return vector::ShuffleOp::create(kb.builder, kb.loc, vector, vector, lanes);
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const WindowShape &window;
  bool fma;
  int64_t depth; ///< channels of a group
  int64_t tileRows = 1, tileColumns = 1;
  Value input, filter;
  ContractionTile tile;
};

} // namespace

func::FuncOp getGroupedKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  int64_t filterSize = channels * shape.getGroupInputs() * shape.window.getNumTaps();
  FunctionType type = getKernelType(loc.getContext(), shape, filterSize);
  return context.getOrCreateKernel("grouped_" + shape.getName(), type,
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     GroupedEmitter(kb, shape, context.getFacts().hasFMA, args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
