//===- FourierInput.cpp - inputs of FFT convolutions ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each tile is transformed row by row into a buffer of the first level cache,
// then column by column. Rows that reach over the image are copied between
// zeros first; rows outside of it are zeros and need no transform.
//
//===----------------------------------------------------------------------===//

#include "FourierKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "FourierTransform.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

class InputEmitter {
public:
  InputEmitter(KernelBuilder &kb, const FourierPlan &plan, ValueRange args)
      : kb(kb), plan(plan), window(plan.shape.window), tiling(plan.tiling), block(plan.shape.block), input(args[0]),
        transformed(args[1]), firstRow(args[2]), fft(kb, plan.product.fma) {
    auto allocate = [&](MemRefType type) {
      return memref::AllocaOp::create(kb.builder, kb.loc, type, kb.builder.getI64IntegerAttr(64));
    };
    columns = allocate(plan.getColumnsType());
    line = allocate(MemRefType::get({tiling.size[1] * block}, plan.shape.computeType));
    zero = splat(kb, VectorType::get({block}, plan.shape.computeType), 0.0);
  }

  void emit(int64_t rows) {
    int64_t blocks = plan.shape.getInBlocks();
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value channels) {
      kb.split(kRowAxis, rows, kb.index(0), kb.index(rows), 1,
               [&](Value row) { kb.loop(0, tiling.tiles[1], 1, [&](Value tile) { emitTile(channels, row, tile); }); });
    });
  }

