//===- CNNToLinalg.cpp - the door to linalg -------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNNToLinalg.h"

#include "winnow/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace winnow {
#define GEN_PASS_DEF_CONVERTCNNTOLINALGPASS
#include "winnow/Conversion/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

LogicalResult checkForLinalg(ConversionPatternRewriter &rewriter, Operation *op) {
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    if (tensor.getEncoding())
      return winnow::refuse(rewriter, op, "expected no layouts; leave before the algorithm phase");
    if (tensor.getElementType().isUnsignedInteger())
      return winnow::refuse(rewriter, op, "linalg's scalars have no unsigned integers");
    for (int64_t dim = 1; dim < tensor.getRank(); ++dim)
      if (tensor.isDynamicDim(dim))
        return winnow::refuse(rewriter, op, "expected static extents but for the batch");
  }
  return success();
}

Value LinalgBuilder::empty(RankedTensorType type) const {
  SmallVector<Value> extents;
  if (type.getNumDynamicDims())
    extents.push_back(tensor::DimOp::create(b, loc, batch, 0));
  return tensor::EmptyOp::create(b, loc, type, extents);
}

Value LinalgBuilder::fill(RankedTensorType type, double value) const {
  Value number = makeNumber(b, loc, type.getElementType(), value);
  return linalg::FillOp::create(b, loc, ValueRange{number}, ValueRange{empty(type)}).getResult(0);
}

Value LinalgBuilder::map(RankedTensorType type, ValueRange operands, ArrayRef<AffineMap> maps, Body body) const {
  SmallVector<AffineMap> all(maps);
  all.push_back(b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(b, loc, TypeRange{type}, operands, ValueRange{empty(type)}, all, loops,
                                   [&](OpBuilder &inner, Location, ValueRange values) {
                                     Value result = body(inner, values.drop_back());
                                     linalg::YieldOp::create(inner, loc, result);
                                   })
      .getResult(0);
}

Value LinalgBuilder::map(RankedTensorType type, ValueRange operands, Body body) const {
  SmallVector<AffineMap> maps;
  for (Value operand : operands) {
    SmallVector<AffineExpr> exprs;
    int64_t added = type.getRank() - getType(operand).getRank();
    for (auto [dim, extent] : llvm::enumerate(getType(operand).getShape())) {
      bool repeats = extent == 1 && type.getDimSize(added + dim) != 1;
      exprs.push_back(repeats ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(added + dim));
    }
    maps.push_back(AffineMap::get(type.getRank(), 0, exprs, b.getContext()));
  }
  return map(type, operands, maps, body);
}

Value LinalgBuilder::reduce(Value input, ArrayRef<int64_t> axes, double start, Body body) const {
  RankedTensorType type = getType(input);
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> kept;
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::reduction);
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (llvm::is_contained(axes, dim))
      continue;
    loops[dim] = utils::IteratorType::parallel;
    kept.push_back(b.getAffineDimExpr(dim));
    shape.push_back(type.getDimSize(dim));
  }
  RankedTensorType reduced = RankedTensorType::get(shape, type.getElementType());
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(type.getRank()),
                              AffineMap::get(type.getRank(), 0, kept, b.getContext())};
  return linalg::GenericOp::create(b, loc, TypeRange{reduced}, ValueRange{input}, ValueRange{fill(reduced, start)},
                                   maps, loops,
                                   [&](OpBuilder &inner, Location, ValueRange values) {
                                     Value result = body(inner, values);
                                     linalg::YieldOp::create(inner, loc, result);
                                   })
      .getResult(0);
}

Value LinalgBuilder::broadcast(RankedTensorType type, Value vector, int64_t dim) const {
  SmallVector<int64_t> added;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (i != dim)
      added.push_back(i);
  return linalg::BroadcastOp::create(b, loc, vector, empty(type), added)->getResult(0);
}

Value LinalgBuilder::reshape(Value input, RankedTensorType type) const {
  RankedTensorType from = getType(input);
  if (from == type)
    return input;
  if (auto groups = getReassociationIndicesForReshape(from, type)) {
    if (from.getRank() > type.getRank())
      return tensor::CollapseShapeOp::create(b, loc, type, input, *groups);
    if (from.getNumDynamicDims() == 0)
      return tensor::ExpandShapeOp::create(b, loc, type, input, *groups);
    SmallVector<OpFoldResult> extents = getAsIndexOpFoldResult(b.getContext(), type.getShape());
    bool batchStays = type.isDynamicDim(0) && (*groups)[0].size() == 1;
    if (!batchStays)
      return {};
    extents[0] = tensor::DimOp::create(b, loc, input, 0).getResult();
    return tensor::ExpandShapeOp::create(b, loc, type, input, *groups, extents);
  }
  if (!from.hasStaticShape() || !type.hasStaticShape())
    return {};
  // Through one dimension: neither shape is a refinement of the other.
  auto flat = RankedTensorType::get({from.getNumElements()}, from.getElementType());
  return reshape(reshape(input, flat), type);
}

Value LinalgBuilder::transpose(Value input, ArrayRef<int64_t> permutation) const {
  RankedTensorType type = permuteType(getType(input), permutation);
  return linalg::TransposeOp::create(b, loc, input, empty(type), permutation)->getResult(0);
}

Value LinalgBuilder::pad(Value input, ArrayRef<int64_t> low, ArrayRef<int64_t> high, double value) const {
  if (llvm::all_of(low, [](int64_t n) { return n == 0; }) && llvm::all_of(high, [](int64_t n) { return n == 0; }))
    return input;
  SmallVector<int64_t> shape(getType(input).getShape());
  for (auto [extent, before, after] : llvm::zip_equal(shape, low, high))
    extent += ShapedType::isDynamic(extent) ? 0 : before + after;
  auto type = RankedTensorType::get(shape, getType(input).getElementType());
  return tensor::PadOp::create(b, loc, type, input, getAsIndexOpFoldResult(b.getContext(), low),
                               getAsIndexOpFoldResult(b.getContext(), high),
                               makeNumber(b, loc, type.getElementType(), value));
}

Value LinalgBuilder::activate(Value input, cnn::ActivationAttr activation) const {
  return map(getType(input), {input}, [&](OpBuilder &inner, ValueRange values) {
    return emitScalarActivation(inner, loc, activation, values[0]);
  });
}

void populateCNNToLinalgPatterns(RewritePatternSet &patterns) {
  populateCNNToLinalgWindowPatterns(patterns);
  populateCNNToLinalgElementwisePatterns(patterns);
  populateCNNToLinalgShapePatterns(patterns);
}

namespace {
struct ConvertCNNToLinalgPass : impl::ConvertCNNToLinalgPassBase<ConvertCNNToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateCNNToLinalgPatterns(patterns);
    auto isCNN = [](Operation *op) { return isa_and_nonnull<cnn::CNNDialect>(op->getDialect()); };
    if (failed(convertFunction(getOperation(), std::move(patterns), isCNN, "linalg")))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
