//===- LinalgGeneric.cpp - structured ops by their maps and bodies --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgToCNN.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

#include <limits>

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

std::optional<double> getFillValue(Value init) {
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    return getSplatValue(fill.getInputs()[0]);
  return getSplatValue(init);
}

/// The loop that `expr` goes through backwards: extent - 1 - loop; nothing for others.
static std::optional<int64_t> getReversedLoop(AffineExpr expr, int64_t extent) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  auto product = dyn_cast<AffineBinaryOpExpr>(sum.getLHS());
  auto last = dyn_cast<AffineConstantExpr>(sum.getRHS());
  if (!product || product.getKind() != AffineExprKind::Mul || !last || last.getValue() != extent - 1)
    return std::nullopt;
  auto loop = dyn_cast<AffineDimExpr>(product.getLHS());
  auto factor = dyn_cast<AffineConstantExpr>(product.getRHS());
  return loop && factor && factor.getValue() == -1 ? std::optional<int64_t>(loop.getPosition()) : std::nullopt;
}

/// `value` with dimension `dim` backwards.
static Value reverse(OpBuilder &b, Location loc, Value value, int64_t dim) {
  return cnn::SliceOp::create(b, loc, value.getType(), value, ArrayRef<int64_t>{dim}, ArrayRef<int64_t>{-1},
                              ArrayRef<int64_t>{std::numeric_limits<int64_t>::min()}, ArrayRef<int64_t>{-1});
}

/// `operand` with one dimension for each loop, in the order of the loops, 1 where its map does not use the loop. Null
/// where the map does more than choose loops or walk them backwards.
static Value spread(OpBuilder &b, Location loc, Value operand, AffineMap map) {
  SmallVector<std::pair<int64_t, int64_t>> dims; // loop, dimension
  SmallVector<int64_t> units;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    if (auto loop = dyn_cast<AffineDimExpr>(expr))
      dims.emplace_back(loop.getPosition(), dim);
    else if (std::optional<int64_t> backwards = getReversedLoop(expr, getType(operand).getDimSize(dim))) {
      operand = reverse(b, loc, operand, dim);
      dims.emplace_back(*backwards, dim);
    } else if (auto constant = dyn_cast<AffineConstantExpr>(expr);
               constant && constant.getValue() == 0 && getType(operand).getDimSize(dim) == 1)
      units.push_back(dim);
    else
      return {};
  }
  llvm::sort(dims);
  for (size_t i = 1; i < dims.size(); ++i)
    if (dims[i].first == dims[i - 1].first)
      return {};
  Permutation permutation(units);
  SmallVector<int64_t> shape(map.getNumDims(), 1);
  for (auto [loop, dim] : dims) {
    permutation.push_back(dim);
    shape[loop] = getType(operand).getDimSize(dim);
  }
  return reshape(b, loc, transpose(b, loc, operand, permutation), shape);
}

/// The value of a scalar of a body, as a tensor over the loops.
static Value convertBodyValue(OpBuilder &b, Value scalar, llvm::DenseMap<Value, Value> &known) {
  if (Value value = known.lookup(scalar))
    return value;
  Operation *op = scalar.getDefiningOp();
  if (!op)
    return {};
  TypedAttr number;
  if (matchPattern(scalar, m_Constant(&number))) {
    auto type = RankedTensorType::get({}, number.getType());
    if (!isa<FloatAttr, IntegerAttr>(number) || number.getType().isIndex())
      return {};
    return known[scalar] =
               arith::ConstantOp::create(b, op->getLoc(), type, DenseElementsAttr::get(type, Attribute(number)));
  }
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(convertBodyValue(b, operand, known));
    if (!operands.back())
      return {};
  }
  return known[scalar] = convertScalarOp(b, op, operands);
}

/// The kind of reduction that `combiner` is; nothing for others.
static std::optional<cnn::ReductionKind> getReductionKind(Operation *combiner) {
  if (isa<arith::AddFOp, arith::AddIOp>(combiner))
    return cnn::ReductionKind::Sum;
  if (isa<arith::MulFOp, arith::MulIOp>(combiner))
    return cnn::ReductionKind::Prod;
  if (isa<arith::MaximumFOp, arith::MaxSIOp>(combiner))
    return cnn::ReductionKind::Max;
  if (isa<arith::MinimumFOp, arith::MinSIOp>(combiner))
    return cnn::ReductionKind::Min;
  return std::nullopt;
}

