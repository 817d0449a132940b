//===- MatmulLowering.cpp - matrix products as kernel calls ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionShape.h"
#include "FilterPacking.h"
#include "GemvKernel.h"
#include "KernelLowering.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// One product (rows x depth) * (depth x columns); strides in elements.
struct MatrixShape {
  int64_t rows = 1, depth = 1, columns = 1;
  int64_t lhsRow = 0, lhsDepth = 1;    ///< where element (m, k) of the lhs lies
  int64_t rhsDepth = 0, rhsColumn = 1; ///< where element (k, n) of the rhs lies, unless packed
  bool packed = false;                 ///< the rhs is packed in groups of vectors of columns
  int64_t lhsSize = 0, rhsSize = 0;
  Type elementType, computeType;
  double alpha = 1.0, beta = 1.0;
  /// The addend: where element (m, n) lies; a size of 0: none.
  int64_t addendSize = 0, addendRow = 0, addendColumn = 0;
  bool bias = false; ///< a packed bias, one element a column
  cnn::ActivationAttr activation;
  int64_t lanes = 1, pixels = 1, vectors = 1;

  /// Vectors of a group in the packed rhs: a single row reads each block of columns as a stream of its own.
  int64_t getPackedVectors() const { return rows == 1 ? 1 : vectors; }
  int64_t getColumnBlocks() const { return (columns + lanes - 1) / lanes; }
  std::string getName() const;
};

} // namespace

std::string MatrixShape::getName() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "matmul_" << rows << "x" << depth << "x" << columns << "_l" << lhsRow << "_" << lhsDepth;
  if (packed)
    os << "_packed";
  else
    os << "_r" << rhsDepth << "_" << rhsColumn;
  os << "_" << getTypeName(elementType);
  if (bias)
    os << "_bias";
  if (addendSize)
    os << "_add" << addendSize << "_" << addendRow << "_" << addendColumn;
  if (alpha != 1.0 || beta != 1.0)
    os << "_x" << llvm::utohexstr(llvm::bit_cast<uint64_t>(alpha)) << "_"
       << llvm::utohexstr(llvm::bit_cast<uint64_t>(beta));
  os << getActivationName(activation) << "_t" << pixels << "x" << vectors << "x" << lanes;
  return text;
}

/// The register tile of a product: a row streams its matrix through eight
/// accumulators, more rows share what they load.
static void setTile(MatrixShape &shape, const TargetFacts &facts) {
  shape.lanes = std::max<int64_t>(1, facts.vectorBits / shape.computeType.getIntOrFloatBitWidth());
  int64_t accumulators = facts.vectorRegisters >= 32 ? 28 : 12, blocks = shape.getColumnBlocks();
  int64_t vectors = shape.rows == 1 ? 8 : shape.rows < 7 ? 4 : 2;
  shape.vectors = std::max<int64_t>(1, std::min(vectors, blocks));
  int64_t most = std::max<int64_t>(1, accumulators / shape.vectors);
  int64_t tiles = (shape.rows + most - 1) / most;
  shape.pixels = (shape.rows + tiles - 1) / tiles;
}

namespace {

/// Emits the body of one product.
class MatrixEmitter {
public:
  MatrixEmitter(KernelBuilder &kb, const MatrixShape &shape, bool fma, ValueRange args) : kb(kb), shape(shape) {
    unsigned next = 0;
    tile.pixelBuffer = args[next++];
    tile.channelBuffer = args[next++];
    if (shape.bias)
      tile.epilogue.bias = args[next++];
    if (shape.addendSize)
      tile.epilogue.residual = args[next++];
    tile.output = args[next];
    tile.computeType = shape.computeType;
    tile.lanes = shape.lanes;
    tile.fma = fma;
    tile.channelStride = tile.outputStride = shape.lanes;
    tile.epilogue.activation = shape.activation;
    tile.epilogue.alpha = shape.alpha;
    tile.epilogue.beta = shape.beta;
    tile.epilogue.residualIsScalar = shape.addendColumn == 0;
    tile.epilogue.residualStride = shape.addendColumn * shape.lanes;
    tile.maskChannels = !shape.packed;
    if (shape.packed && shape.rows == 1)
      setGemvStreams(tile, shape.depth);
  }

