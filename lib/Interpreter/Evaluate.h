//===- Evaluate.h - one function for each op --------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_EVALUATE_H
#define WINNOW_LIB_INTERPRETER_EVALUATE_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Interpreter/Tensor.h"

#include "mlir/Dialect/Quant/IR/Quant.h"

namespace winnow {

/// The operand values of an op under their ODS names; null where an optional operand is absent.
template <typename OpT> using Operands = typename OpT::template GenericAdaptor<llvm::ArrayRef<const Tensor *>>;

/// The results to fill. A result whose extents follow from the operands is
/// allocated; the others are null and made by the op's function.
using Results = llvm::MutableArrayRef<Tensor>;

/// Allocates a result that the shape rules could not; an error on `op` if that is impossible.
mlir::LogicalResult createResult(mlir::Operation *op, Tensor &result, llvm::ArrayRef<int64_t> shape,
                                 mlir::Type elementType);

// Every function computes the results of one op. Operands fit the op's types
// and its shape rules; a function fails, with a diagnostic on the op, only on
// what types cannot say (indices out of range, extents given as data).
// The functions of a family lie in the files of its name.

// Convolution
mlir::LogicalResult evaluateOp(cnn::ConvolutionOp op, Operands<cnn::ConvolutionOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::TransposedConvolutionOp op, Operands<cnn::TransposedConvolutionOp> in, Results out);
// Pooling
mlir::LogicalResult evaluateOp(cnn::MaxPoolOp op, Operands<cnn::MaxPoolOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::MaxPoolWithIndicesOp op, Operands<cnn::MaxPoolWithIndicesOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::AveragePoolOp op, Operands<cnn::AveragePoolOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::LpPoolOp op, Operands<cnn::LpPoolOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GlobalPoolOp op, Operands<cnn::GlobalPoolOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::MaxUnpoolOp op, Operands<cnn::MaxUnpoolOp> in, Results out);
// Matmul, Einsum
mlir::LogicalResult evaluateOp(cnn::MatmulOp op, Operands<cnn::MatmulOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GemmOp op, Operands<cnn::GemmOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::EinsumOp op, Operands<cnn::EinsumOp> in, Results out);
// Normalization
mlir::LogicalResult evaluateOp(cnn::BatchNormOp op, Operands<cnn::BatchNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::InstanceNormOp op, Operands<cnn::InstanceNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GroupNormOp op, Operands<cnn::GroupNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::LayerNormOp op, Operands<cnn::LayerNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::LpNormOp op, Operands<cnn::LpNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::LocalResponseNormOp op, Operands<cnn::LocalResponseNormOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::SoftmaxOp op, Operands<cnn::SoftmaxOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::LogSoftmaxOp op, Operands<cnn::LogSoftmaxOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::HardmaxOp op, Operands<cnn::HardmaxOp> in, Results out);
// Activation
mlir::LogicalResult evaluateActivation(cnn::ActivationOpInterface op, const Tensor &in, Tensor &out);
mlir::LogicalResult evaluateOp(cnn::ClipOp op, Operands<cnn::ClipOp> in, Results out);
// Elementwise
mlir::LogicalResult evaluateElementwise(cnn::ElementwiseOpInterface op, llvm::ArrayRef<const Tensor *> inputs,
                                        Tensor &out);
mlir::LogicalResult evaluateOp(cnn::IsInfOp op, Operands<cnn::IsInfOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::WhereOp op, Operands<cnn::WhereOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::CastOp op, Operands<cnn::CastOp> in, Results out);
// Reduction, Selection
mlir::LogicalResult evaluateOp(cnn::ReduceOp op, Operands<cnn::ReduceOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ArgMaxOp op, Operands<cnn::ArgMaxOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ArgMinOp op, Operands<cnn::ArgMinOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::CumSumOp op, Operands<cnn::CumSumOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::TopKOp op, Operands<cnn::TopKOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::NonMaxSuppressionOp op, Operands<cnn::NonMaxSuppressionOp> in, Results out);
// Shape
mlir::LogicalResult evaluateOp(cnn::ReshapeOp op, Operands<cnn::ReshapeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ConvertLayoutOp op, Operands<cnn::ConvertLayoutOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::TransposeOp op, Operands<cnn::TransposeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ExpandOp op, Operands<cnn::ExpandOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::TileOp op, Operands<cnn::TileOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ConcatOp op, Operands<cnn::ConcatOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::SliceOp op, Operands<cnn::SliceOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::PadOp op, Operands<cnn::PadOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::DepthToSpaceOp op, Operands<cnn::DepthToSpaceOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::SpaceToDepthOp op, Operands<cnn::SpaceToDepthOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ShapeOp op, Operands<cnn::ShapeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::SizeOp op, Operands<cnn::SizeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::RangeOp op, Operands<cnn::RangeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ConstantOfShapeOp op, Operands<cnn::ConstantOfShapeOp> in, Results out);
// Indexing
mlir::LogicalResult evaluateOp(cnn::GatherOp op, Operands<cnn::GatherOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GatherElementsOp op, Operands<cnn::GatherElementsOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GatherNDOp op, Operands<cnn::GatherNDOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ScatterElementsOp op, Operands<cnn::ScatterElementsOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ScatterNDOp op, Operands<cnn::ScatterNDOp> in, Results out);
// Spatial, Sampling
mlir::LogicalResult evaluateOp(cnn::ResizeOp op, Operands<cnn::ResizeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::GridSampleOp op, Operands<cnn::GridSampleOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::RoiAlignOp op, Operands<cnn::RoiAlignOp> in, Results out);
// Quantization
mlir::LogicalResult evaluateOp(cnn::QuantizeLinearOp op, Operands<cnn::QuantizeLinearOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::DequantizeLinearOp op, Operands<cnn::DequantizeLinearOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::DynamicQuantizeLinearOp op, Operands<cnn::DynamicQuantizeLinearOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::ConvolutionIntegerOp op, Operands<cnn::ConvolutionIntegerOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::QLinearConvolutionOp op, Operands<cnn::QLinearConvolutionOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::MatmulIntegerOp op, Operands<cnn::MatmulIntegerOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::QLinearMatmulOp op, Operands<cnn::QLinearMatmulOp> in, Results out);
// QuantizedOps
mlir::LogicalResult evaluateQuantized(cnn::ConvolutionOp op, Operands<cnn::ConvolutionOp> in, Results out);
mlir::LogicalResult evaluateQuantized(cnn::ElementwiseOpInterface op, llvm::ArrayRef<const Tensor *> inputs,
                                      Tensor &out);
mlir::LogicalResult evaluateOp(cnn::LookupOp op, Operands<cnn::LookupOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::QuantizeOp op, Operands<cnn::QuantizeOp> in, Results out);
mlir::LogicalResult evaluateOp(cnn::DequantizeOp op, Operands<cnn::DequantizeOp> in, Results out);
mlir::LogicalResult evaluateOp(mlir::quant::StorageCastOp op, Operands<mlir::quant::StorageCastOp> in, Results out);

/// Quantized elements without their zero points, of which there is one for each index of `axis` or one for all.
std::vector<double> getDifferences(const Tensor &tensor, int64_t axis);
/// Fills `out` with means of quantized elements from `in`: their sums without zero points, and how many they are of.
void storeQuantizedMeans(const Tensor &in, llvm::ArrayRef<double> sums, llvm::ArrayRef<int64_t> counts, Tensor &out);

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_EVALUATE_H
