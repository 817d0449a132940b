//===- PanelKernel.cpp - pointwise convolutions of computed panels --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Activations before convolutions as in Huang et al. 2017, DenseNet, section 3,
// and the scaling of squeeze-and-excitation (Hu et al. 2018, section 3.2).
//
//===----------------------------------------------------------------------===//

#include "PanelKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "PointwiseRuns.h"

using namespace mlir;

namespace winnow::kernel {

std::string PanelShape::getName() const {
  std::string name = "panels";
  for (const ElementwiseChain::Step &step : chain->steps)
    name += "_" + step.name + std::to_string(step.operands.size()) + "c" + std::to_string(step.carried + 1);
  name += "_";
  for (PanelOperand operand : operands)
    name += operand == PanelOperand::Map ? "m" : operand == PanelOperand::Channels ? "c" : "s";
  return name + "_" + conv.getName() + "_p" + std::to_string(pixels) + "x" + std::to_string(parts);
}

bool isPanelProducer(Operation *op) {
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return false;
  OpOperand &use = *op->getResult(0).use_begin();
  auto conv = dyn_cast<cnn::ConvolutionOp>(use.getOwner());
  return conv && use.getOperandNumber() == 0 && conv.getGroup() == 1 && conv.getAlgorithmAttr() &&
         conv.getAlgorithmAttr().getKind() == cnn::AlgorithmKind::RowStrips &&
         conv.getAlgorithmAttr().getDepth() == 0 && (isa<cnn::ElementwiseOpInterface, cnn::ActivationOpInterface>(op));
}

std::optional<PanelOperand> getPanelOperand(Type operand, RankedTensorType type) {
  if (operand == type)
    return PanelOperand::Map;
  auto tensor = cast<RankedTensorType>(operand);
  if (tensor.getElementType() != type.getElementType())
    return std::nullopt;
  if (tensor.hasStaticShape() && tensor.getNumElements() == 1 && !tensor.getEncoding())
    return PanelOperand::Scalar;
  bool perChannel = tensor.getEncoding() == type.getEncoding() && tensor.getRank() == type.getRank() &&
                    tensor.getDimSize(1) == type.getDimSize(1) &&
                    llvm::all_of(tensor.getShape().drop_front(2), [](int64_t extent) { return extent == 1; });
  return perChannel ? std::optional(PanelOperand::Channels) : std::nullopt;
}

namespace {

class PanelEmitter {
public:
  PanelEmitter(KernelBuilder &kb, const PanelShape &shape, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(shape), conv(shape.conv), facts(facts) {
    unsigned next = shape.operands.size();
    sources = args.take_front(next);
    filter = args[next++];
    bias = conv.bias ? args[next++] : Value();
    residual = conv.residual ? args[next++] : Value();
    scratch = args[next++];
    output = args[next++];
  }

  void emit() {
    int64_t all = conv.window.getNumOutputs(), partPixels = all / shape.parts;
    PointwiseRuns runs(kb, conv, facts, filter, bias);
    kb.split(kRowAxis, shape.parts, kb.index(0), kb.index(shape.parts), 1, [&](Value part) {
      Value panel = kb.mul(part, shape.getPanelSize());
      kb.loop(0, partPixels, shape.pixels, [&](Value first) {
        Value start = kb.add(kb.mul(part, partPixels), first);
        emitPanel(panel, start);
        PixelRun run{
            scratch,  panel,       shape.pixels * conv.inBlock, output, kb.mul(start, conv.block), all * conv.block,
            residual, shape.pixels};
        // The first map of the chain is usually the only one; while a panel is used, the next one comes nearer.
        if (auto map = llvm::find(shape.operands, PanelOperand::Map); map != shape.operands.end()) {
          run.ahead = sources[map - shape.operands.begin()];
          run.next = kb.mul(kb.add(start, shape.pixels), conv.inBlock);
          run.nextStride = all * conv.inBlock;
        }
        runs.forEachGroup([&](const TileChannels &channels) { runs.emitRun(channels, run); });
      });
    });
  }

private:
  /// Applies the chain to all channels of the pixels at `start`.
  void emitPanel(Value panel, Value start) {
    int64_t block = conv.inBlock, all = conv.window.getNumInputs();
    kb.loop(0, conv.getInBlocks(), 1, [&](Value channels) {
      Values fixed;
      for (auto [source, kind] : llvm::zip_equal(sources, shape.operands))
        fixed.push_back(kind == PanelOperand::Map ? Value() : loadFixed(source, kind, channels));
      Value from = kb.mul(kb.add(kb.mul(channels, all), start), block);
      Value to = kb.add(panel, kb.mul(channels, shape.pixels * block));
      kb.loop(0, shape.pixels, 1, [&](Value pixel) {
        Value offset = kb.mul(pixel, block);
        Values lanes;
        for (auto [source, value] : llvm::zip_equal(sources, fixed))
          lanes.push_back(value ? value : loadVector(kb, source, kb.add(from, offset), block));
        storeVector(kb, applyChain(lanes), scratch, kb.add(to, offset));
      });
    });
  }

  Value loadFixed(Value source, PanelOperand kind, Value channels) {
    if (kind == PanelOperand::Channels)
      return loadVector(kb, source, kb.mul(channels, conv.inBlock), conv.inBlock);
    Value scalar = memref::LoadOp::create(kb.builder, kb.loc, source, ValueRange{kb.index(0)});
    return vector::BroadcastOp::create(kb.builder, kb.loc, VectorType::get({conv.inBlock}, scalar.getType()), scalar);
  }

  Value applyChain(ArrayRef<Value> lanes) {
    Value result;
    for (const ElementwiseChain::Step &step : shape.chain->steps) {
      Values own;
      for (int64_t i = 0, n = step.operands.size(); i < n; ++i) {
        own.push_back(i == step.carried ? result : lanes.front());
        if (i != step.carried)
          lanes = lanes.drop_front();
      }
      result = step.apply(kb.builder, kb.loc, own);
    }
    return result;
  }

  KernelBuilder &kb;
  const PanelShape &shape;
  const ConvolutionShape &conv;
  const TargetFacts &facts;
  ValueRange sources;
  Value filter, bias, residual, scratch, output;
};

} // namespace

func::FuncOp getPanelKernel(KernelContext &context, Location loc, const PanelShape &shape) {
  Builder b(loc.getContext());
  const ConvolutionShape &conv = shape.conv;
  llvm::SmallVector<Type> arguments;
  for (PanelOperand operand : shape.operands) {
    int64_t channels = conv.getInBlocks() * conv.inBlock;
    int64_t size = operand == PanelOperand::Map ? conv.getInSize() : operand == PanelOperand::Channels ? channels : 1;
    arguments.push_back(getFlatType(size, conv.inType));
  }
  arguments.push_back(MemRefType::get({conv.getPackedSize()}, conv.computeType));
  if (conv.bias)
    arguments.push_back(MemRefType::get({conv.getOutBlocks() * conv.block}, conv.computeType));
  if (conv.residual)
    arguments.push_back(getFlatType(conv.getOutSize(), conv.outType));
  arguments.push_back(MemRefType::get({shape.getScratchSize()}, conv.computeType));
  arguments.push_back(getFlatType(conv.getOutSize(), conv.outType));
  return context.getOrCreateKernel(shape.getName(), b.getFunctionType(arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     PanelEmitter(kb, shape, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