  void emit() {
    int64_t blocks = shape.getColumnBlocks(), tail = shape.columns % shape.lanes;
    // Groups whose last vector is whole share a loop, the others stand alone.
    int64_t full = (shape.columns / shape.lanes) / shape.vectors;
    int64_t rest = blocks - full * shape.vectors, groups = full + (rest != 0);
    kb.split(kChannelAxis, groups, kb.index(0), kb.index(full), 1,
             [&](Value g) { emitGroup(kb.mul(g, shape.vectors), shape.vectors, shape.lanes); });
    if (rest)
      kb.split(kChannelAxis, groups, kb.index(full), kb.index(groups), 1,
               [&](Value) { emitGroup(kb.index(full * shape.vectors), rest, tail ? tail : shape.lanes); });
  }

private:
  void emitGroup(Value block, int64_t vectors, int64_t lastLanes) {
    tile.vectors = vectors;
    tile.lastLanes = lastLanes;
    Value column = kb.mul(block, shape.lanes);
    Value w = shape.packed ? kb.mul(column, shape.depth) : column;
    int64_t full = shape.rows / shape.pixels * shape.pixels;
    kb.split(kRowAxis, shape.rows, kb.index(0), kb.index(full), shape.pixels,
             [&](Value row) { emitTile(row, shape.pixels, column, w); });
    if (int64_t rest = shape.rows - full)
      kb.split(kRowAxis, shape.rows, kb.index(full), kb.index(shape.rows), rest,
               [&](Value) { emitTile(kb.index(full), rest, column, w); });
  }

  void emitTile(Value row, int64_t pixels, Value column, Value w) {
    tile.pixelOffsets.clear();
    tile.outputOffsets.clear();
    tile.epilogue.residualOffsets.clear();
    for (int64_t p = 0; p < pixels; ++p) {
      tile.pixelOffsets.push_back(p * shape.lhsRow);
      tile.outputOffsets.push_back(p * shape.columns);
      tile.epilogue.residualOffsets.push_back(p * shape.addendRow);
    }
    Value x = kb.mul(row, shape.lhsRow);
    int64_t rowSize = shape.rhsDepth;
    if (shape.packed)
      rowSize = shape.rows == 1 ? shape.lanes : tile.vectors * shape.lanes;
    Values accumulators = tile.initialize(kb, column);
    accumulators = kb.loop(kb.index(0), kb.index(shape.depth), 1, accumulators, [&](Value k, ValueRange carried) {
      Values values(carried.begin(), carried.end());
      tile.step(kb, kb.add(x, kb.mul(k, shape.lhsDepth)), kb.add(w, kb.mul(k, rowSize)), values);
      return values;
    });
    Value r = kb.add(kb.mul(row, shape.addendRow), kb.mul(column, shape.addendColumn));
    tile.finish(kb, kb.add(kb.mul(row, shape.columns), column), accumulators, r);
  }

  KernelBuilder &kb;
  const MatrixShape &shape;
  ContractionTile tile;
};

/// Buffers of one product; absent ones are null.
struct MatrixOperands {
  Value lhs, rhs, bias, addend, output;
};

} // namespace

static void emitProduct(OpBuilder &b, Location loc, KernelContext &context, const MatrixShape &shape,
                        const MatrixOperands &operands) {
  llvm::SmallVector<Type> types;
  Values arguments;
  for (Value operand : {operands.lhs, operands.rhs, operands.bias, operands.addend, operands.output})
    if (operand) {
      arguments.push_back(operand);
      types.push_back(operand.getType());
    }
  auto kernel = context.getOrCreateKernel(shape.getName(), b.getFunctionType(types, {}),
                                          [&](OpBuilder &b, Location loc, ValueRange args) {
                                            KernelBuilder kb(b, loc, b.getInsertionBlock());
                                            MatrixEmitter(kb, shape, context.getFacts().hasFMA, args).emit();
                                            func::ReturnOp::create(b, loc);
                                          });
  func::CallOp::create(b, loc, kernel, arguments);
}

