//===- KernelLowering.h - what all lowerings of the room share --*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_KERNELLOWERING_H
#define WINNOW_LIB_KERNEL_KERNELLOWERING_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

#include <functional>

namespace winnow::kernel {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// The layout that a tensor type carries; null when plain.
cnn::LayoutAttr getLayout(mlir::Type type);

/// The type that elements of `type` have in buffers: signless integers, floats as they are.
mlir::Type getStorageType(mlir::Type elementType);

/// Whether elements of a tensor (or scalar) type are unsigned; bools count as unsigned.
bool isUnsigned(mlir::Type type);

/// The buffer of a tensor: its shape when plain, `N x ceil(C/b) x (H+2h) x
/// (W+2h) x b` in a blocked layout.
mlir::MemRefType getBufferType(mlir::RankedTensorType type);

/// Tensors to buffers.
class BufferTypeConverter : public mlir::TypeConverter {
public:
  BufferTypeConverter();
};

//===----------------------------------------------------------------------===//
// State of one run of the pass
//===----------------------------------------------------------------------===//

/// Elementwise ops in a row that one loop computes: the last one stands for all.
struct ElementwiseChain {
  /// One op: its function on lanes, and its operands before conversion. Operand
  /// `carried` is the result of the step before; -1 for the first step.
  struct Step {
    std::function<mlir::Value(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange lanes)> apply;
    /// Says all of what `apply` does: equal names mean equal code.
    std::string name;
    llvm::SmallVector<mlir::Value> operands;
    int64_t carried = -1;
  };
  llvm::SmallVector<Step> steps;
};

/// Globals and kernel functions of the module that is being lowered, so that
/// equal ones are made once.
class KernelContext {
public:
  explicit KernelContext(mlir::ModuleOp module);

  mlir::ModuleOp getModule() const { return module; }
  const TargetFacts &getFacts() const { return facts; }

  /// A buffer that holds the constant `attr` (any ElementsAttr whose shape is
  /// the buffer's): a private global, shared between equal attributes.
  mlir::Value getConstantBuffer(mlir::OpBuilder &b, mlir::Location loc, mlir::ElementsAttr attr);

  /// The private function `@kernel_<key>` of the given type. `body` fills its
  /// entry block (the builder stands in it; it must end with a func.return)
  /// when the key is new. Equal keys must mean equal code.
  mlir::func::FuncOp
  getOrCreateKernel(llvm::StringRef key, mlir::FunctionType type,
                    llvm::function_ref<void(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange args)> body);

  /// Elementwise chains by their last op; ops whose work a later one does, with
  /// the operand that stands for their result until then.
  llvm::DenseMap<mlir::Operation *, ElementwiseChain> chains;
  llvm::DenseMap<mlir::Operation *, unsigned> deferred;

private:
  mlir::ModuleOp module;
  TargetFacts facts;
  mlir::SymbolTable symbols;
  llvm::DenseMap<mlir::Attribute, mlir::memref::GlobalOp> globals;
  llvm::StringMap<mlir::func::FuncOp> kernels;
};

/// Base of all lowerings: a conversion pattern that knows the context.
template <typename OpTy> class KernelPattern : public mlir::OpConversionPattern<OpTy> {
public:
  KernelPattern(const mlir::TypeConverter &converter, KernelContext &context, mlir::PatternBenefit benefit = 1)
      : mlir::OpConversionPattern<OpTy>(converter, context.getModule().getContext(), benefit), context(context) {}

protected:
  KernelContext &context;
};

/// `type` without its layout.
mlir::RankedTensorType getPlainType(mlir::Type type);

/// Base of lowerings that work on plain buffers only: operands come converted
/// to plain, results are converted to the layouts that the op's types ask for.
template <typename OpTy> class PlainPattern : public KernelPattern<OpTy> {
public:
  using KernelPattern<OpTy>::KernelPattern;

  mlir::LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                      mlir::ConversionPatternRewriter &rewriter) const final;

protected:
  /// Returns the plain buffers of the results, or declines with a reason.
  virtual llvm::FailureOr<llvm::SmallVector<mlir::Value>> lower(OpTy op, typename OpTy::Adaptor plain,
                                                                mlir::ConversionPatternRewriter &rewriter) const = 0;
};

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

