//===- Interpreter.cpp - reference semantics of the cnn dialect -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Interpreter/Interpreter.h"

#include "Evaluate.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

LogicalResult createResult(Operation *op, Tensor &result, ArrayRef<int64_t> shape, Type elementType) {
  result = Tensor::create(shape, elementType);
  if (result)
    return success();
  return op->emitOpError("has a result too large for the memory of this machine");
}

/// Whether `value` may stand where the IR says `type`.
static bool fits(const Tensor &value, Type type) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  return value && tensorType && areCompatibleTypes(TypeRange(tensorType), TypeRange(value.getType()));
}

namespace {
/// The operation as it would be written for the operands' actual types: a copy
/// on block arguments, with results inferred where that is possible.
class SpecializedOp {
public:
  SpecializedOp(Operation *original, ArrayRef<Tensor> inputs) : original(original) {
    for (const Tensor &input : inputs)
      operands.addArgument(input.getType(), original->getLoc());
  }
  ~SpecializedOp() {
    if (copy)
      copy->destroy();
  }
  /// Infers result types and verifies the copy; fails with a diagnostic.
  LogicalResult create() {
    SmallVector<Type> types;
    auto *inferable = original->getName().getInterface<InferTypeOpInterface>();
    if (failed(inferable->inferReturnTypes(original->getContext(), original->getLoc(), operands.getArguments(),
                                           original->getDiscardableAttrDictionary(), original->getPropertiesStorage(),
                                           original->getRegions(), types)))
      return failure();
    // What a result is quantized to does not follow from operands, nor whether a sum of 16-bit numbers is rounded to
    // them.
    for (auto [type, written] : llvm::zip_equal(types, original->getResultTypes()))
      if (isQuantized(type) || isa<cnn::ConvolutionOp>(original))
        type = cast<RankedTensorType>(type).clone(getElementTypeOrSelf(written));
    copy = Operation::create(original->getLoc(), original->getName(), types, operands.getArguments(),
                             original->getDiscardableAttrDictionary(), original->getPropertiesStorage(), {}, 0);
    return original->getName().verifyInvariants(copy);
  }
  TypeRange getResultTypes() const { return copy->getResultTypes(); }

private:
  Operation *original;
  Block operands;
  Operation *copy = nullptr;
};
} // namespace

/// Allocates the results whose extents follow from the operands' shapes, after
/// a check that those shapes fit together.
static LogicalResult createResults(Operation *op, ArrayRef<Tensor> inputs, SmallVectorImpl<Tensor> &results) {
  results.resize(op->getNumResults());
  // Ops whose result types say more than their operands' check the values themselves.
  if (!isa<InferTypeOpInterface>(op))
    return success();
  SpecializedOp specialized(op, inputs);
  if (failed(specialized.create()))
    return failure();
  for (auto [result, type] : llvm::zip_equal(results, specialized.getResultTypes())) {
    auto tensorType = cast<RankedTensorType>(type);
    if (tensorType.hasStaticShape() &&
        failed(createResult(op, result, tensorType.getShape(), tensorType.getElementType())))
      return failure();
  }
  return success();
}

/// Fills `results` by the function of the op's class.
static LogicalResult evaluateInto(Operation *op, ArrayRef<const Tensor *> inputs, Results results) {
  if (auto elementwise = dyn_cast<ElementwiseOpInterface>(op))
    return evaluateElementwise(elementwise, inputs, results[0]);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<ConvolutionOp, TransposedConvolutionOp, MaxPoolOp, MaxPoolWithIndicesOp, AveragePoolOp, LpPoolOp,
            GlobalPoolOp, MaxUnpoolOp, MatmulOp, GemmOp, EinsumOp, BatchNormOp, InstanceNormOp, GroupNormOp,
            LayerNormOp, LpNormOp, LocalResponseNormOp, SoftmaxOp, LogSoftmaxOp, HardmaxOp, ClipOp, IsInfOp, WhereOp,
            CastOp, ReduceOp, ArgMaxOp, ArgMinOp, CumSumOp, TopKOp, NonMaxSuppressionOp, ReshapeOp, ConvertLayoutOp,
            TransposeOp, ExpandOp, TileOp, ConcatOp, SliceOp, PadOp, DepthToSpaceOp, SpaceToDepthOp, ShapeOp, SizeOp,
            RangeOp, ConstantOfShapeOp, GatherOp, GatherElementsOp, GatherNDOp, ScatterElementsOp, ScatterNDOp,
            ResizeOp, GridSampleOp, RoiAlignOp, QuantizeLinearOp, DequantizeLinearOp, DynamicQuantizeLinearOp,
            ConvolutionIntegerOp, QLinearConvolutionOp, MatmulIntegerOp, QLinearMatmulOp, LookupOp, QuantizeOp,
            DequantizeOp, quant::StorageCastOp>(
          [&](auto known) { return evaluateOp(known, Operands<decltype(known)>(inputs, known), results); })
      .Case<ActivationOpInterface>(
          [&](ActivationOpInterface known) { return evaluateActivation(known, *inputs[0], results[0]); })
      .Default([](Operation *unknown) { return unknown->emitOpError("is not known to the interpreter"); });
}

