//===- LowerToKernels.cpp - cnn ops on tensors to loops on buffers ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "PoolKernel.h"
#include "StripKernel.h"

#include "winnow/Kernel/Passes.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::kernel;

namespace winnow {
#define GEN_PASS_DEF_LOWERTOKERNELSPASS
#include "winnow/Kernel/Passes.h.inc"
} // namespace winnow

namespace {

using Reasons = llvm::DenseMap<Location, std::string>;

/// Keeps the last reason why each op was declined, for the error message.
struct ReasonListener : RewriterBase::ForwardingListener {
  ReasonListener(OpBuilder::Listener *listener, Reasons &reasons) : ForwardingListener(listener), reasons(reasons) {}
  void notifyMatchFailure(Location loc, llvm::function_ref<void(Diagnostic &)> reason) override {
    Diagnostic diagnostic(loc, DiagnosticSeverity::Remark);
    reason(diagnostic);
    reasons[loc] = diagnostic.str();
  }
  Reasons &reasons;
};

/// Tried first on every op, never matches: it makes the conversion's rewriter
/// report reasons, which the driver itself drops in release builds.
struct InstallReasonListener : ConversionPattern {
  InstallReasonListener(MLIRContext *context, Reasons &reasons)
      : ConversionPattern(MatchAnyOpTypeTag(), /*benefit=*/100, context), reasons(reasons) {}
  LogicalResult matchAndRewrite(Operation *, ArrayRef<Value>, ConversionPatternRewriter &rewriter) const override {
    if (!listener) {
      listener = std::make_unique<ReasonListener>(rewriter.getListener(), reasons);
      static_cast<OpBuilder &>(rewriter).setListener(listener.get());
    }
    return failure();
  }
  Reasons &reasons;
  mutable std::unique_ptr<ReasonListener> listener;
};

/// Constants become globals.
struct ConstantLowering : KernelPattern<arith::ConstantOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    if (!isa<RankedTensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "expected a constant of tensor type");
    if (getLayout(op.getType()))
      return rewriter.notifyMatchFailure(op, "constants have a plain layout");
    rewriter.replaceOp(op, context.getConstantBuffer(rewriter, op.getLoc(), cast<ElementsAttr>(op.getValue())));
    return success();
  }
};

} // namespace

/// Whether the extents of `op`'s results depend on data and not only on its operands' extents.
static bool hasDataDependentExtents(Operation *op) {
  if (auto reshape = dyn_cast<cnn::ReshapeOp>(op))
    return static_cast<bool>(reshape.getShape());
  if (auto expand = dyn_cast<cnn::ExpandOp>(op))
    return static_cast<bool>(expand.getShape());
  return isa<cnn::NonMaxSuppressionOp, cnn::RangeOp, cnn::ConstantOfShapeOp>(op);
}

/// Values whose dynamic extents come from data.
static llvm::DenseSet<Value> findDataDependentValues(func::FuncOp func) {
  llvm::DenseSet<Value> values;
  for (Operation &op : func.getBody().front()) {
    bool depends = hasDataDependentExtents(&op) ||
                   llvm::any_of(op.getOperands(), [&](Value operand) { return values.contains(operand); });
    for (Value result : op.getResults())
      if (auto type = dyn_cast<RankedTensorType>(result.getType()); depends && type && !type.hasStaticShape())
        values.insert(result);
  }
  return values;
}

/// Copies `value` to the out-parameter `out`; where its extents depend on data
/// (`dependent`) only the front part of `out` is written.
static void copyToOutput(OpBuilder &b, Location loc, Value value, Value out, bool dependent) {
  Value target = out;
  if (dependent) {
    // Rows of the result lie at the front: out is the same buffer with room for more.
    SmallVector<Value> dynamic;
    auto type = cast<MemRefType>(value.getType());
    SmallVector<OpFoldResult> extents = getExtents(b, loc, value), strides(type.getRank(), b.getIndexAttr(1));
    for (int64_t dim = type.getRank() - 2; dim >= 0; --dim)
      strides[dim] = multiply(b, loc, {strides[dim + 1], extents[dim + 1]});
    target = memref::ReinterpretCastOp::create(b, loc, out, b.getIndexAttr(0), extents, strides);
    if (target.getType() != type)
      target = memref::CastOp::create(b, loc, type, target);
  }
  memref::CopyOp::create(b, loc, value, target);
}