/// A row-major copy of a rhs that is stored by columns (n, k), for vector loads along n.
static Value emitTranspose(OpBuilder &b, Location loc, Value source, MatrixShape &shape) {
  auto type = MemRefType::get({shape.depth * shape.columns}, shape.elementType);
  Value copy = allocateBuffer(b, loc, type);
  llvm::SmallVector<OpFoldResult> extents{b.getIndexAttr(shape.depth), b.getIndexAttr(shape.columns)};
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    Value from = kb.add(kb.mul(at[0], shape.rhsDepth), kb.mul(at[1], shape.rhsColumn));
    Value element = memref::LoadOp::create(b, loc, source, ValueRange{from});
    memref::StoreOp::create(b, loc, element, copy, ValueRange{kb.add(kb.mul(at[0], shape.columns), at[1])});
  });
  shape.rhsDepth = shape.columns;
  shape.rhsColumn = 1;
  return getFlatBuffer(b, loc, copy);
}

/// Whether all extents but the batch are known.
static bool isStatic(RankedTensorType type, int64_t firstDim = 0) {
  return llvm::none_of(type.getShape().drop_front(firstDim), ShapedType::isDynamic);
}

namespace {

struct GemmLowering : KernelPattern<cnn::GemmOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::GemmOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType rhsType = op.getRhs().getType();
    RankedTensorType type = op.getOutput().getType();
    bool dynamicRows = type.isDynamicDim(0);
    if (!isStatic(rhsType) || type.isDynamicDim(1) || (dynamicRows && op.getTransposeLhs()))
      return rewriter.notifyMatchFailure(op, "expected only rows of an lhs that is not transposed to be dynamic");

    MatrixShape shape;
    shape.elementType = getStorageType(type.getElementType());
    shape.computeType = getComputeType(shape.elementType);
    shape.rows = dynamicRows ? 1 : type.getDimSize(0);
    shape.columns = type.getDimSize(1);
    shape.depth = rhsType.getDimSize(op.getTransposeRhs() ? 1 : 0);
    shape.lhsRow = op.getTransposeLhs() ? 1 : shape.depth;
    shape.lhsDepth = op.getTransposeLhs() ? shape.rows : 1;
    shape.rhsDepth = op.getTransposeRhs() ? 1 : shape.columns;
    shape.rhsColumn = op.getTransposeRhs() ? shape.depth : 1;
    shape.alpha = op.getAlpha().convertToDouble();
    shape.beta = op.getBeta().convertToDouble();
    shape.activation = op.getActivationAttr();
    setTile(shape, context.getFacts());

    MatrixOperands operands;
    if (LogicalResult result = setAddend(op, adaptor, rewriter, shape, operands); failed(result))
      return result;
    setRhs(op, adaptor, rewriter, shape, operands);

    Value output = allocateResultLike(rewriter, loc, type, adaptor.getLhs());
    if (dynamicRows) {
      forEachRow(rewriter, loc, adaptor.getLhs(), output, shape, operands);
    } else {
      operands.lhs = getFlatBuffer(rewriter, loc, adaptor.getLhs());
      operands.output = getFlatBuffer(rewriter, loc, output);
      emitProduct(rewriter, loc, context, shape, operands);
    }
    rewriter.replaceOp(op, output);
    return success();
  }

