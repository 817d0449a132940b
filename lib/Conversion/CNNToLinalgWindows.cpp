//===- CNNToLinalgWindows.cpp - convolutions, pools and products towards linalg ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNNToLinalg.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// `values` as linalg wants strides and dilations.
static DenseIntElementsAttr getVector(OpBuilder &b, ArrayRef<int64_t> values) { return b.getI64TensorAttr(values); }

/// `pads` (all begins, then all ends) in front of and behind all dimensions; batch and channels have none.
static SmallVector<int64_t> getSide(ArrayRef<int64_t> pads, bool isEnd) {
  size_t space = pads.size() / 2;
  SmallVector<int64_t> side(2, 0);
  llvm::append_range(side, isEnd ? pads.drop_front(space) : pads.take_front(space));
  return side;
}

/// A named op with a window on `input` and `filter`, accumulating into `init`.
template <typename Op>
static Value makeWindow(const LinalgBuilder &linalg, Value input, Value filter, Value init, ArrayRef<int64_t> strides,
                        ArrayRef<int64_t> dilations) {
  return Op::create(linalg.b, linalg.loc, TypeRange{init.getType()}, ValueRange{input, filter}, ValueRange{init},
                    getVector(linalg.b, strides), getVector(linalg.b, dilations))
      ->getResult(0);
}

/// The type with dimension `place` as `count` and the rest behind it.
static RankedTensorType splitType(RankedTensorType type, size_t place, int64_t count) {
  SmallVector<int64_t> shape(type.getShape());
  shape[place] /= count;
  shape.insert(shape.begin() + place, count);
  return RankedTensorType::get(shape, type.getElementType());
}

/// The sums of a convolution whose input is padded; null for kinds that linalg has no name for.
static Value makeSums(const LinalgBuilder &linalg, cnn::ConvolutionOp op, Value input, Value filter, Value init) {
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  int64_t group = op.getGroup();
  RankedTensorType filterType = getType(filter), type = getType(init);
  if (group == 1) {
    if (strides.size() == 1)
      return makeWindow<linalg::Conv1DNcwFcwOp>(linalg, input, filter, init, strides, dilations);
    if (strides.size() == 2)
      return makeWindow<linalg::Conv2DNchwFchwOp>(linalg, input, filter, init, strides, dilations);
    return makeWindow<linalg::Conv3DNcdhwFcdhwOp>(linalg, input, filter, init, strides, dilations);
  }
  bool isDepthwise = filterType.getDimSize(1) == 1 && filterType.getDimSize(0) == group;
  if (isDepthwise) {
    SmallVector<int64_t> shape(filterType.getShape());
    shape.erase(shape.begin() + 1);
    Value flat = linalg.reshape(filter, RankedTensorType::get(shape, filterType.getElementType()));
    if (strides.size() == 1)
      return makeWindow<linalg::DepthwiseConv1DNcwCwOp>(linalg, input, flat, init, strides, dilations);
    if (strides.size() == 2)
      return makeWindow<linalg::DepthwiseConv2DNchwChwOp>(linalg, input, flat, init, strides, dilations);
    return makeWindow<linalg::DepthwiseConv3DNcdhwCdhwOp>(linalg, input, flat, init, strides, dilations);
  }
  if (strides.size() != 2)
    return {};
  Value groupedInput = linalg.reshape(input, splitType(getType(input), 1, group));
  Value groupedFilter = linalg.reshape(filter, splitType(filterType, 0, group));
  Value groupedInit = linalg.reshape(init, splitType(type, 1, group));
  if (!groupedInput || !groupedFilter || !groupedInit)
    return {};
  Value sums =
      makeWindow<linalg::Conv2DNgchwGfchwOp>(linalg, groupedInput, groupedFilter, groupedInit, strides, dilations);
  return linalg.reshape(sums, type);
}