/// Stores the extents of all results one after another.
static void storeExtents(OpBuilder &b, Location loc, ValueRange results, Value extents) {
  int64_t position = 0;
  for (Value result : results)
    for (OpFoldResult extent : getExtents(b, loc, result)) {
      Value value = arith::IndexCastOp::create(b, loc, b.getI64Type(), asValue(b, loc, extent));
      memref::StoreOp::create(b, loc, value, extents, indexConstant(b, loc, position++));
    }
}

/// Gives `func` buffers for arguments and out-parameters for results. Its body
/// still works on tensors, behind casts that the conversion removes.
static LogicalResult convertSignature(func::FuncOp func) {
  MLIRContext *context = func.getContext();
  FunctionType type = func.getFunctionType();
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitError("expected a function of one block");
  SmallVector<Type> inputs;
  SmallVector<DictionaryAttr> attrs;
  auto orEmpty = [&](DictionaryAttr attr) { return attr ? attr : DictionaryAttr::get(context); };
  for (auto [index, input] : llvm::enumerate(type.getInputs())) {
    auto tensor = dyn_cast<RankedTensorType>(input);
    if (!tensor)
      return func.emitError("expected ranked tensors as arguments but argument ") << index << " is " << input;
    inputs.push_back(getBufferType(tensor));
    attrs.push_back(orEmpty(func.getArgAttrDict(index)));
  }
  for (auto [index, result] : llvm::enumerate(type.getResults())) {
    auto tensor = dyn_cast<RankedTensorType>(result);
    if (!tensor)
      return func.emitError("expected ranked tensors as results but result ") << index << " is " << result;
    inputs.push_back(getBufferType(tensor));
    attrs.push_back(orEmpty(func.getResultAttrDict(index)));
  }
  auto terminator = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  llvm::DenseSet<Value> dependent = findDataDependentValues(func);
  bool hasExtents = llvm::any_of(terminator.getOperands(), [&](Value value) { return dependent.contains(value); });
  OpBuilder b(context);
  if (hasExtents) {
    inputs.push_back(MemRefType::get({ShapedType::kDynamic}, b.getI64Type()));
    attrs.push_back(b.getDictionaryAttr(b.getNamedAttr("winnow.name", b.getStringAttr("%extents"))));
  }

  Block &body = func.getBody().front();
  unsigned numInputs = type.getNumInputs(), numResults = type.getNumResults();
  for (Type input : inputs)
    body.addArgument(input, func.getLoc());
  b.setInsertionPointToStart(&body);
  for (unsigned i = 0; i < numInputs; ++i) {
    Value buffer = body.getArgument(numInputs + i);
    auto cast = UnrealizedConversionCastOp::create(b, func.getLoc(), type.getInput(i), buffer);
    body.getArgument(i).replaceAllUsesWith(cast.getResult(0));
  }
  body.eraseArguments(0, numInputs);

  b.setInsertionPoint(terminator);
  SmallVector<Value> results;
  for (auto [index, value] : llvm::enumerate(terminator.getOperands())) {
    Type buffer = inputs[numInputs + index];
    results.push_back(UnrealizedConversionCastOp::create(b, terminator.getLoc(), buffer, value).getResult(0));
  }
  for (auto [index, value] : llvm::enumerate(terminator.getOperands()))
    copyToOutput(b, terminator.getLoc(), results[index], body.getArgument(numInputs + index),
                 dependent.contains(value));
  if (hasExtents)
    storeExtents(b, terminator.getLoc(), results, body.getArguments().back());
  terminator->setOperands({});

  for (unsigned i = 0; i < numResults; ++i)
    func.setResultAttrs(i, DictionaryAttr::get(context));
  func.removeResAttrsAttr();
  func.setFunctionType(FunctionType::get(context, inputs, {}));
  func.setAllArgAttrs(attrs);
  func->setAttr("winnow.inputs", b.getI64IntegerAttr(numInputs));
  func->setAttr("winnow.outputs", b.getI64IntegerAttr(numResults));
  return success();
}

