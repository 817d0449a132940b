//===- PooledKernel.cpp - a convolution and the pool behind it ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PooledKernel.h"

#include "Axis.h"
#include "ConvolutionEmitter.h"
#include "PoolKernel.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

class PooledEmitter {
public:
  PooledEmitter(KernelBuilder &kb, const PooledShape &shape, const TargetFacts &facts,
                const ConvolutionOperands &operands, Value output)
      : kb(kb), shape(shape), window(shape.pool.window), block(shape.conv.block), ring(operands.output),
        conv(kb, shape.conv, facts, operands),
        rows(kb, window, shape.pool.getBlocks(), block, shape.pool.pixels, ring) {
    conv.setRing(shape.getRingRows());
    setPool(rows, kb, shape.pool, output);
    // A cell on the stack and not a value that the loop carries: such a loop could not be divided among threads.
    next = memref::AllocaOp::create(kb.builder, kb.loc, MemRefType::get({1}, kb.builder.getIndexType()));
  }

  void emit() {
    conv.forEachGroup([&](const ChannelGroup &group) {
      memref::StoreOp::create(kb.builder, kb.loc, kb.index(0), next, ValueRange{kb.index(0)});
      kb.split(kRowAxis, window.out[1], kb.index(0), kb.index(window.out[1]), 1, [&](Value row) {
        emitConvolution(group, row);
        emitPool(group, row);
      });
    });
  }

private:
  /// The rows of the convolution that row `row` of the pool reads and that are not in the ring yet.
  void emitConvolution(const ChannelGroup &group, Value row) {
    Value zero = kb.index(0), start = kb.add(kb.mul(row, window.stride[1]), -window.pad[1]);
    Value end = kb.min(kb.add(start, shape.getRingRows()), kb.index(window.in[1]));
    Value computed = memref::LoadOp::create(kb.builder, kb.loc, next, ValueRange{zero});
    kb.loop(kb.max(computed, start), end, 1, {}, [&](Value at, ValueRange) {
      conv.emitRow(group, zero, getTapsAt(kb, shape.conv.window, 0, zero),
                   {at, 1, {getTapsAt(kb, shape.conv.window, 1, at)}});
      return Values();
    });
    memref::StoreOp::create(kb.builder, kb.loc, end, next, ValueRange{zero});
  }

  void emitPool(const ChannelGroup &group, Value row) {
    int64_t rowSize = window.in[2] * block;
    kb.loop(0, group.vectors, 1, [&](Value vector) {
      rows.locateRow = [&](const RowWindow::Tile &at, Value kh) {
        Value from = kb.add(kb.mul(at.row, window.stride[1]), -window.pad[1]);
        from = kb.rem(kb.add(from, kb.mul(kh, window.dilation[1])), shape.getRingRows());
        return kb.mul(kb.add(kb.mul(vector, shape.getRingRows()), from), rowSize);
      };
      rows.emitRow(kb.add(group.outBlock, vector), kb.index(0), row);
    });
  }

  KernelBuilder &kb;
  const PooledShape &shape;
  const WindowShape &window;
  int64_t block;
  Value ring, next; ///< `next` is the first row of the convolution that the ring does not have
  ConvolutionEmitter conv;
  RowWindow rows;
};

} // namespace

func::FuncOp getPooledKernel(KernelContext &context, Location loc, const PooledShape &shape) {
  FunctionType type = getKernelType(loc.getContext(), shape.conv, shape.conv.getPackedSize());
  llvm::SmallVector<Type> arguments(type.getInputs());
  int64_t channels = shape.pool.getBlocks() * shape.pool.block;
  arguments.back() = getFlatType(channels * shape.pool.window.getNumOutputs(), shape.pool.elementType);
  return context.getOrCreateKernel(shape.getName(), FunctionType::get(loc.getContext(), arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     ConvolutionOperands operands = getOperands(shape.conv, args);
                                     Value output = operands.output;
                                     operands.output = memref::AllocaOp::create(
                                         b, loc, MemRefType::get({shape.getRingSize()}, shape.conv.outType),
                                         b.getI64IntegerAttr(64));
                                     PooledEmitter(kb, shape, context.getFacts(), operands, output).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