namespace {

/// Padding in front, a named convolution that starts from the bias, residual and activation behind.
struct ConvertConvolution : OpConversionPattern<cnn::ConvolutionOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    FailureOr<SmallVector<int64_t>> pads = cnn::resolvePads(cast<cnn::WindowOpInterface>(op.getOperation()));
    if (failed(pads))
      return winnow::refuse(rewriter, op, "its padding depends on an extent that is dynamic");
    if (!getType(op.getFilter()).hasStaticShape())
      return winnow::refuse(rewriter, op, "expected a filter of static shape");
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    RankedTensorType type = getType(op.getResult());
    Value input = linalg.pad(adaptor.getInput(), getSide(*pads, false), getSide(*pads, true), 0.0);
    Value init = adaptor.getBias() ? linalg.broadcast(type, adaptor.getBias(), 1) : linalg.fill(type, 0.0);
    Value result = makeSums(linalg, op, input, adaptor.getFilter(), init);
    if (!result)
      return winnow::refuse(rewriter, op, "linalg has grouped convolutions in two dimensions only");
    if (adaptor.getResidual())
      result = linalg.map(type, {result, adaptor.getResidual()}, [&](OpBuilder &b, ValueRange values) {
        return emitScalarFunction(b, op.getLoc(), cnn::ElementwiseKind::Add, values);
      });
    if (cnn::ActivationAttr activation = op.getActivationAttr())
      result = linalg.activate(result, activation);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// A convolution of the input with zeros between its elements by the filter turned round.
struct ConvertTransposed : OpConversionPattern<cnn::TransposedConvolutionOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::TransposedConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    RankedTensorType inputType = getType(op.getInput()), filterType = getType(op.getFilter());
    if (op.getGroup() != 1 || inputType.getRank() != 4 || op.getAutoPad() != cnn::AutoPad::Explicit ||
        !inputType.hasStaticShape() || !filterType.hasStaticShape())
      return winnow::refuse(
          rewriter, op, "only transposed convolutions in two dimensions, of one group and static shape are supported");
    SmallVector<int64_t> stuffed(inputType.getShape()), offsets(4, 0), steps(4, 1);
    for (int64_t dim : {0, 1}) {
      int64_t span = op.getDilations()[dim] * (filterType.getDimSize(2 + dim) - 1);
      int64_t low = span - op.getPads()[dim], high = span - op.getPads()[2 + dim] + op.getOutputPadding()[dim];
      if (low < 0 || high < 0)
        return winnow::refuse(rewriter, op, "expected pads that are smaller than the window");
      steps[2 + dim] = op.getStrides()[dim];
      offsets[2 + dim] = low;
      stuffed[2 + dim] = low + (inputType.getDimSize(2 + dim) - 1) * op.getStrides()[dim] + 1 + high;
    }
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    Value zeros = linalg.fill(RankedTensorType::get(stuffed, inputType.getElementType()), 0.0);
    auto asResults = [&](ArrayRef<int64_t> values) { return getAsIndexOpFoldResult(op.getContext(), values); };
    Value input = tensor::InsertSliceOp::create(rewriter, op.getLoc(), adaptor.getInput(), zeros, asResults(offsets),
                                                asResults(inputType.getShape()), asResults(steps));
    RankedTensorType type = getType(op.getResult());
    Value init = adaptor.getBias() ? linalg.broadcast(type, adaptor.getBias(), 1) : linalg.fill(type, 0.0);
    rewriter.replaceOp(op, makeWindow<linalg::Conv2DNchwFchwOp>(linalg, input, turn(linalg, adaptor.getFilter()), init,
                                                                {1, 1}, op.getDilations()));
    return success();
  }

private:
  /// Filter (C, M, h, w) as (M, C, h, w) with its rows and columns backwards.
  static Value turn(const LinalgBuilder &linalg, Value filter) {
    OpBuilder &b = linalg.b;
    RankedTensorType type = getType(filter);
    AffineExpr row = b.getAffineConstantExpr(type.getDimSize(2) - 1) - b.getAffineDimExpr(2);
    AffineExpr column = b.getAffineConstantExpr(type.getDimSize(3) - 1) - b.getAffineDimExpr(3);
    AffineMap map = AffineMap::get(4, 0, {b.getAffineDimExpr(1), b.getAffineDimExpr(0), row, column}, b.getContext());
    return linalg.map(permuteType(type, {1, 0, 2, 3}), {filter}, {map},
                      [](OpBuilder &, ValueRange values) { return values[0]; });
  }
};