/// Allocates the buffer of a tensor of type `type` (64-byte aligned).
/// `dynamicExtents` are its dynamic logical extents in order. Elements are
/// undefined, padding channels and halo included.
mlir::Value allocateResult(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type,
                           mlir::ValueRange dynamicExtents = {});

/// The same where dynamic extents of the result are those of the same
/// dimensions of `like`, the buffer of an operand of type `likeType`.
mlir::Value allocateResultLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, mlir::Value like);

/// Allocates a buffer of a given type, 64-byte aligned.
mlir::Value allocateBuffer(mlir::OpBuilder &b, mlir::Location loc, mlir::MemRefType type,
                           mlir::ValueRange dynamicExtents = {});

/// The extent of a dimension of a buffer: a constant, or memref.dim.
mlir::OpFoldResult getExtent(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, int64_t dim);
llvm::SmallVector<mlir::OpFoldResult> getExtents(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer);

/// The part of a blocked buffer without its halo; `buffer` itself without one.
mlir::Value getInterior(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, cnn::LayoutAttr layout);

/// A buffer as a contiguous 1-D one (no copy); `buffer` has an identity layout.
mlir::Value flatten(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer);

/// A contiguous buffer under another shape (no copy). Exactly as many elements.
mlir::Value reinterpretShape(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, mlir::MemRefType type,
                             mlir::ValueRange dynamicExtents = {});

/// Fills a whole buffer with zeros (vector loop on the flat buffer).
void zeroBuffer(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, const TargetFacts &facts);

/// Writes zeros to the halo and to padding channels of a blocked buffer.
void zeroPadding(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, mlir::RankedTensorType type);

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

mlir::Value indexConstant(mlir::OpBuilder &b, mlir::Location loc, int64_t value);
/// `ofr` as an index value.
mlir::Value asValue(mlir::OpBuilder &b, mlir::Location loc, mlir::OpFoldResult ofr);
/// Sums and products of indices, folded where constant.
mlir::Value addIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs, mlir::Value rhs);
mlir::Value mulIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs, mlir::Value rhs);
mlir::OpFoldResult multiply(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::OpFoldResult> factors);

/// One scf.for from 0 to `extent`; no loop where `extent` is the constant 1.
void forRange(mlir::OpBuilder &b, mlir::Location loc, mlir::OpFoldResult extent,
              llvm::function_ref<void(mlir::OpBuilder &, mlir::Location, mlir::Value)> body);

/// A nest of loops, outermost first; `body` gets one index per extent.
void forEachIndex(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::OpFoldResult> extents,
                  llvm::function_ref<void(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> body);

/// A loop over `extent` elements in steps of up to `lanes` (a power of two):
/// vectors of `lanes`, then the tail: smaller vectors where the extent is
/// static, single elements where it is not. `body` gets the position and the
/// number of lanes at it (1: scalars).
void forEachVector(mlir::OpBuilder &b, mlir::Location loc, mlir::OpFoldResult extent, int64_t lanes,
                   llvm::function_ref<void(mlir::OpBuilder &, mlir::Location, mlir::Value, int64_t)> body);

/// Lanes of a vector whose widest elements have the type `element`. Bools are
/// handled one by one: a vector of them would be packed into bits.
int64_t getLanes(const TargetFacts &facts, mlir::Type element);

/// Loads `lanes` elements (a scalar when 1) from `buffer` at `indices`.
mlir::Value loadLanes(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, mlir::ValueRange indices,
                      int64_t lanes);
/// Stores a scalar or a vector.
void storeLanes(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::Value buffer,
                mlir::ValueRange indices);
/// `scalar` in all lanes; itself when `lanes` is 1.
mlir::Value broadcastLanes(mlir::OpBuilder &b, mlir::Location loc, mlir::Value scalar, int64_t lanes);
/// `elementType`, or a vector of it when `lanes` > 1.
mlir::Type laneType(mlir::Type elementType, int64_t lanes);

/// Copies `source` to `target` (same shape, any strides) by loops whose
/// innermost contiguous run is copied by vectors.
void copyBuffer(mlir::OpBuilder &b, mlir::Location loc, mlir::Value source, mlir::Value target,
                const TargetFacts &facts);

/// The tensor in buffer `source` (of tensor type `from`) in the layout of
/// `to`, a type of the same shape: a new buffer, or `source` where they agree.
mlir::Value convertLayout(mlir::OpBuilder &b, mlir::Location loc, mlir::Value source, mlir::RankedTensorType from,
                          mlir::RankedTensorType to);

/// What an elementwise loop computes: gets the lanes of all inputs at one
/// position and returns those of all outputs.
using LaneFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &b, mlir::Location loc,
                                                                 mlir::ValueRange inputs, int64_t lanes)>;