/// The value that changes nothing in a reduction.
static bool isNeutral(cnn::ReductionKind kind, std::optional<double> value) {
  double largest = std::numeric_limits<float>::max();
  return value &&
         ((kind == cnn::ReductionKind::Sum && *value == 0.0) || (kind == cnn::ReductionKind::Prod && *value == 1.0) ||
          (kind == cnn::ReductionKind::Max && *value <= -largest) ||
          (kind == cnn::ReductionKind::Min && *value >= largest));
}

namespace {

/// One `linalg.generic` on its way.
class GenericConverter {
public:
  GenericConverter(linalg::GenericOp op, ValueRange operands, ConversionPatternRewriter &rewriter)
      : op(op), operands(operands), rewriter(rewriter), loc(op.getLoc()), loops(op.getStaticLoopRanges()) {}

  LogicalResult run() {
    for (auto [index, map] : llvm::enumerate(op.getIndexingMapsArray())) {
      BlockArgument argument = op.getBody()->getArgument(index);
      if (argument.use_empty() || static_cast<int64_t>(index) >= op.getNumDpsInputs())
        continue;
      Value value = spread(rewriter, loc, operands[index], map);
      if (!value)
        return refuse("expected maps that choose loops, each once");
      known[argument] = value;
    }
    SmallVector<Value> results;
    for (unsigned i = 0, n = op.getNumResults(); i < n; ++i) {
      FailureOr<Value> result = op.getNumReductionLoops() ? reduceResult(i) : computeResult(i);
      if (failed(result))
        return failure();
      results.push_back(*result);
    }
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  LogicalResult refuse(const Twine &reason) { return winnow::refuse(rewriter, op, reason); }

  Value getYielded(unsigned i) { return op.getBody()->getTerminator()->getOperand(i); }
  AffineMap getMap(unsigned i) { return op.getMatchingIndexingMap(op.getDpsInitOperand(i)); }

  FailureOr<Value> convertBody(Value scalar) {
    Value value = convertBodyValue(rewriter, scalar, known);
    if (value)
      return value;
    Operation *culprit = scalar.getDefiningOp();
    return refuse("the body computes with what cnn does not have" +
                  (culprit ? " (towards '" + culprit->getName().getStringRef() + "')" : Twine()).str());
  }

  /// Whether `value` goes over all loops or can be expanded to: extents must be known for that.
  bool reachesLoops(Value value) const {
    return !llvm::any_of(loops, ShapedType::isDynamic) || getType(value).getShape() == ArrayRef<int64_t>(loops);
  }

  /// `value` over all loops, where it only broadcasts to them.
  Value expandToLoops(Value value, ArrayRef<int64_t> shape) {
    RankedTensorType type = RankedTensorType::get(shape, getType(value).getElementType());
    return type == value.getType()
               ? value
               : cnn::ExpandOp::create(rewriter, loc, TypeRange{type}, ValueRange{value}).getResult();
  }

  /// Without reductions: the body once, in the order of the result's dimensions.
  FailureOr<Value> computeResult(unsigned i) {
    AffineMap map = getMap(i);
    if (!map.isPermutation())
      return refuse("expected a result whose map is a permutation");
    BlockArgument init = op.getBody()->getArgument(op.getNumDpsInputs() + i);
    if (!init.use_empty()) {
      Value value = spread(rewriter, loc, operands[op.getNumDpsInputs() + i], map);
      known[init] = value;
    }
    FailureOr<Value> value = convertBody(getYielded(i));
    if (failed(value))
      return failure();
    Permutation permutation;
    for (AffineExpr expr : map.getResults())
      permutation.push_back(cast<AffineDimExpr>(expr).getPosition());
    if (!reachesLoops(*value))
      return refuse("expected a static shape where the body broadcasts");
    return transpose(rewriter, loc, expandToLoops(*value, loops), permutation);
  }

  /// With reductions: what the last op of the body combines, reduced, and combined with what was there.
  FailureOr<Value> reduceResult(unsigned i) {
    BlockArgument init = op.getBody()->getArgument(op.getNumDpsInputs() + i);
    Operation *combiner = getYielded(i).getDefiningOp();
    bool combines =
        combiner && combiner->getNumOperands() == 2 && init.hasOneUse() && *init.getUsers().begin() == combiner;
    std::optional<cnn::ReductionKind> kind = combines ? getReductionKind(combiner) : std::nullopt;
    if (!kind)
      return refuse("expected a reduction by a sum, a product, a maximum or a minimum");
    Value scalar = combiner->getOperand(combiner->getOperand(0) == init ? 1 : 0);
    FailureOr<Value> reduced = failure();
    if (*kind == cnn::ReductionKind::Sum)
      reduced = contract(i, scalar);
    if (failed(reduced))
      reduced = reduceBody(i, scalar, *kind);
    if (failed(reduced) || isNeutral(*kind, getFillValue(op.getDpsInits()[i])))
      return reduced;
    Type type = op.getResult(i).getType();
    Value before = operands[op.getNumDpsInputs() + i];
    switch (*kind) {
    case cnn::ReductionKind::Sum:
      return combine<cnn::AddOp>(rewriter, loc, before, *reduced, type);
    case cnn::ReductionKind::Prod:
      return combine<cnn::MulOp>(rewriter, loc, before, *reduced, type);
    case cnn::ReductionKind::Max:
      return combine<cnn::MaxOp>(rewriter, loc, before, *reduced, type);
    default:
      return combine<cnn::MinOp>(rewriter, loc, before, *reduced, type);
    }
  }

  FailureOr<Value> reduceBody(unsigned i, Value scalar, cnn::ReductionKind kind) {
    FailureOr<Value> value = convertBody(scalar);
    if (failed(value))
      return failure();
    if (!reachesLoops(*value))
      return refuse("expected a static shape where the body broadcasts");
    SmallVector<int64_t> axes;
    SmallVector<int64_t> kept;
    for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray()))
      (type == utils::IteratorType::reduction ? axes : kept).push_back(loop);
    // The result's dimensions are loops that stay, or 1.
    SmallVector<int64_t> permutation;
    for (AffineExpr expr : getMap(i).getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      auto place = dim ? llvm::find(kept, static_cast<int64_t>(dim.getPosition())) : kept.end();
      if (dim && place != kept.end())
        permutation.push_back(place - kept.begin());
      else if (!isa<AffineConstantExpr>(expr))
        return refuse("expected a result whose map chooses loops that are not reduced");
    }
    if (permutation.size() != kept.size())
      return refuse("expected a result with all loops that are not reduced");
    SmallVector<int64_t> shape;
    for (int64_t loop : kept)
      shape.push_back(loops[loop]);
    Type element = getType(*value).getElementType();
    Value reduced = cnn::ReduceOp::create(rewriter, loc, RankedTensorType::get(shape, element), kind,
                                          expandToLoops(*value, loops), axes, /*keep_dims=*/false);
    return reshape(rewriter, loc, transpose(rewriter, loc, reduced, permutation), getType(op.getResult(i)).getShape());
  }