private:
  /// A dynamic number of rows: one kernel call each.
  void forEachRow(OpBuilder &b, Location loc, Value lhs, Value output, const MatrixShape &shape,
                  MatrixOperands operands) const {
    Value addend = operands.addend;
    forEachImage(b, loc, lhs, [&](OpBuilder &b, Value row) {
      operands.lhs = getFlatImage(b, loc, lhs, row);
      operands.output = getFlatImage(b, loc, output, row);
      if (addend && cast<MemRefType>(addend.getType()).isDynamicDim(0))
        operands.addend = getFlatImage(b, loc, addend, row);
      emitProduct(b, loc, context, shape, operands);
    });
  }

  /// A constant rhs is packed; another is read as it lies, or turned first.
  void setRhs(cnn::GemmOp op, OpAdaptor adaptor, OpBuilder &b, MatrixShape &shape, MatrixOperands &operands) const {
    ElementsAttr constant = getConstant(op.getRhs());
    if (constant && isa<FloatType>(shape.elementType)) {
      ElementsAttr packed = packMatrix(constant, shape.computeType, shape.depth, shape.columns, shape.rhsDepth,
                                       shape.rhsColumn, shape.lanes, shape.getPackedVectors(), shape.alpha);
      operands.rhs = context.getConstantBuffer(b, op.getLoc(), packed);
      shape.packed = true;
      shape.alpha = 1.0;
      return;
    }
    operands.rhs = getFlatBuffer(b, op.getLoc(), adaptor.getRhs());
    if (shape.rhsColumn != 1)
      operands.rhs = emitTranspose(b, op.getLoc(), operands.rhs, shape);
  }

  LogicalResult setAddend(cnn::GemmOp op, OpAdaptor adaptor, ConversionPatternRewriter &b, MatrixShape &shape,
                          MatrixOperands &operands) const {
    if (!op.getAddend() || shape.beta == 0.0)
      return success();
    RankedTensorType type = op.getAddend().getType();
    int64_t rank = type.getRank();
    int64_t columns = rank > 0 ? type.getDimSize(rank - 1) : 1, rows = rank > 1 ? type.getDimSize(0) : 1;
    ElementsAttr constant = getConstant(op.getAddend());
    bool alphaIsFolded = shape.alpha == 1.0 || getConstant(op.getRhs());
    if (constant && rows == 1 && columns == shape.columns && shape.beta == 1.0 && alphaIsFolded &&
        isa<FloatType>(shape.elementType)) {
      int64_t size = shape.getColumnBlocks() * shape.lanes;
      operands.bias = context.getConstantBuffer(b, op.getLoc(), packChannels(constant, shape.computeType, size));
      shape.bias = true;
      return success();
    }
    shape.addendRow = rows == 1 ? 0 : columns;
    shape.addendColumn = columns == 1 ? 0 : 1;
    if (ShapedType::isDynamic(rows)) {
      shape.addendSize = columns;
      operands.addend = adaptor.getAddend();
      return success();
    }
    if (op.getOutput().getType().isDynamicDim(0) && rows != 1)
      return b.notifyMatchFailure(op, "expected one row of addend, or as many as the result has");
    shape.addendSize = rows * columns;
    operands.addend = getFlatBuffer(b, op.getLoc(), adaptor.getAddend());
    return success();
  }
};

/// numpy's matmul: a batch of products, extents of 1 repeated.
struct MatmulLowering : KernelPattern<cnn::MatmulOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType lhsType = op.getLhs().getType(), rhsType = op.getRhs().getType();
    RankedTensorType type = op.getOutput().getType();
    if (lhsType.getRank() == 0 || rhsType.getRank() == 0)
      return rewriter.notifyMatchFailure(op, "expected operands of rank 1 or more");
    int64_t lhsRank = std::max<int64_t>(2, lhsType.getRank()), rhsRank = std::max<int64_t>(2, rhsType.getRank());

    // Dimensions from the right, as matrices: a vector is a row (lhs) or a column (rhs).
    auto lhsDim = [&](int64_t fromEnd) {
      return lhsType.getRank() == 1 ? (fromEnd == 1 ? lhsType.getDimSize(0) : 1)
                                    : lhsType.getDimSize(lhsRank - fromEnd);
    };
    auto rhsDim = [&](int64_t fromEnd) {
      return rhsType.getRank() == 1 ? (fromEnd == 2 ? rhsType.getDimSize(0) : 1)
                                    : rhsType.getDimSize(rhsRank - fromEnd);
    };
    MatrixShape shape;
    shape.elementType = getStorageType(type.getElementType());
    shape.computeType = getComputeType(shape.elementType);
    shape.depth = lhsDim(1);
    shape.columns = rhsDim(1);
    bool dynamicRows = ShapedType::isDynamic(lhsDim(2));
    shape.rows = dynamicRows ? 1 : lhsDim(2);
    if (ShapedType::isDynamic(shape.depth) || ShapedType::isDynamic(shape.columns))
      return rewriter.notifyMatchFailure(op, "expected static depth and columns");
    if (dynamicRows && (lhsRank > 2 || rhsRank > 2))
      return rewriter.notifyMatchFailure(op, "expected static rows in a batch of products");
    shape.lhsRow = shape.depth;
    shape.rhsDepth = shape.columns;
    setTile(shape, context.getFacts());

    MatrixOperands operands;
    ElementsAttr constant = getConstant(op.getRhs());
    if (constant && rhsRank == 2 && isa<FloatType>(shape.elementType)) {
      ElementsAttr packed = packMatrix(constant, shape.computeType, shape.depth, shape.columns, shape.columns, 1,
                                       shape.lanes, shape.getPackedVectors(), 1.0);
      operands.rhs = context.getConstantBuffer(rewriter, loc, packed);
      shape.packed = true;
    }
    Value output = allocate(op, adaptor, rewriter);
    emitBatch(op, adaptor, rewriter, output, shape, operands, dynamicRows);
    rewriter.replaceOp(op, output);
    return success();
  }