/// How many elements that count each window has, as a constant of the spatial shape.
Value makeCounts(const LinalgBuilder &linalg, cnn::AveragePoolOp op, RankedTensorType type, ArrayRef<int64_t> pads) {
  size_t space = op.getKernel().size();
  SmallVector<SmallVector<double>> counts(space);
  for (size_t dim = 0; dim < space; ++dim) {
    int64_t extent = getType(op.getInput()).getDimSize(2 + dim), low = 0, high = extent;
    if (op.getCountIncludePad())
      low -= pads[dim], high += pads[space + dim];
    for (int64_t out = 0; out < type.getDimSize(2 + dim); ++out) {
      int64_t count = 0;
      for (int64_t tap = 0; tap < op.getKernel()[dim]; ++tap) {
        int64_t place = out * op.getStrides()[dim] + tap * op.getDilations()[dim] - pads[dim];
        count += place >= low && place < high;
      }
      counts[dim].push_back(static_cast<double>(count));
    }
  }
  SmallVector<Attribute> values{linalg.b.getFloatAttr(type.getElementType(), 1.0)};
  for (ArrayRef<double> row : counts) {
    SmallVector<Attribute> products;
    for (Attribute before : values)
      for (double count : row)
        products.push_back(
            linalg.b.getFloatAttr(type.getElementType(), cast<FloatAttr>(before).getValueAsDouble() * count));
    values = std::move(products);
  }
  auto shape = RankedTensorType::get(type.getShape().drop_front(2), type.getElementType());
  return arith::ConstantOp::create(linalg.b, linalg.loc, shape, DenseElementsAttr::get(shape, values));
}

/// Padding in front (as far as the last window reaches), a named pool, for means a division behind.
template <typename Op> struct ConvertPool : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  static constexpr bool kIsMaximum = std::is_same_v<Op, cnn::MaxPoolOp>;

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    FailureOr<SmallVector<int64_t>> pads = cnn::resolvePads(cast<cnn::WindowOpInterface>(op.getOperation()));
    RankedTensorType type = getType(op.getResult()), inputType = getType(op.getInput());
    if (failed(pads) || !isa<FloatType>(type.getElementType()))
      return winnow::refuse(rewriter, op, "expected floating-point elements and pads that are known");
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    SmallVector<int64_t> low = getSide(*pads, false), high(2, 0);
    for (size_t dim = 0; dim < op.getKernel().size(); ++dim) {
      int64_t end = (type.getDimSize(2 + dim) - 1) * op.getStrides()[dim] +
                    (op.getKernel()[dim] - 1) * op.getDilations()[dim] + 1;
      high.push_back(std::max<int64_t>(0, end - inputType.getDimSize(2 + dim) - low[2 + dim]));
    }
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    double start = kIsMaximum ? lowest : 0.0;
    Value input = linalg.pad(adaptor.getInput(), low, high, start);
    Value window = tensor::EmptyOp::create(rewriter, op.getLoc(), op.getKernel(), type.getElementType());
    Value result = pool(linalg, input, window, linalg.fill(type, start), op.getStrides(), op.getDilations());
    if constexpr (!kIsMaximum)
      result = linalg.map(type, {result, makeCounts(linalg, op, type, *pads)}, [&](OpBuilder &b, ValueRange values) {
        return emitScalarFunction(b, op.getLoc(), cnn::ElementwiseKind::Div, values);
      });
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static Value pool(const LinalgBuilder &linalg, Value input, Value window, Value init, ArrayRef<int64_t> strides,
                    ArrayRef<int64_t> dilations) {
    using Pool1D = std::conditional_t<kIsMaximum, linalg::PoolingNcwMaxOp, linalg::PoolingNcwSumOp>;
    using Pool2D = std::conditional_t<kIsMaximum, linalg::PoolingNchwMaxOp, linalg::PoolingNchwSumOp>;
    using Pool3D = std::conditional_t<kIsMaximum, linalg::PoolingNdhwcMaxOp, linalg::PoolingNdhwcSumOp>;
    if (strides.size() == 1)
      return makeWindow<Pool1D>(linalg, input, window, init, strides, dilations);
    if (strides.size() == 2)
      return makeWindow<Pool2D>(linalg, input, window, init, strides, dilations);
    // In three dimensions linalg has channels last only.
    Value last = makeWindow<Pool3D>(linalg, linalg.transpose(input, {0, 2, 3, 4, 1}), window,
                                    linalg.transpose(init, {0, 2, 3, 4, 1}), strides, dilations);
    return linalg.transpose(last, {0, 4, 1, 2, 3});
  }
};

/// Matrices, or batches of them that are equally long; a matrix on the right belongs to all.
struct ConvertMatmul : OpConversionPattern<cnn::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getLhs()};
    RankedTensorType lhs = getType(op.getLhs()), rhs = getType(op.getRhs()), type = getType(op.getResult());
    Value init = linalg.fill(type, 0.0);
    ValueRange inputs = adaptor.getOperands();
    if (lhs.getRank() == 2 && rhs.getRank() == 2) {
      rewriter.replaceOpWithNewOp<linalg::MatmulOp>(op, TypeRange{type}, inputs, ValueRange{init});
      return success();
    }
    if (lhs.getRank() == 3 && rhs.getRank() == 3 && lhs.getDimSize(0) == rhs.getDimSize(0)) {
      rewriter.replaceOpWithNewOp<linalg::BatchMatmulOp>(op, TypeRange{type}, inputs, ValueRange{init});
      return success();
    }
    if (lhs.getRank() < 2 || rhs.getRank() < 2 || rhs.getNumDynamicDims())
      return winnow::refuse(rewriter, op, "expected matrices, the right one of static shape");
    rewriter.replaceOp(op, contract(linalg, inputs, type, init));
    return success();
  }