  /// A sum of products of operands is an einsum.
  FailureOr<Value> contract(unsigned i, Value scalar) {
    Operation *product = scalar.getDefiningOp();
    if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(product) || loops.size() > 26)
      return failure();
    std::string equation;
    SmallVector<Value> factors;
    auto addTerm = [&](AffineMap map) {
      for (AffineExpr expr : map.getResults())
        if (auto dim = dyn_cast<AffineDimExpr>(expr))
          equation += static_cast<char>('a' + dim.getPosition());
        else
          return false;
      return true;
    };
    for (Value factor : product->getOperands()) {
      auto argument = dyn_cast<BlockArgument>(factor);
      if (!argument || argument.getOwner() != op.getBody() || argument.getArgNumber() >= op.getNumDpsInputs())
        return failure();
      equation += factors.empty() ? "" : ",";
      if (!addTerm(op.getIndexingMapsArray()[argument.getArgNumber()]))
        return failure();
      factors.push_back(operands[argument.getArgNumber()]);
    }
    equation += "->";
    if (!addTerm(getMap(i)))
      return failure();
    return cnn::EinsumOp::create(rewriter, loc, op.getResult(i).getType(), equation, factors).getResult();
  }

  linalg::GenericOp op;
  ValueRange operands;
  ConversionPatternRewriter &rewriter;
  Location loc;
  SmallVector<int64_t> loops;
  llvm::DenseMap<Value, Value> known;
};

