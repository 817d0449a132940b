//===- FuseQuantization.cpp - islands of quantized ops as integer ops -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Islands.h"

#include "winnow/Compress/Passes.h"
#include "winnow/Dialect/CNN/IntegerRange.h"
#include "winnow/Interpreter/Interpreter.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_FUSEQUANTIZATIONPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

Value getDequantized(Value value) {
  auto cast = value.getDefiningOp<DequantizeOp>();
  return cast ? cast.getInput() : Value();
}

Value getDequantizedBytes(Value value) {
  Value quantized = getDequantized(value);
  quant::UniformQuantizedType type = quantized ? getQuantization(quantized) : quant::UniformQuantizedType();
  return type && type.getStorageTypeIntegralWidth() == 8 ? quantized : Value();
}

RankedTensorType withElements(Type type, Type elementType) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), elementType, tensor.getEncoding());
}

/// What each of the 256 stored bytes of `type` stands for, the least first.
static SmallVector<float> getGrid(quant::UniformQuantizedType type) {
  int64_t lowest = type.isSigned() ? -128 : 0;
  SmallVector<float> grid(256);
  for (int64_t i = 0; i < 256; ++i)
    grid[i] = dequantize(type, lowest + i);
  return grid;
}

static Value createLookup(OpBuilder &b, Location loc, Value input, quant::UniformQuantizedType type,
                          ArrayRef<float> values) {
  SmallVector<int8_t> table;
  for (float value : values)
    table.push_back(static_cast<int8_t>(quantizeTo(type, value)));
  return LookupOp::create(b, loc, withElements(input.getType(), type), input, table);
}

Value createLookup(OpBuilder &b, Location loc, Value input, quant::UniformQuantizedType type,
                   llvm::function_ref<float(float)> function) {
  return createLookup(b, loc, input, type, llvm::map_to_vector(getGrid(getQuantization(input)), function));
}

/// What `op`, a function of one number, gives for each of `values`; nothing where it cannot be computed.
static std::optional<SmallVector<float>> evaluateFunction(RewriterBase &rewriter, Operation *op,
                                                          ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, rewriter.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
  // Bounds of a clip are operands too, and constant.
  SmallVector<Tensor> inputs{Tensor::fromBytes(type.getShape(), type.getElementType(), bytes)};
  for (Value operand : op->getOperands().drop_front()) {
    inputs.push_back(Tensor::fromConstant(getConstant(operand)));
    if (!inputs.back())
      return std::nullopt;
  }
  Block block;
  Operation *copy = op->clone();
  copy->setOperand(0, block.addArgument(type, op->getLoc()));
  copy->getResult(0).setType(type);
  FailureOr<SmallVector<Tensor>> results = evaluate(copy, inputs);
  copy->destroy();
  if (failed(results))
    return std::nullopt;
  return llvm::map_to_vector(results->front().getDoubles(), [](double value) { return static_cast<float>(value); });
}

/// quantize(f(dequantize(x))) becomes a table, quantize(dequantize(x)) too or nothing.
static LogicalResult fuseFunction(RewriterBase &rewriter, QuantizeOp op) {
  quant::UniformQuantizedType type = op.getQuantizedType();
  Operation *function = op.getInput().getDefiningOp();
  bool isFunction = isa_and_nonnull<ActivationOpInterface>(function);
  Value input = getDequantizedBytes(isFunction ? function->getOperand(0) : op.getInput());
  if (!input)
    return failure();
  if (!isFunction && type == getQuantization(input)) {
    rewriter.replaceOp(op, input);
    return success();
  }
  SmallVector<float> values = getGrid(getQuantization(input));
  if (isFunction) {
    std::optional<SmallVector<float>> results = evaluateFunction(rewriter, function, values);
    if (!results)
      return rewriter.notifyMatchFailure(op, "the parameters of the function before it are not constant");
    values = *results;
  }
  remarkPassed(op, kFuseQuantization, "looks its results up");
  rewriter.replaceOp(op, createLookup(rewriter, op.getLoc(), input, type, values));
  return success();
}

namespace {
/// What is quantized: the result of `op`, after an `activation` where there is one.
struct Island {
  Operation *op = nullptr;
  ActivationAttr activation;
};
} // namespace

/// The op whose result `quantize` rounds, which nothing else reads; null where there is none.
static Island getIsland(QuantizeOp quantize) {
  Value made = quantize.getInput();
  Island island;
  if (auto op = made.getDefiningOp<ActivationOpInterface>(); op && made.hasOneUse() && op.getActivation()) {
    island.activation = op.getActivation();
    made = op->getOperand(0);
  }
  if (made.hasOneUse())
    island.op = made.getDefiningOp();
  return island;
}