private:
  /// Loops: leading dimensions of the result, rows, columns, sum.
  static Value contract(const LinalgBuilder &linalg, ValueRange inputs, RankedTensorType type, Value init) {
    OpBuilder &b = linalg.b;
    int64_t rank = type.getRank();
    auto makeMap = [&](Value operand, int64_t row, int64_t column) {
      RankedTensorType own = getType(operand);
      SmallVector<AffineExpr> exprs;
      for (int64_t dim = 0; dim < own.getRank() - 2; ++dim) {
        int64_t loop = rank - own.getRank() + dim;
        bool repeats = own.getDimSize(dim) == 1 && type.getDimSize(loop) != 1;
        exprs.push_back(repeats ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(loop));
      }
      exprs.push_back(b.getAffineDimExpr(row));
      exprs.push_back(b.getAffineDimExpr(column));
      return AffineMap::get(rank + 1, 0, exprs, b.getContext());
    };
    SmallVector<AffineMap> maps{makeMap(inputs[0], rank - 2, rank), makeMap(inputs[1], rank, rank - 1),
                                makeMap(init, rank - 2, rank - 1)};
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    loops.push_back(utils::IteratorType::reduction);
    return linalg::GenericOp::create(b, linalg.loc, TypeRange{type}, inputs, ValueRange{init}, maps, loops,
                                     [&](OpBuilder &inner, Location loc, ValueRange v) {
                                       Value product =
                                           emitScalarFunction(inner, loc, cnn::ElementwiseKind::Mul, {v[0], v[1]});
                                       Value sum =
                                           emitScalarFunction(inner, loc, cnn::ElementwiseKind::Add, {product, v[2]});
                                       linalg::YieldOp::create(inner, loc, sum);
                                     })
        .getResult(0);
  }
};

/// alpha * A' * B' + beta * C, and an activation.
struct ConvertGemm : OpConversionPattern<cnn::GemmOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::GemmOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    RankedTensorType type = getType(op.getResult());
    if (!isa<FloatType>(type.getElementType()) || (op.getTransposeLhs() && getType(op.getLhs()).getNumDynamicDims()))
      return winnow::refuse(rewriter, op, "expected floating-point elements and a static shape where transposed");
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getLhs()};
    Value lhs = op.getTransposeLhs() ? linalg.transpose(adaptor.getLhs(), {1, 0}) : adaptor.getLhs();
    Value rhs = op.getTransposeRhs() ? linalg.transpose(adaptor.getRhs(), {1, 0}) : adaptor.getRhs();
    Value result = linalg::MatmulOp::create(rewriter, op.getLoc(), TypeRange{type}, ValueRange{lhs, rhs},
                                            ValueRange{linalg.fill(type, 0.0)})
                       ->getResult(0);
    double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
    if (alpha != 1.0)
      result = scale(linalg, result, alpha);
    if (Value addend = adaptor.getAddend()) {
      addend = beta == 1.0 ? addend : scale(linalg, addend, beta);
      result = linalg.map(type, {result, addend}, [&](OpBuilder &b, ValueRange values) {
        return emitScalarFunction(b, op.getLoc(), cnn::ElementwiseKind::Add, values);
      });
    }
    if (cnn::ActivationAttr activation = op.getActivationAttr())
      result = linalg.activate(result, activation);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static Value scale(const LinalgBuilder &linalg, Value input, double factor) {
    return linalg.map(getType(input), {input}, [&](OpBuilder &b, ValueRange v) -> Value {
      return arith::MulFOp::create(b, linalg.loc, v[0], makeNumber(b, linalg.loc, v[0].getType(), factor));
    });
  }
};

} // namespace

void populateCNNToLinalgWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertConvolution, ConvertTransposed, ConvertPool<cnn::MaxPoolOp>, ConvertPool<cnn::AveragePoolOp>,
               ConvertMatmul, ConvertGemm>(patterns.getContext());
}

} // namespace winnow