/// Reads by constant indices along one axis, as our own door writes them: the body extracts at the loops' indices, but
/// for one that comes from a constant tensor.
struct ConvertGather : OpConversionPattern<linalg::GenericOp> {
  ConvertGather(MLIRContext *context) : OpConversionPattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(linalg::GenericOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getNumDpsInputs() != 1 || op.getNumResults() != 1 || op.getNumReductionLoops() != 0)
      return failure();
    auto extract = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<tensor::ExtractOp>();
    DenseIntElementsAttr places;
    if (!extract || extract.getTensor().getParentRegion() == &op.getRegion() ||
        !matchPattern(op.getInputs()[0], m_Constant(&places)) ||
        !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
      return failure();
    std::optional<int64_t> axis = getAxis(op, extract, places.getType().getRank());
    if (!axis)
      return failure();
    SmallVector<int64_t> numbers;
    for (const APInt &place : places.getValues<APInt>())
      numbers.push_back(place.getSExtValue());
    auto type = RankedTensorType::get(places.getType().getShape(), rewriter.getI64Type());
    Value indices = arith::ConstantOp::create(rewriter, op.getLoc(), type, DenseIntElementsAttr::get(type, numbers));
    rewriter.replaceOpWithNewOp<cnn::GatherOp>(op, op.getResult(0).getType(),
                                               rewriter.getRemappedValue(extract.getTensor()), indices, *axis);
    return success();
  }

private:
  /// The axis that the constant chooses along, if all other indices are those of the loops in order.
  static std::optional<int64_t> getAxis(linalg::GenericOp op, tensor::ExtractOp extract, int64_t rank) {
    BlockArgument chosen = op.getBody()->getArgument(0);
    auto place = llvm::find(extract.getIndices(), chosen);
    int64_t axis = place - extract.getIndices().begin();
    if (place == extract.getIndices().end())
      return std::nullopt;
    for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
      int64_t position = static_cast<int64_t>(dim);
      auto loop = index.getDefiningOp<linalg::IndexOp>();
      if (position != axis &&
          (!loop || static_cast<int64_t>(loop.getDim()) != (position < axis ? position : position + rank - 1)))
        return std::nullopt;
    }
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (expr != getAffineDimExpr(axis + dim, op.getContext()))
        return std::nullopt;
    return axis;
  }
};

struct ConvertGeneric : OpConversionPattern<linalg::GenericOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (!op.hasPureTensorSemantics())
      return winnow::refuse(rewriter, op, "expected tensors but found buffers");
    return GenericConverter(op, adaptor.getOperands(), rewriter).run();
  }
};

/// matmul and batch_matmul as they are by default.
template <typename Op> struct ConvertMatmul : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (!op.hasPureTensorSemantics())
      return winnow::refuse(rewriter, op, "expected tensors but found buffers");
    RankedTensorType type = getType(op->getResult(0));
    SmallVector<Value> operands = llvm::to_vector(adaptor.getInputs());
    for (Value operand : operands)
      if (getType(operand).getElementType() != type.getElementType())
        return winnow::refuse(rewriter, op, "expected operands and a result of one element type");
    Value result = cnn::MatmulOp::create(rewriter, op.getLoc(), TypeRange{type}, ValueRange(operands));
    if (getFillValue(op.getDpsInits()[0]) != 0.0)
      result = combine<cnn::AddOp>(rewriter, op.getLoc(), result, adaptor.getOutputs()[0], type);
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void populateLinalgGenericPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertGather, ConvertGeneric, ConvertMatmul<linalg::MatmulOp>, ConvertMatmul<linalg::BatchMatmulOp>>(
      patterns.getContext());
}

} // namespace winnow
