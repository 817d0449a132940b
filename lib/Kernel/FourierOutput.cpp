//===- FourierOutput.cpp - outputs of FFT convolutions --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The products of each tile are transformed back column by column into a buffer
// of the first level cache, then row by row, of which only those that the image
// has, with bias, residual and activation.
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

class OutputEmitter {
public:
  OutputEmitter(KernelBuilder &kb, const FourierPlan &plan, ValueRange args)
      : kb(kb), plan(plan), shape(plan.shape), window(plan.shape.window), tiling(plan.tiling), block(plan.shape.block),
        fft(kb, plan.product.fma) {
    unsigned next = 0;
    products = args[next++];
    bias = shape.bias ? args[next++] : Value();
    residual = shape.residual ? args[next++] : Value();
    output = args[next++];
    firstRow = args[next++];
    columns = memref::AllocaOp::create(kb.builder, kb.loc, plan.getColumnsType(), kb.builder.getI64IntegerAttr(64));
  }

  void emit(int64_t rows) {
    int64_t blocks = shape.getOutBlocks(), full = window.out[2] / tiling.outputs[1];
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value channels) {
      Value start = bias ? loadVector(kb, bias, kb.mul(channels, block), block) : Value();
      kb.split(kRowAxis, rows, kb.index(0), kb.index(rows), 1, [&](Value row) {
        kb.loop(0, full, 1, [&](Value tile) { emitTile(channels, row, tile, start, tiling.outputs[1]); });
        if (int64_t rest = window.out[2] % tiling.outputs[1])
          emitTile(channels, row, kb.index(full), start, rest);
      });
    });
  }

private:
  void emitTile(Value channels, Value row, Value tile, Value start, int64_t width) {
    Value at = kb.add(kb.mul(row, tiling.tiles[1]), tile);
    at = kb.add(kb.mul(at, plan.product.getTileStride()), kb.mul(channels, plan.product.getBlockStride()));
    for (int64_t i = 0; i < tiling.getNumRealColumns(); ++i)
      emitRealColumn(i * (tiling.getNumColumns() - 1), kb.add(at, i * tiling.getRealColumnPoints() * block));
    int64_t points = tiling.getNumRealColumns() * tiling.getRealColumnPoints();
    kb.loop(1, tiling.getNumColumns() - 1, 1, [&](Value column) {
      Value point = kb.add(kb.mul(kb.add(column, -1), tiling.getComplexColumnPoints()), points);
      emitColumn(column, kb.add(at, kb.mul(point, block)));
    });
    Value top = kb.mul(kb.add(firstRow, row), tiling.outputs[0]);
    Value end = kb.min(kb.index(tiling.outputs[0]), kb.sub(kb.index(window.out[1]), top));
    Value y = kb.add(kb.mul(channels, window.getNumOutputs()), kb.mul(tile, tiling.outputs[1]));
    y = kb.add(y, kb.mul(top, window.out[2]));
    kb.loop(kb.index(0), end, 1, {}, [&](Value i, ValueRange) {
      emitRow(i, kb.mul(kb.add(y, kb.mul(i, window.out[2])), block), start, width);
      return Values();
    });
  }

  /// A complex point from its three products: a (x + y) - y (a + b) and a (x + y) + x (b - a).
  Complex loadPoint(Value at) {
    Value common = loadVector(kb, products, at, block);
    Value x = loadVector(kb, products, kb.add(at, block), block);
    Value y = loadVector(kb, products, kb.add(at, 2 * block), block);
    return {fft.subtract(common, y), fft.add(common, x)};
  }

  void emitRealColumn(int64_t column, Value at) {
    Complexes inputs;
    for (int64_t i = 0; i < tiling.getRealRows(); ++i) {
      Value from = kb.add(at, tiling.getRealPoint(i) * block);
      inputs.push_back(tiling.isReal(0, i) ? Complex{loadVector(kb, products, from, block), {}} : loadPoint(from));
    }
    Values values = fft.inverseReal(inputs, tiling.size[0]);
    for (int64_t i = 0; i < tiling.outputs[0]; ++i)
      storeVector(kb, values[i], columns, kb.index(i * plan.getRowSize() + 2 * column * block));
  }

  void emitColumn(Value column, Value at) {
    Complexes inputs;
    for (int64_t i = 0; i < tiling.size[0]; ++i)
      inputs.push_back(loadPoint(kb.add(at, 3 * i * block)));
    Complexes values = fft.inverse(inputs);
    for (int64_t i = 0; i < tiling.outputs[0]; ++i) {
      Value to = kb.add(kb.mul(column, 2 * block), i * plan.getRowSize());
      storeVector(kb, values[i].re, columns, to);
      storeVector(kb, values[i].im, columns, kb.add(to, block));
    }
  }

  /// The first `width` outputs of row `row`, which belong at `y`.
  void emitRow(Value row, Value y, Value start, int64_t width) {
    Complexes inputs;
    for (int64_t j = 0; j < tiling.getNumColumns(); ++j) {
      Value from = kb.add(kb.mul(row, plan.getRowSize()), 2 * j * block);
      Value im = tiling.isReal(1, j) ? Value() : loadVector(kb, columns, kb.add(from, block), block);
      inputs.push_back({loadVector(kb, columns, from, block), im});
    }
    Values values = fft.inverseReal(inputs, tiling.size[1]);
    values.resize(width);
    ContractionTile stored;
    stored.computeType = shape.computeType;
    stored.lanes = block;
    stored.output = output;
    stored.epilogue.residual = residual;
    stored.epilogue.activation = shape.activation;
    for (int64_t j = 0; j < width; ++j) {
      if (start)
        values[j] = arith::AddFOp::create(kb.builder, kb.loc, values[j], start);
      stored.outputOffsets.push_back(j * block);
    }
    stored.pixelOffsets = stored.outputOffsets;
    stored.finish(kb, y, values);
  }

  KernelBuilder &kb;
  const FourierPlan &plan;
  const ConvolutionShape &shape;
  const WindowShape &window;
  const FourierTiling &tiling;
  int64_t block;
  FourierTransform fft;
  Value products, bias, residual, output, firstRow;
  Value columns; ///< [row][column][real, imaginary][block]
};

} // namespace

func::FuncOp getFourierOutputKernel(KernelContext &context, Location loc, const FourierPlan &plan, int64_t rows) {
  const ConvolutionShape &shape = plan.shape;
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments{plan.product.getProductType()};
  if (shape.bias)
    arguments.push_back(MemRefType::get({shape.getOutBlocks() * shape.block}, shape.computeType));
  arguments.append(1 + shape.residual, getFlatType(shape.getOutSize(), shape.outType));
  arguments.push_back(b.getIndexType());
  return context.getOrCreateKernel("fft_output_" + shape.getName() + "_" + plan.getName(rows),
                                   b.getFunctionType(arguments, {}), [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     OutputEmitter(kb, plan, args).emit(rows);
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