/// One error for each op that kept its tensors, with the reason.
static LogicalResult reportLeftovers(ModuleOp module, const Reasons &reasons) {
  bool failed = false;
  module.walk([&](Operation *op) {
    if (!isa_and_nonnull<cnn::CNNDialect, quant::QuantDialect>(op->getDialect()))
      return;
    failed = true;
    InFlightDiagnostic error = op->emitError();
    if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
      error << "node '" << name.getName().getValue() << "': ";
    error << "cannot generate code for '" << op->getName() << "'";
    if (auto reason = reasons.find(op->getLoc()); reason != reasons.end())
      error << ": " << reason->second;
  });
  return failure(failed);
}

/// Removes loads of globals that packing made useless, then those globals.
static void eraseDeadConstants(ModuleOp module) {
  llvm::StringSet<> used;
  SmallVector<Operation *> dead;
  module.walk([&](memref::GetGlobalOp op) {
    if (op.use_empty())
      dead.push_back(op);
    else
      used.insert(op.getName());
  });
  for (auto global : module.getOps<memref::GlobalOp>())
    if (!used.contains(global.getSymName()))
      dead.push_back(global);
  for (Operation *op : dead)
    op->erase();
}

/// Removes buffers that stood for values which were never made.
static void eraseDeadBuffers(ModuleOp module) {
  SmallVector<Operation *> dead;
  module.walk([&](memref::AllocOp op) {
    if (op.use_empty())
      dead.push_back(op);
  });
  for (Operation *op : dead)
    op->erase();
}

namespace {
struct LowerToKernelsPass : winnow::impl::LowerToKernelsPassBase<LowerToKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && failed(convertSignature(func)))
        return signalPassFailure();

    KernelContext context(module);
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal())
        planElementwiseChains(func, context);
    BufferTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    patterns.add<ConstantLowering>(converter, context);
    populateStripLowering(patterns, converter, context);
    populatePanelLowering(patterns, converter, context);
    for (PopulateFn *populate :
         {populatePackedGemvLowering, populateConvolutionLowering, populateTransposedConvolutionLowering,
          populatePoolingLowering,    populateIndexedPoolLowering, populatePooledLowering,
          populateMatmulLowering,     populateElementwiseLowering, populateNormalizationLowering,
          populateSoftmaxLowering,    populateReductionLowering,   populateShapeLowering,
          populateMovementLowering,   populateLayoutLowering,      populateQuantizationLowering,
          populateQuantizedLowering,  populateIntegerLowering,     populateEinsumLowering,
          populateSpatialLowering,    populateIndexingLowering,    populateSelectionLowering})
      populate(patterns, converter, context);

    ConversionTarget target(getContext());
    target.addLegalDialect<func::FuncDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                           vector::VectorDialect, LLVM::LLVMDialect>();
    target.addLegalOp<ModuleOp, UnrealizedConversionCastOp>();
    target.addDynamicallyLegalDialect<arith::ArithDialect>(
        [](Operation *op) { return op->getNumResults() != 1 || !isa<TensorType>(op->getResult(0).getType()); });
    Reasons reasons;
    patterns.add<InstallReasonListener>(&getContext(), reasons);
    if (failed(applyPartialConversion(module, target, std::move(patterns))) || failed(reportLeftovers(module, reasons)))
      return signalPassFailure();

    SmallVector<UnrealizedConversionCastOp> casts;
    module.walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
    reconcileUnrealizedCasts(casts);
    eraseDeadConstants(module);
    eraseDeadBuffers(module);
  }
};
} // namespace
