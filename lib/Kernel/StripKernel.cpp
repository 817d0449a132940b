//===- StripKernel.cpp - convolutions computed in strips of rows ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inverted residuals (Sandler et al. 2018, MobileNetV2, section 3.3) and
// separable convolutions whose feature maps are larger than the cache.
//
//===----------------------------------------------------------------------===//

#include "StripKernel.h"

#include "Axis.h"
#include "DepthwiseKernel.h"
#include "PointwiseRuns.h"

using namespace mlir;

namespace winnow::kernel {

int64_t StripShape::getRingSize() const {
  return expand ? depthwise.getOutBlocks() * getRingRows() * depthwise.window.in[2] * depthwise.block : 0;
}

int64_t StripShape::getStripSize() const {
  return project ? depthwise.getOutBlocks() * rows * depthwise.window.out[2] * depthwise.block : 0;
}

std::string StripShape::getName() const {
  std::string name = "strips";
  if (expand)
    name += "_" + expand->getName();
  name += "_" + depthwise.getName();
  if (project)
    name += "_" + project->getName();
  return name + "_r" + std::to_string(rows) + "x" + std::to_string(parts);
}

namespace {

class StripEmitter {
public:
  StripEmitter(KernelBuilder &kb, const StripShape &shape, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(shape), window(shape.depthwise.window), block(shape.depthwise.block), facts(facts) {
    unsigned next = 0;
    input = args[next++];
    auto take = [&](const ConvolutionShape &stage) {
      Value filter = args[next++];
      return StripStageOperands{filter, stage.bias ? args[next++] : Value()};
    };
    if (shape.expand)
      expandOperands = take(*shape.expand);
    depthwiseOperands = take(shape.depthwise);
    if (shape.project)
      projectOperands = take(*shape.project);
    residual = shape.getLast().residual ? args[next++] : Value();
    scratch = args[next++];
    output = args[next++];
  }

  void emit() {
    int64_t partRows = window.out[1] / shape.parts;
    kb.split(kRowAxis, shape.parts, kb.index(0), kb.index(shape.parts), 1, [&](Value part) {
      ring = kb.mul(part, shape.getRingSize() + shape.getStripSize());
      strip = kb.add(ring, shape.getRingSize());
      kb.loop(0, partRows, shape.rows, [&](Value first) {
        Value row = kb.add(kb.mul(part, partRows), first);
        if (shape.expand)
          emitExpand(row, first);
        emitDepthwise(row);
        if (shape.project)
          emitProject(row);
      });
    });
  }

private:
  /// The rows of the input of the depthwise convolution that the strip at `row`
  /// reads and the one before it did not; `first` is 0 in the first strip of a part.
  void emitExpand(Value row, Value first) {
    const ConvolutionShape &conv = *shape.expand;
    int64_t width = window.in[2], height = window.in[1], stride = window.stride[1];
    int64_t reach = (window.kernel[1] - 1) * window.dilation[1] + 1;
    Value start = kb.add(kb.mul(row, stride), -window.pad[1]), zero = kb.index(0);
    Value end = kb.min(kb.add(start, shape.getRingRows()), kb.index(height));
    Value isFirst = arith::CmpIOp::create(kb.builder, kb.loc, arith::CmpIPredicate::eq, first, zero);
    Value next = kb.add(start, std::max<int64_t>(0, reach - stride));
    Value begin = arith::SelectOp::create(kb.builder, kb.loc, isFirst, start, next);
    begin = kb.max(begin, zero);
    PointwiseRuns runs(kb, conv, facts, expandOperands.filter, expandOperands.bias);
    runs.forEachGroup([&](const TileChannels &channels) {
      kb.loop(begin, end, 1, {}, [&](Value at, ValueRange) {
        Value slot = kb.rem(at, shape.getRingRows());
        PixelRun run{input,
                     kb.mul(at, width * conv.inBlock),
                     height * width * conv.inBlock,
                     scratch,
                     kb.add(ring, kb.mul(slot, width * block)),
                     shape.getRingRows() * width * block,
                     {},
                     width};
        runs.emitRun(channels, run);
        return Values();
      });
    });
  }

  void emitDepthwise(Value row) {
    const ConvolutionShape &conv = shape.depthwise;
    int64_t width = window.in[2], height = shape.expand ? shape.getRingRows() : window.in[1];
    ContractionTile tile;
    tile.fma = facts.hasFMA;
    tile.output = shape.project ? scratch : output;
    tile.epilogue.residual = shape.project ? Value() : residual;
    RowWindow rows(kb, window, conv.getOutBlocks(), block, conv.pixels, shape.expand ? scratch : input);
    setDepthwise(rows, kb, conv, tile, depthwiseOperands.filter, depthwiseOperands.bias);
    rows.locateRow = [&](const RowWindow::Tile &at, Value kh) {
      Value from = kb.add(kb.mul(at.row, window.stride[1]), -window.pad[1]);
      from = kb.add(from, kb.mul(kh, window.dilation[1]));
      if (shape.expand)
        from = kb.rem(from, height);
      Value start = kb.mul(kb.add(kb.mul(at.block, height), from), width * block);
      return shape.expand ? kb.add(ring, start) : start;
    };
    rows.locateOutput = [&](const RowWindow::Tile &at) {
      int64_t outWidth = window.out[2], outHeight = shape.project ? shape.rows : window.out[1];
      Value to = shape.project ? kb.sub(at.row, row) : at.row;
      to = kb.add(kb.mul(kb.add(kb.mul(at.block, outHeight), to), outWidth), at.columns->start);
      to = kb.mul(to, block);
      return shape.project ? kb.add(strip, to) : to;
    };
    kb.loop(0, conv.getOutBlocks(), 1, [&](Value channels) {
      kb.loop(0, shape.rows, 1, [&](Value r) { rows.emitRow(channels, kb.index(0), kb.add(row, r)); });
    });
  }

  void emitProject(Value row) {
    const ConvolutionShape &conv = *shape.project;
    int64_t pixels = shape.rows * window.out[2], all = window.out[1] * window.out[2];
    PixelRun run{scratch,     strip,    pixels * block, output, kb.mul(row, window.out[2] * block),
                 all * block, residual, pixels};
    PointwiseRuns runs(kb, conv, facts, projectOperands.filter, projectOperands.bias);
    runs.forEachGroup([&](const TileChannels &channels) { runs.emitRun(channels, run); });
  }

  KernelBuilder &kb;
  const StripShape &shape;
  const WindowShape &window;
  int64_t block;
  const TargetFacts &facts;
  Value input, residual, scratch, output;
  StripStageOperands expandOperands, depthwiseOperands, projectOperands;
  Value ring, strip; ///< where those of the current part start in the scratch buffer
};

} // namespace

func::FuncOp getStripKernel(KernelContext &context, Location loc, const StripShape &shape) {
  Builder b(loc.getContext());
  const ConvolutionShape &first = shape.getFirst(), &last = shape.getLast();
  llvm::SmallVector<Type> arguments{getFlatType(first.getInSize(), first.inType)};
  auto addStage = [&](const ConvolutionShape &stage, int64_t filterSize) {
    arguments.push_back(MemRefType::get({filterSize}, stage.computeType));
    if (stage.bias)
      arguments.push_back(MemRefType::get({stage.getOutBlocks() * stage.block}, stage.computeType));
  };
  if (shape.expand)
    addStage(*shape.expand, shape.expand->getPackedSize());
  const ConvolutionShape &depthwise = shape.depthwise;
  addStage(depthwise, depthwise.getOutBlocks() * depthwise.block * depthwise.window.getNumTaps());
  if (shape.project)
    addStage(*shape.project, shape.project->getPackedSize());
  if (last.residual)
    arguments.push_back(getFlatType(last.getOutSize(), last.outType));
  arguments.push_back(MemRefType::get({shape.getScratchSize()}, depthwise.computeType));
  arguments.push_back(getFlatType(last.getOutSize(), last.outType));
  return context.getOrCreateKernel(shape.getName(), b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     StripEmitter(kb, shape, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
