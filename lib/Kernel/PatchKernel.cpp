//===- PatchKernel.cpp - matrices of patches of a feature map -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatchKernel.h"

#include "Axis.h"
#include "ContractionTile.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Fills the matrix of patches of `pixels` output pixels from `first` on.
class PatchEmitter {
public:
  PatchEmitter(KernelBuilder &kb, const PatchMatrix &matrix, ValueRange args)
      : kb(kb), matrix(matrix), shape(matrix.shape), window(shape.window), input(args[0]), patches(args[1]),
        first(args[2]) {}

  void emit(int64_t pixels) {
    int64_t width = window.out[2], blocks = shape.getInBlocks();
    Value end = kb.add(first, pixels), firstRow = kb.div(first, width), endRow = kb.div(kb.add(end, width - 1), width);
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value block) {
      kb.loop(firstRow, endRow, 1, {}, [&](Value row, ValueRange) {
        Value origin = kb.mul(row, width);
        emitRow(block, row, kb.max(kb.sub(first, origin), kb.index(0)), kb.min(kb.sub(end, origin), kb.index(width)));
        return Values();
      });
    });
  }

private:
  /// Where a tap lies in the input, and whether it is inside along the dimensions looked at so far.
  struct Place {
    Value offset, inside;
  };

  Place move(const Place &from, int64_t dim, Value output, Value tap) {
    Value at = kb.add(kb.add(kb.mul(output, window.stride[dim]), kb.mul(tap, window.dilation[dim])), -window.pad[dim]);
    Place to{kb.add(kb.mul(from.offset, window.in[dim]), at), from.inside};
    if (window.isInterior(dim))
      return to;
    // Below zero is far above as an unsigned number.
    Value inside = arith::CmpIOp::create(kb.builder, kb.loc, arith::CmpIPredicate::ult, at, kb.index(window.in[dim]));
    to.inside = from.inside ? arith::AndIOp::create(kb.builder, kb.loc, from.inside, inside).getResult() : inside;
    return to;
  }

  /// Columns [begin, end) of the output row `row` (planes follow each other), for all taps.
  void emitRow(Value block, Value row, Value begin, Value end) {
    Value plane = kb.div(row, window.out[1]), line = kb.rem(row, window.out[1]);
    kb.loop(0, window.kernel[0], 1, [&](Value k0) {
      Place inPlane = move({kb.index(0), {}}, 0, plane, k0);
      kb.loop(0, window.kernel[1], 1, [&](Value k1) {
        Place inRow = move(inPlane, 1, line, k1);
        inRow.offset = kb.add(kb.mul(inRow.offset, window.in[2]), kb.mul(block, window.getNumInputs()));
        Value taps = kb.mul(kb.add(kb.mul(k0, window.kernel[1]), k1), window.kernel[2]);
        taps = kb.add(taps, kb.mul(block, window.getNumTaps()));
        kb.loop(0, window.kernel[2], 1, [&](Value k2) {
          Value to = kb.add(kb.mul(kb.add(taps, k2), matrix.chunk), kb.sub(kb.mul(row, window.out[2]), first));
          emitColumns(inRow, k2, begin, end, to);
        });
      });
    });
  }

  /// Columns whose tap lies in the input are copied, the others are zero.
  void emitColumns(const Place &row, Value tap, Value begin, Value end, Value to) {
    Value inBegin = begin, inEnd = end, reach = kb.mul(tap, window.dilation[2]);
    if (!window.isInterior(2)) {
      // First columns that are not before the input, and not before its end.
      auto getColumn = [&](int64_t limit) {
        Value distance = kb.max(kb.sub(kb.index(limit + window.stride[2] - 1), reach), kb.index(0));
        return kb.div(distance, window.stride[2]);
      };
      inBegin = kb.min(kb.max(getColumn(window.pad[2]), begin), end);
      inEnd = kb.max(kb.min(getColumn(window.in[2] + window.pad[2]), end), inBegin);
    }
    if (row.inside)
      inEnd = arith::SelectOp::create(kb.builder, kb.loc, row.inside, inEnd, inBegin);
    Value from = kb.add(kb.add(row.offset, reach), -window.pad[2]);
    auto zero = [&](Value begin, Value end) {
      forColumns(begin, end, [&](Value column) {
        store(splat(kb, VectorType::get({shape.inBlock}, shape.inType), 0.0), kb.add(to, column));
      });
    };
    zero(begin, inBegin);
    forColumns(inBegin, inEnd, [&](Value column) {
      Value at = kb.mul(kb.add(from, kb.mul(column, window.stride[2])), shape.inBlock);
      auto type = VectorType::get({shape.inBlock}, shape.inType);
      store(vector::LoadOp::create(kb.builder, kb.loc, type, input, ValueRange{at}), kb.add(to, column));
    });
    zero(inEnd, end);
  }

  void forColumns(Value begin, Value end, llvm::function_ref<void(Value)> body) {
    kb.loop(begin, end, 1, {}, [&](Value column, ValueRange) {
      body(column);
      return Values();
    });
  }

  void store(Value lanes, Value pixel) {
    vector::StoreOp::create(kb.builder, kb.loc, lanes, patches, ValueRange{kb.mul(pixel, shape.inBlock)});
  }

  KernelBuilder &kb;
  const PatchMatrix &matrix;
  const ConvolutionShape &shape;
  const WindowShape &window;
  Value input, patches, first;
};

} // namespace

func::FuncOp getPatchKernel(KernelContext &context, Location loc, const PatchMatrix &matrix, int64_t pixels) {
  const ConvolutionShape &shape = matrix.shape;
  Builder b(loc.getContext());
  auto type = b.getFunctionType({getFlatType(shape.getInSize(), shape.inType), matrix.getType(), b.getIndexType()}, {});
  std::string name = "patches_" + std::to_string(shape.inChannels) + "_" + shape.window.getName() + "_b" +
                     std::to_string(shape.inBlock) + "_" + getTypeName(shape.inType) + "_" + std::to_string(pixels) +
                     "of" + std::to_string(matrix.chunk);
  return context.getOrCreateKernel(name, type, [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    PatchEmitter(kb, matrix, args).emit(pixels);
    func::ReturnOp::create(b, loc);
  });
}

} // namespace winnow::kernel