static LogicalResult fuseConvolution(RewriterBase &rewriter, QuantizeOp quantize) {
  Island island = getIsland(quantize);
  auto conv = dyn_cast_or_null<ConvolutionOp>(island.op);
  if (!conv)
    return failure();
  if (conv.getActivationAttr() && island.activation)
    return rewriter.notifyMatchFailure(quantize, "there are two activations before it");
  ActivationAttr activation = island.activation ? island.activation : conv.getActivationAttr();
  FailureOr<Value> result = createQuantizedConvolution(rewriter, conv, activation, quantize.getQuantizedType());
  if (failed(result))
    return failure();
  rewriter.replaceOp(quantize, *result);
  return success();
}

/// Keeps stored integers of `value` in the range of `activation`; nothing where they are anyway.
static Value clipIntegers(RewriterBase &rewriter, Location loc, Value value, ActivationAttr activation) {
  quant::UniformQuantizedType type = getQuantization(value);
  auto range = *getIntegerRange(activation, type);
  if (range == std::pair(type.getStorageTypeMin(), type.getStorageTypeMax()))
    return value;
  float lower = dequantize(type, range.first), upper = dequantize(type, range.second);
  return createLookup(rewriter, loc, value, type, [&](float x) { return std::min(std::max(x, lower), upper); });
}

/// The quantized operands of `op`, which computes on integers; empty where it does not or where they are real.
static SmallVector<Value> getIntegerOperands(Operation *op) {
  auto global = dyn_cast<GlobalPoolOp>(op);
  bool averages = isa<AveragePoolOp>(op) || (global && global.getKind() == PoolKind::Average);
  if (!averages && !isa<AddOp, MulOp>(op))
    return {};
  SmallVector<Value> operands = llvm::map_to_vector(op->getOperands(), getDequantizedBytes);
  return llvm::all_of(operands, [](Value value) { return bool(value); }) ? operands : SmallVector<Value>();
}

/// `op` on `operands` with results of `elementType`.
static Value cloneOn(RewriterBase &rewriter, Operation *op, ValueRange operands, Type elementType) {
  Operation *clone = rewriter.clone(*op);
  clone->setOperands(operands);
  clone->getResult(0).setType(withElements(op->getResult(0).getType(), elementType));
  return clone->getResult(0);
}

/// Sums, products and averages take the quantization behind them.
static LogicalResult fuseArithmetic(RewriterBase &rewriter, QuantizeOp quantize) {
  Island island = getIsland(quantize);
  quant::UniformQuantizedType type = quantize.getQuantizedType();
  SmallVector<Value> operands = island.op ? getIntegerOperands(island.op) : SmallVector<Value>();
  if (operands.empty())
    return failure();
  if (!getIntegerRange(island.activation, type))
    return rewriter.notifyMatchFailure(quantize, "the activation before it does more than clip");
  remarkPassed(island.op, kFuseQuantization, "computes with integers");
  Value result = cloneOn(rewriter, island.op, operands, type);
  rewriter.replaceOp(quantize, clipIntegers(rewriter, quantize.getLoc(), result, island.activation));
  return success();
}

/// An average whose result stays real is still one of integers.
template <typename OpTy> static LogicalResult averageIntegers(RewriterBase &rewriter, OpTy op) {
  SmallVector<Value> operands = getIntegerOperands(op);
  bool isRounded = op->hasOneUse() && isa<QuantizeOp>(*op->user_begin());
  if (operands.empty() || isRounded)
    return failure();
  remarkPassed(op, kFuseQuantization, "averages integers");
  rewriter.replaceOp(op, cloneOn(rewriter, op, operands, getElementTypeOrSelf(op.getType())));
  return success();
}

namespace {
struct FuseQuantizationPass : impl::FuseQuantizationPassBase<FuseQuantizationPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CallRewrite<QuantizeOp, fuseFunction>, CallRewrite<QuantizeOp, fuseConvolution>,
                 CallRewrite<QuantizeOp, fuseArithmetic>, CallRewrite<AveragePoolOp, averageIntegers<AveragePoolOp>>,
                 CallRewrite<GlobalPoolOp, averageIntegers<GlobalPoolOp>>>(&getContext());
    populateQuantizedConvolutionPatterns(patterns);
    populateFuseMovementPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kFuseQuantization);
  }
};
} // namespace

} // namespace winnow
