//===- ConvolutionKernel.cpp - kernels of convolutions --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionKernel.h"

#include "ConvolutionEmitter.h"

using namespace mlir;

namespace winnow::kernel {

FunctionType getKernelType(MLIRContext *context, const ConvolutionShape &shape, int64_t filterSize) {
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType),
                                    MemRefType::get({filterSize}, shape.getFilterType())};
  int64_t channels = shape.getOutBlocks() * shape.block;
  int64_t biases = shape.quantized ? shape.quantized->classes.getTotal() : 1;
  if (shape.bias)
    arguments.push_back(MemRefType::get({biases * channels}, shape.computeType));
  if (shape.quantized)
    arguments.push_back(MemRefType::get({channels + 1}, Float32Type::get(context)));
  if (shape.residual)
    arguments.push_back(getFlatType(shape.getOutSize(), shape.quantized ? shape.inType : shape.outType));
  arguments.push_back(getFlatType(shape.getOutSize(), shape.outType));
  if (shape.window.isScattered())
    arguments.push_back(IndexType::get(context));
  return FunctionType::get(context, arguments, {});
}

func::FuncOp getConvolutionKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  FunctionType type = getKernelType(loc.getContext(), shape, shape.getPackedSize());
  return context.getOrCreateKernel("conv_" + shape.getName(), type, [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    ConvolutionEmitter(kb, shape, context.getFacts(), getOperands(shape, args)).emit();
    func::ReturnOp::create(b, loc);
  });
}

ConvolutionOperands getOperands(const ConvolutionShape &shape, ValueRange args) {
  ConvolutionOperands operands;
  unsigned next = 0;
  operands.input = args[next++];
  operands.filter = args[next++];
  operands.bias = shape.bias ? args[next++] : Value();
  operands.scales = shape.quantized ? args[next++] : Value();
  operands.residual = shape.residual ? args[next++] : Value();
  operands.output = args[next++];
  operands.origin = shape.window.isScattered() ? args[next++] : Value();
  return operands;
}

void callKernel(OpBuilder &b, Location loc, func::FuncOp kernel, const ConvolutionOperands &operands, ValueRange more) {
  Values arguments;
  for (Value operand : {operands.input, operands.filter, operands.bias, operands.scales, operands.residual,
                        operands.output, operands.origin})
    if (operand)
      arguments.push_back(operand);
  llvm::append_range(arguments, more);
  func::CallOp::create(b, loc, kernel, arguments);
}

} // namespace winnow::kernel