private:
  void emitTile(Value channels, Value row, Value tile) {
    Value top = kb.add(kb.mul(kb.add(firstRow, row), tiling.outputs[0]), -window.pad[1]);
    Value left = kb.add(kb.mul(tile, tiling.outputs[1]), -window.pad[2]);
    emitRows(channels, top, left);
    Value at = kb.add(kb.mul(row, tiling.tiles[1]), tile);
    at = kb.add(kb.mul(at, plan.product.getTileStride()), kb.mul(channels, plan.product.getBlockStride()));
    for (int64_t i = 0; i < tiling.getNumRealColumns(); ++i)
      emitRealColumn(kb.index(i * (tiling.getNumColumns() - 1)), kb.add(at, i * tiling.getRealColumnPoints() * block));
    int64_t points = tiling.getNumRealColumns() * tiling.getRealColumnPoints();
    forRange(kb.index(1), kb.index(tiling.getNumColumns() - 1), [&](Value column) {
      Value point = kb.add(kb.mul(kb.add(column, -1), tiling.getComplexColumnPoints()), points);
      emitColumn(column, kb.add(at, kb.mul(point, block)));
    });
  }

  void forRange(Value first, Value end, llvm::function_ref<void(Value)> body) {
    kb.loop(first, end, 1, {}, [&](Value i, ValueRange) {
      body(i);
      return Values();
    });
  }

  /// The transforms of all rows of the tile whose first position is at `top` and `left`.
  void emitRows(Value channels, Value top, Value left) {
    // Rows [first, end) and columns [begin, stop) of the tile lie inside the image.
    auto getRange = [&](Value start, int64_t size, int64_t extent) -> std::pair<Value, Value> {
      Value first = kb.min(kb.max(kb.sub(kb.index(0), start), kb.index(0)), kb.index(size));
      return {first, kb.max(kb.min(kb.sub(kb.index(extent), start), kb.index(size)), first)};
    };
    Value first, end, begin, stop;
    std::tie(first, end) = getRange(top, tiling.size[0], window.in[1]);
    std::tie(begin, stop) = getRange(left, tiling.size[1], window.in[2]);
    auto clear = [&](Value row) {
      for (int64_t i = 0; i < 2 * tiling.getNumColumns(); ++i)
        storeVector(kb, zero, columns, kb.add(kb.mul(row, plan.getRowSize()), i * block));
    };
    forRange(kb.index(0), first, clear);
    forRange(end, kb.index(tiling.size[0]), clear);

    Value start = kb.add(kb.mul(channels, window.in[1]), top);
    start = kb.mul(kb.add(kb.mul(start, window.in[2]), left), block);
    OpBuilder &b = kb.builder;
    Value width = kb.sub(stop, begin);
    Value isInside = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::eq, width, kb.index(tiling.size[1]));
    auto choice = scf::IfOp::create(b, kb.loc, TypeRange(), isInside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(choice.thenBlock()->getTerminator());
    forRange(first, end, [&](Value row) { emitRow(input, kb.add(start, kb.mul(row, window.in[2] * block)), row); });
    b.setInsertionPoint(choice.elseBlock()->getTerminator());
    auto clearLine = [&](Value column) { storeVector(kb, zero, line, kb.mul(column, block)); };
    forRange(kb.index(0), begin, clearLine);
    forRange(stop, kb.index(tiling.size[1]), clearLine);
    forRange(first, end, [&](Value row) {
      Value from = kb.add(start, kb.mul(row, window.in[2] * block));
      forRange(begin, stop, [&](Value column) {
        Value offset = kb.mul(column, block);
        storeVector(kb, loadVector(kb, input, kb.add(from, offset), block), line, offset);
      });
      emitRow(line, kb.index(0), row);
    });
  }

  /// The transform of the row that lies at `from`.
  void emitRow(Value source, Value from, Value row) {
    Values inputs;
    for (int64_t j = 0; j < tiling.size[1]; ++j)
      inputs.push_back(loadVector(kb, source, kb.add(from, j * block), block));
    Value to = kb.mul(row, plan.getRowSize());
    for (auto [j, value] : llvm::enumerate(fft.forwardReal(inputs))) {
      storeVector(kb, value.re, columns, kb.add(to, 2 * static_cast<int64_t>(j) * block));
      if (value.im)
        storeVector(kb, value.im, columns, kb.add(to, (2 * static_cast<int64_t>(j) + 1) * block));
    }
  }

  /// Where part `part` (0: real, 1: imaginary) of a column lies in row `row`.
  Value loadColumn(Value column, int64_t row, int64_t part) {
    return loadVector(kb, columns, kb.add(kb.mul(column, 2 * block), row * plan.getRowSize() + part * block), block);
  }

  /// x + y, x and y of a complex point.
  void storePoint(const Complex &value, Value at) {
    storeVector(kb, fft.add(value.re, value.im), transformed, at);
    storeVector(kb, value.re, transformed, kb.add(at, block));
    storeVector(kb, value.im, transformed, kb.add(at, 2 * block));
  }

  void emitRealColumn(Value column, Value at) {
    Values inputs;
    for (int64_t i = 0; i < tiling.size[0]; ++i)
      inputs.push_back(loadColumn(column, i, 0));
    for (auto [i, value] : llvm::enumerate(fft.forwardReal(inputs))) {
      Value to = kb.add(at, tiling.getRealPoint(static_cast<int64_t>(i)) * block);
      if (tiling.isReal(0, static_cast<int64_t>(i)))
        storeVector(kb, value.re, transformed, to);
      else
        storePoint(value, to);
    }
  }

  void emitColumn(Value column, Value at) {
    Complexes inputs;
    for (int64_t i = 0; i < tiling.size[0]; ++i)
      inputs.push_back({loadColumn(column, i, 0), loadColumn(column, i, 1)});
    for (auto [i, value] : llvm::enumerate(fft.forward(inputs)))
      storePoint(value, kb.add(at, 3 * static_cast<int64_t>(i) * block));
  }

  KernelBuilder &kb;
  const FourierPlan &plan;
  const WindowShape &window;
  const FourierTiling &tiling;
  int64_t block;
  Value input, transformed, firstRow;
  FourierTransform fft;
  Value columns; ///< [row][column][real, imaginary][block]
  Value line;    ///< a row that reaches over the image
  Value zero;
};

} // namespace

func::FuncOp getFourierInputKernel(KernelContext &context, Location loc, const FourierPlan &plan, int64_t rows) {
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments{getFlatType(plan.shape.getInSize(), plan.shape.inType), plan.product.getInputType(),
                                    b.getIndexType()};
  // Nothing of the outputs belongs to the name: convolutions of equal inputs share the kernel.
  std::string name;
  llvm::raw_string_ostream(name) << "fft_input_" << plan.shape.inChannels << "_" << plan.shape.window.getName() << "_b"
                                 << plan.shape.block << "_" << getTypeName(plan.shape.inType) << "_"
                                 << plan.getName(rows);
  return context.getOrCreateKernel(name, b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     InputEmitter(kb, plan, args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