/// Applies `body` to every position of `outputs` (buffers of one shape). Inputs
/// align from the right and broadcast where their extent is 1. Dimensions that
/// behave alike are collapsed; the innermost loop is vectorised with `lanes`.
void emitElementwiseLoop(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange inputs, mlir::ValueRange outputs,
                         int64_t lanes, LaneFn body);

/// Lanes for a loop that touches elements of these buffers and computes halves in f32.
int64_t getCommonLanes(const TargetFacts &facts, mlir::ValueRange buffers);

/// Operand `value` (of tensor type `type`) as a buffer whose physical shape
/// broadcasts to that of a result of type `resultType`, whatever their layouts.
mlir::Value alignOperand(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::RankedTensorType type,
                         mlir::RankedTensorType resultType);

/// The dynamic extents of the result of broadcasting, taken from the operands.
llvm::SmallVector<mlir::Value> getBroadcastExtents(mlir::OpBuilder &b, mlir::Location loc,
                                                   mlir::RankedTensorType resultType, mlir::ValueRange operands,
                                                   mlir::TypeRange operandTypes);

/// A whole elementwise op: aligns operands, allocates the result, runs `body`
/// over it and clears its padding.
mlir::Value lowerElementwise(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange operands,
                             mlir::TypeRange operandTypes, mlir::RankedTensorType resultType, const TargetFacts &facts,
                             LaneFn body);

/// Finds the elementwise ops of `func` that one loop computes and writes them to `context`.
void planElementwiseChains(mlir::func::FuncOp func, KernelContext &context);

/// A scalar constant of a storage type.
mlir::Value scalarConstant(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, double value);

//===----------------------------------------------------------------------===//
// Lowerings, one file each
//===----------------------------------------------------------------------===//

using PopulateFn = void(mlir::RewritePatternSet &patterns, const mlir::TypeConverter &converter,
                        KernelContext &context);
PopulateFn populatePackedGemvLowering, populateConvolutionLowering, populateTransposedConvolutionLowering,
    populateMatmulLowering;
PopulateFn populateElementwiseLowering, populateNormalizationLowering, populateSoftmaxLowering,
    populateReductionLowering, populateShapeLowering, populateMovementLowering, populateLayoutLowering,
    populateQuantizationLowering, populateQuantizedLowering, populateIntegerLowering, populateEinsumLowering;
PopulateFn populateSpatialLowering, populateSamplingLowering, populateIndexingLowering, populateSelectionLowering,
    populateSuppressionLowering;

//===----------------------------------------------------------------------===//
// Templates
//===----------------------------------------------------------------------===//

template <typename OpTy>
mlir::LogicalResult PlainPattern<OpTy>::matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                                        mlir::ConversionPatternRewriter &rewriter) const {
  llvm::SmallVector<mlir::Value> operands;
  for (auto [value, type] : llvm::zip_equal(adaptor.getOperands(), op->getOperandTypes()))
    operands.push_back(
        convertLayout(rewriter, op.getLoc(), value, llvm::cast<mlir::RankedTensorType>(type), getPlainType(type)));
  llvm::FailureOr<llvm::SmallVector<mlir::Value>> results =
      lower(op, typename OpTy::Adaptor(mlir::ValueRange(operands), op), rewriter);
  if (failed(results))
    return mlir::failure();
  for (auto [value, type] : llvm::zip_equal(*results, op->getResultTypes()))
    value = convertLayout(rewriter, op.getLoc(), value, getPlainType(type), llvm::cast<mlir::RankedTensorType>(type));
  rewriter.replaceOp(op, *results);
  return mlir::success();
}

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_KERNELLOWERING_H