/// The operands' addresses, after a check that each value fits its type.
static FailureOr<SmallVector<const Tensor *>> checkOperands(Operation *op, ArrayRef<Tensor> inputs) {
  if (inputs.size() != op->getNumOperands())
    return op->emitOpError("expected ") << op->getNumOperands() << " operand values, but got " << inputs.size();
  SmallVector<const Tensor *> operands;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    Type type = op->getOperand(i).getType();
    if (!input)
      return op->emitOpError("has no value for operand ") << i;
    if (!fits(input, type))
      return op->emitOpError("expected a value of type ")
             << type << " for operand " << i << ", but got " << input.getType();
    operands.push_back(&input);
  }
  return operands;
}

FailureOr<SmallVector<Tensor>> evaluate(Operation *op, ArrayRef<Tensor> inputs) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    Tensor value = Tensor::fromConstant(dyn_cast<ElementsAttr>(constant.getValue()));
    if (!value)
      return op->emitOpError("expected a dense tensor of numbers to interpret, but got a value of type ")
             << constant.getType();
    return SmallVector<Tensor>{value};
  }
  FailureOr<SmallVector<const Tensor *>> operands = checkOperands(op, inputs);
  SmallVector<Tensor> results;
  if (failed(operands) || failed(createResults(op, inputs, results)) || failed(evaluateInto(op, *operands, results)))
    return failure();
  for (auto [result, type] : llvm::zip_equal(results, op->getResultTypes()))
    if (!fits(result, type))
      return op->emitOpError("gave a value of type ") << result.getType() << ", but its type is " << type;
  return results;
}

/// Bytes of all results, of which those of dynamic extents count as empty.
static int64_t getStaticResultBytes(Operation *op) {
  int64_t bytes = 0;
  for (Type type : op->getResultTypes())
    if (auto tensorType = dyn_cast<RankedTensorType>(type); tensorType && tensorType.hasStaticShape())
      bytes += tensorType.getNumElements() * getElementBytes(tensorType.getElementType());
  return bytes;
}

FailureOr<SmallVector<ElementsAttr>> foldOperation(Operation *op, int64_t maxBytes) {
  if (op->getNumResults() == 0 || !isa<CNNDialect>(op->getDialect()) || getStaticResultBytes(op) > maxBytes)
    return failure();
  SmallVector<Tensor> inputs;
  for (Value operand : op->getOperands()) {
    inputs.push_back(Tensor::fromConstant(getConstant(operand)));
    if (!inputs.back())
      return failure();
  }
  // What cannot be computed is not folded; running it is what reports the error.
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler quiet(op->getContext(),
                                [&](Diagnostic &) { return success(llvm::get_threadid() == thread); });
  FailureOr<SmallVector<Tensor>> results = evaluate(op, inputs);
  if (failed(results))
    return failure();
  int64_t bytes = 0;
  for (const Tensor &result : *results)
    bytes += result.getNumBytes();
  if (bytes > maxBytes)
    return failure();
  SmallVector<ElementsAttr> constants;
  for (auto [result, type] : llvm::zip_equal(*results, op->getResultTypes()))
    constants.push_back(result.toAttr(
        RankedTensorType::get(result.getShape(), result.getElementType(), cast<RankedTensorType>(type).getEncoding())));
  return constants;
}

namespace {
/// The values that are alive while a function runs.
class Environment {
public:
  explicit Environment(Block &block) {
    for (Operation &op : block)
      for (Value operand : op.getOperands())
        ++pendingUses[operand];
  }
  void set(Value name, const Tensor &value) {
    if (pendingUses.contains(name))
      values[name] = value;
  }
  /// The values of all operands; those used for the last time are forgotten.
  SmallVector<Tensor> take(OperandRange operands) {
    SmallVector<Tensor> taken;
    for (Value operand : operands)
      taken.push_back(values.lookup(operand));
    for (Value operand : operands)
      if (--pendingUses[operand] == 0)
        values.erase(operand);
    return taken;
  }

private:
  llvm::DenseMap<Value, Tensor> values;
  llvm::DenseMap<Value, int64_t> pendingUses;
};
} // namespace

FailureOr<SmallVector<Tensor>> interpret(func::FuncOp func, ArrayRef<Tensor> args,
                                         const InterpreterObserver &observer) {
  if (!func.getBody().hasOneBlock())
    return func.emitOpError("expected a body of one block to interpret");
  if (args.size() != func.getNumArguments())
    return func.emitOpError("expected ") << func.getNumArguments() << " inputs, but got " << args.size();
  Block &body = func.getBody().front();
  Environment environment(body);
  for (auto [i, arg] : llvm::enumerate(args)) {
    if (!fits(arg, func.getArgument(i).getType())) {
      InFlightDiagnostic diagnostic = func.emitOpError("expected a value of type ");
      diagnostic << func.getArgument(i).getType() << " for input " << i;
      if (arg)
        diagnostic << ", but got " << arg.getType();
      return diagnostic;
    }
    environment.set(func.getArgument(i), arg);
  }
  for (Operation &op : body.without_terminator()) {
    FailureOr<SmallVector<Tensor>> results = evaluate(&op, environment.take(op.getOperands()));
    if (failed(results))
      return failure();
    if (observer && !isa<arith::ConstantOp>(op))
      observer(&op, *results);
    for (auto [name, value] : llvm::zip_equal(op.getResults(), *results))
      environment.set(name, value);
  }
  auto end = dyn_cast<func::ReturnOp>(body.getTerminator());
  if (!end)
    return func.emitOpError("expected a body that ends with func.return to interpret");
  return environment.take(end.getOperands());
}

} // namespace winnow
