//===- EinsumLowering.cpp - Einstein sums as loops ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/ShapeRules.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {
/// A loop nest over the labels of an equation: those of the result outside,
/// those that are summed over inside.
struct EinsumNest {
  EinsumEquation equation;
  /// Summed labels and the extent of every label.
  SmallVector<int> summed;
  llvm::DenseMap<int, OpFoldResult> extents;
  /// Whether the last label of the result may be walked by vectors: each
  /// operand either lacks it or has it only as its last dimension.
  bool isVectorised = false;
};
} // namespace

/// Finds extents and summed labels from the operands' buffers.
static EinsumNest makeNest(OpBuilder &b, Location loc, EinsumEquation equation, ValueRange operands) {
  EinsumNest nest;
  nest.equation = std::move(equation);
  for (auto [labels, operand] : llvm::zip_equal(nest.equation.inputs, operands)) {
    for (auto [dim, label] : llvm::enumerate(labels)) {
      OpFoldResult extent = getExtent(b, loc, operand, dim);
      // Extents of 1 broadcast against others.
      auto known = nest.extents.find(label);
      if (known == nest.extents.end() || getConstantIntValue(known->second) == 1)
        nest.extents[label] = extent;
      if (!llvm::is_contained(nest.equation.output, label) && !llvm::is_contained(nest.summed, label))
        nest.summed.push_back(label);
    }
  }
  if (nest.equation.output.empty())
    return nest;
  int last = nest.equation.output.back();
  nest.isVectorised = llvm::all_of(llvm::zip_equal(nest.equation.inputs, operands), [&](auto pair) {
    auto [labels, operand] = pair;
    auto count = llvm::count(labels, last);
    bool broadcast = count == 1 && cast<MemRefType>(operand.getType()).getShape().back() == 1 &&
                     getConstantIntValue(nest.extents[last]) != 1;
    return count == 0 || (count == 1 && labels.back() == last && !broadcast);
  });
  return nest;
}

/// The product of all operands at the given indices of the labels.
static Value multiplyOperands(OpBuilder &b, Location loc, const EinsumNest &nest, ValueRange operands,
                              const llvm::DenseMap<int, Value> &indices, int64_t lanes, Type compute, bool noSign) {
  Value product;
  for (auto [labels, operand] : llvm::zip_equal(nest.equation.inputs, operands)) {
    SmallVector<Value> position;
    auto type = cast<MemRefType>(operand.getType());
    for (auto [dim, label] : llvm::enumerate(labels))
      position.push_back(type.getDimSize(dim) == 1 ? indexConstant(b, loc, 0) : indices.lookup(label));
    bool moves = lanes > 1 && llvm::is_contained(labels, nest.equation.output.back());
    Value x = loadLanes(b, loc, operand, position, moves ? lanes : 1);
    if (!moves)
      x = broadcastLanes(b, loc, x, lanes);
    x = emitCast(b, loc, x, compute, noSign, noSign);
    product = product ? emitElementwise(b, loc, ElementwiseKind::Mul, {product, x}, noSign) : x;
  }
  return product;
}

/// Sums products over the labels from `depth` on.
static Value sumOver(OpBuilder &b, Location loc, const EinsumNest &nest, ValueRange operands,
                     llvm::DenseMap<int, Value> &indices, unsigned depth, Value sum, int64_t lanes, Type compute,
                     bool noSign) {
  if (depth == nest.summed.size()) {
    Value product = multiplyOperands(b, loc, nest, operands, indices, lanes, compute, noSign);
    return emitElementwise(b, loc, ElementwiseKind::Add, {sum, product}, noSign);
  }
  int label = nest.summed[depth];
  auto loop = scf::ForOp::create(
      b, loc, indexConstant(b, loc, 0), asValue(b, loc, nest.extents.lookup(label)), indexConstant(b, loc, 1), sum,
      [&](OpBuilder &b, Location loc, Value index, ValueRange carried) {
        indices[label] = index;
        scf::YieldOp::create(b, loc,
                             sumOver(b, loc, nest, operands, indices, depth + 1, carried[0], lanes, compute, noSign));
      });
  return loop.getResult(0);
}

namespace {
struct EinsumLowering : PlainPattern<EinsumOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(EinsumOp op, EinsumOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<int64_t> ranks;
    for (Value input : op.getInputs())
      ranks.push_back(cast<RankedTensorType>(input.getType()).getRank());
    std::string problem;
    FailureOr<EinsumEquation> equation = parseEinsum(op.getEquation(), ranks, [&](const Twine &message) {
      problem = message.str();
      return failure();
    });
    if (failed(equation))
      return rewriter.notifyMatchFailure(op, problem);
    EinsumNest nest = makeNest(rewriter, loc, std::move(*equation), plain.getInputs());
    RankedTensorType type = getPlainType(op.getOutput().getType());
    SmallVector<OpFoldResult> extents;
    SmallVector<Value> dynamic;
    for (auto [dim, label] : llvm::enumerate(nest.equation.output)) {
      extents.push_back(nest.extents[label]);
      if (type.isDynamicDim(dim))
        dynamic.push_back(asValue(rewriter, loc, extents.back()));
    }
    Value result = allocateResult(rewriter, loc, type, dynamic);
    Type storage = getStorageType(type.getElementType());
    Type compute = storage.isF16() || storage.isBF16() ? Type(rewriter.getF32Type()) : storage;
    bool noSign = isUnsigned(type);
    auto computeAt = [&](OpBuilder &b, Location loc, ValueRange position, int64_t lanes) {
      llvm::DenseMap<int, Value> indices;
      for (auto [label, index] : llvm::zip_equal(nest.equation.output, position))
        indices[label] = index;
      Value zero = emitConstantLike(b, loc, laneType(compute, lanes), 0);
      Value sum = sumOver(b, loc, nest, plain.getInputs(), indices, 0, zero, lanes, compute, noSign);
      storeLanes(b, loc, emitCast(b, loc, sum, storage, noSign, noSign), result, position);
    };
    if (extents.empty()) {
      computeAt(rewriter, loc, {}, 1);
      return SmallVector<Value>{result};
    }
    OpFoldResult inner = extents.pop_back_val();
    int64_t lanes = nest.isVectorised ? getLanes(context.getFacts(), compute) : 1;
    forEachIndex(rewriter, loc, extents, [&](OpBuilder &b, Location loc, ValueRange outer) {
      forEachVector(b, loc, inner, lanes, [&](OpBuilder &b, Location loc, Value index, int64_t count) {
        SmallVector<Value> position(outer);
        position.push_back(index);
        computeAt(b, loc, position, count);
      });
    });
    return SmallVector<Value>{result};
  }
};
} // namespace

void winnow::kernel::populateEinsumLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                            KernelContext &context) {
  patterns.add<EinsumLowering>(converter, context);
}