private:
  /// The result's buffer; dynamic extents come from the operand that has them.
  Value allocate(cnn::MatmulOp op, OpAdaptor adaptor, OpBuilder &b) const {
    RankedTensorType type = op.getOutput().getType();
    int64_t tail = (op.getLhs().getType().getRank() > 1) + (op.getRhs().getType().getRank() > 1);
    int64_t batch = type.getRank() - tail;
    Values extents;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d))
        continue;
      Value from = adaptor.getLhs();
      int64_t lhsBatch = op.getLhs().getType().getRank() - 2, rhsBatch = op.getRhs().getType().getRank() - 2;
      int64_t dim = d - batch + lhsBatch;
      if (d < batch && (dim < 0 || !op.getLhs().getType().isDynamicDim(dim))) {
        from = adaptor.getRhs();
        dim = d - batch + rhsBatch;
      }
      extents.push_back(asValue(b, op.getLoc(), getExtent(b, op.getLoc(), from, dim)));
    }
    return allocateResult(b, op.getLoc(), type, extents);
  }

  /// The matrix of `buffer` at a position of the batch, flat. Found by its place in the flat buffer: a view that drops
  /// dimensions cannot tell those of extent 1 apart.
  static Value getMatrix(OpBuilder &b, Location loc, Value buffer, ValueRange batch, int64_t tail) {
    auto type = cast<MemRefType>(buffer.getType());
    int64_t leading = type.getRank() - tail, size = 1;
    if (leading <= 0)
      return getFlatBuffer(b, loc, buffer);
    for (int64_t extent : type.getShape().take_back(tail))
      size *= extent;
    Value position = indexConstant(b, loc, 0);
    for (int64_t d = 0; d < leading; ++d) {
      position = mulIndex(b, loc, position, asValue(b, loc, getExtent(b, loc, buffer, d)));
      if (type.getDimSize(d) != 1) // extent 1 repeats
        position = addIndex(b, loc, position, batch[batch.size() - leading + d]);
    }
    position = mulIndex(b, loc, position, indexConstant(b, loc, size));
    Value matrix = memref::SubViewOp::create(b, loc, flatten(b, loc, buffer), OpFoldResult(position),
                                             OpFoldResult(b.getIndexAttr(size)), OpFoldResult(b.getIndexAttr(1)));
    return getFlatBuffer(b, loc, matrix);
  }

  void emitBatch(cnn::MatmulOp op, OpAdaptor adaptor, OpBuilder &b, Value output, const MatrixShape &shape,
                 MatrixOperands operands, bool dynamicRows) const {
    Location loc = op.getLoc();
    int64_t lhsTail = std::min<int64_t>(2, op.getLhs().getType().getRank());
    int64_t rhsTail = std::min<int64_t>(2, op.getRhs().getType().getRank());
    int64_t tail = (lhsTail > 1) + (rhsTail > 1);
    // Rows that are not known are a batch of single rows.
    if (dynamicRows) {
      --lhsTail;
      --tail;
    }
    int64_t batch = op.getOutput().getType().getRank() - tail;
    llvm::SmallVector<OpFoldResult> extents;
    for (int64_t d = 0; d < batch; ++d)
      extents.push_back(getExtent(b, loc, output, d));
    bool packed = static_cast<bool>(operands.rhs);
    forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
      operands.lhs = getMatrix(b, loc, adaptor.getLhs(), at, lhsTail);
      if (!packed)
        operands.rhs = getMatrix(b, loc, adaptor.getRhs(), at, rhsTail);
      operands.output = getMatrix(b, loc, output, at, tail);
      emitProduct(b, loc, context, shape, operands);
    });
  }
};

} // namespace

void populateMatmulLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<GemmLowering, MatmulLowering>(converter, context);
}

} // namespace winnow::kernel
