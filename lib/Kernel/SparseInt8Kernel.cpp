//===- SparseInt8Kernel.cpp - convolutions of bytes without blocks of zeros ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Kernel.h"

#include "SparseInt8Pixels.h"
#include "SparseLoops.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Lanes are pixels with four bytes each.
class SparseInt8Emitter : public SparseLoops<SparseInt8Emitter, SparseInt8Pixels> {
public:
  SparseInt8Emitter(KernelBuilder &kb, const SparseInt8Plan &plan, const TargetFacts &facts, ValueRange args)
      : SparseLoops(kb, plan.shape, plan.tiling, plan.getVectorBytes()), plan(plan),
        requantizer(kb, plan.shape.quantized->requantization, facts, plan.tiling.vector) {
    values = args[1], places = args[2], starts = args[3], slots = args[4], bias = args[5];
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * plan.getVectorBytes(), kb.builder.getI8Type());
    sums = allocate(tiling.getSumBlocks() * tiling.vector * tiling.getSumVectors() * tiling.vector,
                    plan.shape.computeType);
    Value residual = plan.shape.residual ? args[7] : Value();
    pixels.emplace(
        SparseInt8Pixels{{kb, plan, args[0], residual, args.back(), panel, sums}, plan, requantizer, args[6]});
  }

private:
  friend class SparseLoops<SparseInt8Emitter, SparseInt8Pixels>;

  /// One entry: its four weights are the same for all pixels, what they read lies in whole vectors.
  Values emitEntry(Value n, Value base, int64_t columns, ValueRange carried) {
    const WindowShape &window = plan.shape.window;
    int64_t bytes = plan.getVectorBytes(), count = tiling.rows * columns;
    Values accumulators(carried.begin(), carried.end()), starts = loadPlaces(kb, tiling, places, n, bytes);
    for (int64_t q = 0; q < tiling.beside; ++q) {
      Value at = kb.add(starts[q], base), block = broadcast(values, kb.add(kb.mul(n, tiling.beside), q));
      Values weights = plan.product.prepareSigned(kb, bitcastElements(kb, block, 8));
      for (int64_t i = 0; i < count; ++i) {
        int64_t row = i / columns * window.stride[1], column = i % columns * window.stride[2];
        Value &sum = accumulators[q * count + i];
        sum =
            plan.product.multiplyAdd(kb, sum, loadParts(kb.add(at, (row * tiling.panel[1] + column) * bytes)), weights);
      }
    }
    return accumulators;
  }

  /// The activations at `place` of the panel, as products take them.
  Values loadParts(Value place) {
    int64_t bytes = plan.getVectorBytes(), count = plan.product.getNumParts();
    Values parts;
    for (int64_t part = 0; part < count; ++part) {
      Value at = kb.add(place, part * tiling.getPanelVectors() * bytes);
      parts.push_back(bitcastElements(kb, loadStored(kb, pixels->panel, at, bytes), 8 * count));
    }
    return parts;
  }

  const SparseInt8Plan &plan;
  Requantizer requantizer;
};

} // namespace

static FunctionType getType(MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType)};
  for (ElementsAttr part : filter.getParts())
    arguments.push_back(MemRefType::get({part.getNumElements()}, part.getElementType()));
  arguments.push_back(MemRefType::get({channels}, shape.computeType));
  arguments.push_back(MemRefType::get({channels + 1}, Float32Type::get(context)));
  arguments.append(1 + shape.residual, getFlatType(shape.getOutSize(), shape.outType));
  return FunctionType::get(context, arguments, {});
}

func::FuncOp getSparseInt8Kernel(KernelContext &context, Location loc, const SparseInt8Plan &plan,
                                 const SparseFilter &filter) {
  const ConvolutionShape &shape = plan.shape;
  std::string name = "sparse_" + shape.getName() + "_r" + std::to_string(plan.tiling.height) + "_n" +
                     std::to_string(filter.places.getNumElements());
  if (int64_t zero = shape.quantized->inputZero)
    name += "_iz" + std::to_string(zero);
  return context.getOrCreateKernel(name, getType(loc.getContext(), shape, filter),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     SparseInt8Emitter(kb, plan, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
