//===- WinogradInput.cpp - inputs of Winograd convolutions ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// B^T d B of all tiles of a row, first along columns, then along rows. The first
// step works on whole rows of the image, so that tiles share the columns in
// which they overlap, into a buffer of the first level cache that has zeros
// where the padding is; the second step never meets a border. Of bytes, a vector
// holds two neighbouring pixels in the first step and two tiles in the second.
//
//===----------------------------------------------------------------------===//

#include "WinogradKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "LinearMap.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

class InputEmitter {
public:
  InputEmitter(KernelBuilder &kb, const WinogradPlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), plan(plan), window(plan.shape.window), block(plan.shape.block), input(args[0]), transformed(args[1]),
        firstRow(args[2]) {
    int64_t rows = plan.tiling.getTileExtent(0), step = plan.tiling.outputs[1], taps = plan.tiling.taps[1];
    int64_t most = (facts.l1Bytes / 3 / (rows * block * plan.getInputBytes()) - taps + 1) / step;
    int64_t tiles = plan.tiling.tiles[1],
            strips = (tiles + std::max<int64_t>(1, most) - 1) / std::max<int64_t>(1, most);
    stripTiles = (tiles + strips - 1) / strips;
    // The first column of the image is the first of a vector.
    shift = std::max<int64_t>(0, window.pad[2]) % plan.getRun();
    stripColumns = static_cast<int64_t>(llvm::alignTo(shift + stripTiles * step + taps - 1, plan.getRun()));
    auto type = MemRefType::get({rows * stripColumns * block}, plan.product.type);
    columns = memref::AllocaOp::create(kb.builder, kb.loc, type, kb.builder.getI64IntegerAttr(64));
  }

  void emit(int64_t rows) {
    int64_t blocks = plan.shape.getInBlocks();
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value channels) {
      kb.split(kRowAxis, rows, kb.index(0), kb.index(rows), 1, [&](Value row) {
        kb.loop(0, plan.tiling.tiles[1], stripTiles, [&](Value tile) { emitStrip(channels, row, tile); });
      });
    });
  }

private:
  /// Gets a position and how many from it on one vector holds.
  using Lambda = llvm::function_ref<void(Value, int64_t)>;

  void forColumns(Value first, Value end, int64_t step, Lambda body) {
    kb.loop(first, end, step, {}, [&](Value column, ValueRange) {
      body(column, step);
      return Values();
    });
  }

  /// Positions [first, end), as many at once as a vector holds. Vectors start where `phase` and the position together
  /// are a multiple of that: they would lie in two lines each otherwise.
  void forVectors(Value first, Value end, Value phase, Lambda body) {
    int64_t run = plan.getRun();
    if (run == 1)
      return forColumns(first, end, 1, body);
    Value aligned = kb.min(kb.add(first, kb.rem(kb.add(first, phase), run)), end);
    forColumns(first, aligned, 1, body);
    Value whole = kb.add(aligned, kb.mul(kb.div(kb.sub(end, aligned), run), run));
    forColumns(aligned, whole, run, body);
    forColumns(whole, end, 1, body);
  }

  VectorType getVectorType(int64_t pixels) const { return VectorType::get({pixels * block}, plan.product.type); }

  /// Pixels of the image without the zero point of bytes.
  Value loadPixels(Value position, int64_t pixels) {
    Value loaded = loadVector(kb, input, position, pixels * block);
    if (!plan.shape.quantized)
      return loaded;
    VectorType type = getVectorType(pixels);
    Value wide = arith::ExtUIOp::create(kb.builder, kb.loc, type, loaded);
    int64_t zero = plan.shape.quantized->inputZero;
    return zero
               ? arith::SubIOp::create(kb.builder, kb.loc, wide, splat(kb, type, static_cast<double>(zero))).getResult()
               : wide;
  }

  void emitStrip(Value channels, Value row, Value tile) {
    Value count = kb.min(kb.index(stripTiles), kb.sub(kb.index(plan.tiling.tiles[1]), tile));
    Value width = kb.add(kb.mul(count, plan.tiling.outputs[1]), plan.tiling.taps[1] - 1);
    Value left = kb.add(kb.mul(tile, plan.tiling.outputs[1]), -window.pad[2]);
    // Columns [first, end) lie inside the image.
    Value first = kb.min(kb.max(kb.sub(kb.index(0), left), kb.index(0)), width);
    Value end = kb.max(kb.min(kb.sub(kb.index(window.in[2]), left), width), first);
    Value zero = splat(kb, getVectorType(1), 0.0);
    auto clear = [&](Value column, int64_t) {
      for (int64_t i = 0; i < plan.tiling.getTileExtent(0); ++i)
        storeVector(kb, zero, columns, getColumn(i, column));
    };
    forColumns(kb.index(0), first, 1, clear);
    forColumns(end, width, 1, clear);
    Value top = kb.add(kb.mul(kb.add(firstRow, row), plan.tiling.outputs[0]), -window.pad[1]);
    emitColumns(channels, top, left, first, end);
    Value at = kb.add(kb.add(kb.mul(channels, plan.product.pitch), tile), kb.mul(row, plan.tiling.tiles[1]));
    forVectors(kb.index(0), count, at,
               [&](Value t, int64_t tiles) { emitTiles(t, kb.mul(kb.add(at, t), block), tiles); });
  }

  Value getColumn(int64_t row, Value column) {
    return kb.add(kb.mul(column, block), (row * stripColumns + shift) * block);
  }

  /// The first step on columns [first, end) of the strip; `top` and `left` are where its first tile starts.
  void emitColumns(Value channels, Value top, Value left, Value first, Value end) {
    int64_t rows = plan.tiling.getTileExtent(0), rowSize = window.in[2] * block;
    Value image = kb.add(kb.mul(channels, window.in[1] * rowSize), kb.mul(left, block));
    auto inside = [&] {
      Value start = kb.add(image, kb.mul(top, rowSize));
      forVectors(first, end, kb.index(shift), [&](Value column, int64_t pixels) {
        Value at = kb.add(start, kb.mul(column, block));
        Values inputs;
        for (int64_t i = 0; i < rows; ++i)
          inputs.push_back(loadPixels(kb.add(at, i * rowSize), pixels));
        storeColumn(inputs, column);
      });
    };
    if (window.pad[1] == 0 && window.in[1] >= plan.tiling.tiles[0] * plan.tiling.outputs[0] + plan.tiling.taps[0] - 1)
      return inside();

    OpBuilder &b = kb.builder;
    auto compare = [&](arith::CmpIPredicate predicate, Value lhs, Value rhs) -> Value {
      return arith::CmpIOp::create(b, kb.loc, predicate, lhs, rhs);
    };
    Value isInside = arith::AndIOp::create(b, kb.loc, compare(arith::CmpIPredicate::sge, top, kb.index(0)),
                                           compare(arith::CmpIPredicate::sle, top, kb.index(window.in[1] - rows)));
    auto choice = scf::IfOp::create(b, kb.loc, TypeRange(), isInside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(choice.thenBlock()->getTerminator());
    inside();
    b.setInsertionPoint(choice.elseBlock()->getTerminator());
    // Rows outside are read from the nearest one inside, and dropped.
    Values starts, insides;
    for (int64_t i = 0; i < rows; ++i) {
      Value y = kb.add(top, i), nearest = kb.min(kb.max(y, kb.index(0)), kb.index(window.in[1] - 1));
      starts.push_back(kb.add(image, kb.mul(nearest, rowSize)));
      insides.push_back(compare(arith::CmpIPredicate::eq, y, nearest));
    }
    forVectors(first, end, kb.index(shift), [&](Value column, int64_t pixels) {
      auto maskType = VectorType::get({pixels * block}, b.getI1Type());
      Value zero = splat(kb, getVectorType(pixels), 0.0);
      Values inputs;
      for (auto [start, isRowInside] : llvm::zip_equal(starts, insides)) {
        Value mask = vector::BroadcastOp::create(b, kb.loc, maskType, isRowInside);
        Value element = loadPixels(kb.add(start, kb.mul(column, block)), pixels);
        inputs.push_back(arith::SelectOp::create(b, kb.loc, mask, element, zero));
      }
      storeColumn(inputs, column);
    });
  }

  void storeColumn(ValueRange inputs, Value column) {
    Values outputs = emitLinearMap(kb, plan.transforms[0].inputTransform, inputs, plan.fma);
    for (auto [i, value] : llvm::enumerate(outputs))
      storeVector(kb, value, columns, getColumn(i, column));
  }

  /// The vectors of the strip at `position` that `tiles` tiles in a row have, side by side.
  Value loadColumns(Value position, int64_t tiles) {
    Value all;
    for (int64_t t = 0; t < tiles; ++t) {
      Value one = loadVector(kb, columns, kb.add(position, t * plan.tiling.outputs[1] * block), block);
      auto indices = llvm::to_vector(llvm::seq<int64_t>(0, (t + 1) * block));
      all = all ? vector::ShuffleOp::create(kb.builder, kb.loc, all, one, indices).getResult() : one;
    }
    return all;
  }

  /// The second step on `tiles` tiles of the strip from `tile` on.
  void emitTiles(Value tile, Value at, int64_t tiles) {
    int64_t extent = plan.tiling.getTileExtent(1);
    Value column = kb.mul(tile, plan.tiling.outputs[1]);
    for (int64_t i = 0; i < plan.tiling.getTileExtent(0); ++i) {
      Values inputs;
      for (int64_t j = 0; j < extent; ++j)
        inputs.push_back(loadColumns(kb.add(getColumn(i, column), j * block), tiles));
      Values outputs = emitLinearMap(kb, plan.transforms[1].inputTransform, inputs, plan.fma);
      for (auto [j, value] : llvm::enumerate(outputs))
        storeVector(kb, value, transformed,
                    kb.add(at, (i * extent + static_cast<int64_t>(j)) * plan.product.getInputPlane()));
    }
  }

  KernelBuilder &kb;
  const WinogradPlan &plan;
  const WindowShape &window;
  int64_t block;
  Value input, transformed, firstRow;
  Value columns; ///< [row of a tile][column of the strip][block]
  int64_t stripTiles = 1, stripColumns = 1, shift = 0;
};

} // namespace

func::FuncOp getWinogradInputKernel(KernelContext &context, Location loc, const WinogradPlan &plan, int64_t rows) {
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments{getFlatType(plan.shape.getInSize(), plan.shape.inType), plan.product.getInputType(),
                                    b.getIndexType()};
  // Nothing of the outputs belongs to the name: convolutions of equal inputs share the kernel.
  std::string name;
  llvm::raw_string_ostream(name) << "winograd_input_" << plan.shape.inChannels << "_" << plan.shape.window.getName()
                                 << "_b" << plan.shape.block << "_" << getTypeName(plan.shape.inType) << "_m"
                                 << plan.shape.outputs << "_" << rows << "of" << plan.tiling.chunkRows;
  if (plan.shape.quantized)
    name += "_iz" + std::to_string(plan.shape.quantized->inputZero);
  return context.getOrCreateKernel(name, b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     InputEmitter(kb, plan, context.getFacts(), args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
