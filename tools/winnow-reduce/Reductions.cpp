//===- Reductions.cpp - simpler forms of cnn ops --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each reduction is tried on a copy of the module and done only if the copy is
// valid and the user's script still finds it interesting. (MLIR's tree of
// reductions applies all patterns of an op at once, where ours are alternatives,
// and hands invalid modules to the script.)
//
//===----------------------------------------------------------------------===//

#include "Reductions.h"

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Reducer/Tester.h"

#include <functional>
#include <set>

using namespace mlir;

namespace winnow {

/// Changes one op of a module; fails where it has nothing to change.
using Reduction = std::function<LogicalResult(RewriterBase &, Operation *)>;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

/// Makes the type of a function that of its block.
static void updateFunctionType(func::FuncOp function) {
  Block &body = function.getBody().front();
  function.setType(
      FunctionType::get(function.getContext(), body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
}

/// Gives the results of `op` the types that follow from its operands and attributes.
static LogicalResult inferResults(Operation *op) {
  auto inferable = dyn_cast<InferTypeOpInterface>(op);
  if (!inferable)
    return success();
  SmallVector<Type> types;
  if (failed(inferable.inferReturnTypes(op->getContext(), op->getLoc(), op->getOperands(), op->getAttrDictionary(),
                                        op->getPropertiesStorage(), op->getRegions(), types)))
    return failure();
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    result.setType(type);
  return success();
}

/// Whether nothing but `op` sees the types of its tensors: its operands are arguments or constants of
/// its own, its results are at most returned.
static bool isAlone(Operation *op) {
  bool alone = isa<func::FuncOp>(op->getParentOp());
  for (Value operand : op->getOperands())
    alone &= operand.hasOneUse() && (isa<BlockArgument>(operand) || matchPattern(operand, m_Constant()));
  for (Operation *user : op->getUsers())
    alone &= isa<func::ReturnOp>(user);
  return alone;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// Replaces the result of an op by its operand `index`, which has its type.
static LogicalResult bypass(RewriterBase &rewriter, Operation *op, unsigned index) {
  rewriter.replaceOp(op, op->getOperand(index));
  return success();
}

/// Replaces results by arguments of the function: all that computed them may go.
static LogicalResult replaceByArguments(RewriterBase &rewriter, Operation *op) {
  auto function = cast<func::FuncOp>(op->getParentOp());
  SmallVector<Value> arguments;
  for (Value result : op->getResults()) {
    if (failed(function.insertArgument(function.getNumArguments(), result.getType(), {}, op->getLoc())))
      return failure();
    arguments.push_back(function.getArguments().back());
  }
  rewriter.replaceOp(op, arguments);
  return success();
}

/// Replaces the ops from `first` on, `length` of them, by arguments.
static LogicalResult cutRange(RewriterBase &rewriter, Block &block, size_t first, size_t length) {
  bool changed = false;
  size_t index = 0;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    bool inside = index >= first && index < first + length;
    ++index;
    if (inside && isa_and_nonnull<cnn::CNNDialect>(op.getDialect()))
      changed |= succeeded(replaceByArguments(rewriter, &op));
  }
  return success(changed);
}

/// Returns the tensors from which result `index` is computed in its place, or nothing.
static LogicalResult returnEarlier(RewriterBase &rewriter, Operation *op, unsigned index, bool operands) {
  auto function = cast<func::FuncOp>(op->getParentOp());
  SmallVector<Value> values(op->getOperands());
  Operation *last = values[index].getDefiningOp();
  auto place = values.erase(values.begin() + index);
  if (operands)
    values.insert(place, last->operand_begin(), last->operand_end());
  function.removeResAttrsAttr();
  rewriter.modifyOpInPlace(op, [&] { op->setOperands(values); });
  updateFunctionType(function);
  return success();
}

/// Removes arguments that nothing uses.
static LogicalResult dropArguments(RewriterBase &, Operation *op) {
  auto function = cast<func::FuncOp>(op->getParentOp());
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    unused[argument.getArgNumber()] = argument.use_empty();
  return unused.none() ? failure() : function.eraseArguments(unused);
}

/// Removes constants that nothing uses.
static LogicalResult dropDeadConstants(RewriterBase &rewriter, Operation *op) {
  bool changed = false;
  for (Operation &other : llvm::make_early_inc_range(llvm::reverse(*op->getBlock())))
    if (isa<arith::ConstantOp>(other) && other.use_empty()) {
      rewriter.eraseOp(&other);
      changed = true;
    }
  return success(changed);
}

/// Removes an attribute, or makes it the one that does least.
static LogicalResult simplifyAttribute(RewriterBase &rewriter, Operation *op, StringAttr name, Attribute simple) {
  rewriter.modifyOpInPlace(op, [&] { simple ? op->setAttr(name, simple) : (void)op->removeAttr(name); });
  return inferResults(op);
}

/// The epilogue of a convolution or a fully connected layer, tensor by tensor.
static LogicalResult dropOptionalTensor(RewriterBase &rewriter, Operation *op, unsigned which) {
  auto drop = [&](MutableOperandRange range) {
    bool present = !range.empty();
    rewriter.modifyOpInPlace(op, [&] { range.clear(); });
    return success(present);
  };
  if (auto conv = dyn_cast<cnn::ConvolutionOp>(op))
    return drop(which == 0 ? conv.getBiasMutable() : conv.getResidualMutable());
  if (auto conv = dyn_cast<cnn::TransposedConvolutionOp>(op); conv && which == 0)
    return drop(conv.getBiasMutable());
  if (auto gemm = dyn_cast<cnn::GemmOp>(op); gemm && which == 0)
    return drop(gemm.getAddendMutable());
  return failure();
}

/// Which extents to halve: by the tensor (operands, then results), the dimension and the extent.
using ExtentFilter = std::function<bool(unsigned, unsigned, int64_t)>;

/// Halves extents in the tensors of an op that is alone.
static LogicalResult halveExtents(RewriterBase &rewriter, Operation *op, const ExtentFilter &filter) {
  unsigned tensor = 0;
  auto halve = [&](Type type) {
    auto ranked = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(ranked.getShape());
    for (auto [dim, extent] : llvm::enumerate(shape))
      if (extent > 1 && filter(tensor, dim, extent))
        extent /= 2;
    ++tensor;
    return RankedTensorType::get(shape, ranked.getElementType(), ranked.getEncoding());
  };
  for (Value operand : op->getOperands()) {
    RankedTensorType type = halve(operand.getType());
    DenseElementsAttr splat;
    if (isa<BlockArgument>(operand))
      operand.setType(type);
    else if (type == operand.getType())
      continue;
    else if (matchPattern(operand, m_Constant(&splat)) && splat.isSplat())
      rewriter.modifyOpInPlace(operand.getDefiningOp(), [&, owner = operand] {
        cast<arith::ConstantOp>(owner.getDefiningOp()).setValueAttr(splat.resizeSplat(type));
        Value(owner).setType(type);
      });
    else
      return failure();
  }
  for (Value result : op->getResults())
    result.setType(halve(result.getType()));
  if (failed(inferResults(op)))
    return failure();
  updateFunctionType(cast<func::FuncOp>(op->getParentOp()));
  return success();
}

/// Makes all elements of a constant its first.
static LogicalResult makeSplat(RewriterBase &rewriter, Operation *op) {
  auto constant = cast<arith::ConstantOp>(op);
  auto type = dyn_cast<RankedTensorType>(constant.getType());
  auto elements = dyn_cast<ElementsAttr>(constant.getValue());
  if (!type || !elements || type.getNumElements() < 2 || elements.isSplat())
    return failure();
  Attribute first = rewriter.getIntegerAttr(type.getElementType(), 1);
  if (isa<FloatType>(type.getElementType()))
    first = rewriter.getFloatAttr(type.getElementType(), 1.0);
  rewriter.modifyOpInPlace(op, [&] { constant.setValueAttr(DenseElementsAttr::get(type, first)); });
  return success();
}

//===----------------------------------------------------------------------===//
// Which to try
//===----------------------------------------------------------------------===//

/// Attributes that may be absent or have a form that does least.
static void listAttributes(Operation *op, SmallVectorImpl<Reduction> &list) {
  Builder builder(op->getContext());
  auto add = [&](StringAttr name, Attribute simple) {
    list.push_back(
        [=](RewriterBase &rewriter, Operation *op) { return simplifyAttribute(rewriter, op, name, simple); });
  };
  // The default of `group` and the like is written out: removing it would change nothing, again and again.
  for (StringRef optional : {"activation", "algorithm"})
    if (op->hasAttr(optional))
      add(builder.getStringAttr(optional), {});
  if (auto group = op->getAttrOfType<IntegerAttr>("group"); group && group.getInt() != 1)
    add(builder.getStringAttr("group"), builder.getI64IntegerAttr(1));
  for (auto [name, value] : {std::pair<StringRef, int64_t>("strides", 1), {"dilations", 1}, {"pads", 0}})
    if (auto array = op->getAttrOfType<DenseI64ArrayAttr>(name)) {
      SmallVector<int64_t> simple(array.size(), value);
      if (array.asArrayRef() != ArrayRef<int64_t>(simple))
        add(builder.getStringAttr(name), builder.getDenseI64ArrayAttr(simple));
    }
}

/// Smaller tensors for an op that is alone: all extents at once, those that are equal, one.
static void listSmallerShapes(Operation *op, SmallVectorImpl<Reduction> &list) {
  auto add = [&](ExtentFilter filter) {
    list.push_back([=](RewriterBase &rewriter, Operation *op) { return halveExtents(rewriter, op, filter); });
  };
  SmallVector<ExtentFilter> single;
  std::set<int64_t, std::greater<>> extents;
  for (auto [tensor, operand] : llvm::enumerate(op->getOperands()))
    for (auto [dim, extent] : llvm::enumerate(cast<RankedTensorType>(operand.getType()).getShape()))
      if (extent > 1) {
        extents.insert(extent);
        single.push_back(
            [=, t = tensor, d = dim](unsigned tensor, unsigned dim, int64_t) { return tensor == t && dim == d; });
      }
  if (!extents.empty())
    add([](unsigned, unsigned, int64_t) { return true; });
  for (int64_t extent : extents)
    add([=](unsigned, unsigned, int64_t one) { return one == extent; });
  for (ExtentFilter &filter : single)
    add(filter);
}

/// What may be tried on a cnn op, the most promising first.
static SmallVector<Reduction> listReductions(Operation *op) {
  SmallVector<Reduction> list;
  if (isa<arith::ConstantOp>(op))
    return {makeSplat};
  if (isa<func::ReturnOp>(op)) {
    list = {dropDeadConstants, dropArguments};
    for (unsigned i = 0, n = op->getNumOperands(); i < n; ++i) {
      if (n > 1)
        list.push_back([i](RewriterBase &rewriter, Operation *op) { return returnEarlier(rewriter, op, i, false); });
      Operation *last = op->getOperand(i).getDefiningOp();
      if (last && isa_and_nonnull<cnn::CNNDialect>(last->getDialect()))
        list.push_back([i](RewriterBase &rewriter, Operation *op) { return returnEarlier(rewriter, op, i, true); });
    }
    return list;
  }
  if (!isa_and_nonnull<cnn::CNNDialect>(op->getDialect()) || !isa<func::FuncOp>(op->getParentOp()))
    return list;
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (op->getNumResults() == 1 && operand.getType() == op->getResult(0).getType())
      list.push_back([i = index](RewriterBase &rewriter, Operation *op) { return bypass(rewriter, op, i); });
  list.push_back(replaceByArguments);
  for (unsigned which : {0, 1})
    list.push_back([=](RewriterBase &rewriter, Operation *op) { return dropOptionalTensor(rewriter, op, which); });
  listAttributes(op, list);
  if (!isAlone(op))
    return list;
  listSmallerShapes(op, list);
  return list;
}

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

namespace {

/// Makes one module smaller, step by step.
class Reducer {
public:
  Reducer(ModuleOp module, const Tester &tester) : module(module), tester(tester) {}

  /// Until no reduction of any op keeps the module interesting.
  void run() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (auto function : module.getOps<func::FuncOp>())
        if (!function.isExternal() && llvm::hasSingleElement(function.getBody())) {
          changed |= cutRanges(function.getBody().front());
          changed |= reduceOps(function.getBody().front());
        }
    }
  }

private:
  /// Does `reduction` if the module is valid and interesting after it; a copy is asked first.
  bool attempt(Operation *op, const Reduction &reduction) {
    IRMapping mapping;
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone(mapping));
    IRRewriter rewriter(op->getContext());
    {
      ScopedDiagnosticHandler silence(op->getContext(), [](Diagnostic &) { return success(); });
      if (failed(reduction(rewriter, mapping.lookup(op))) || failed(verify(*copy)))
        return false;
    }
    return tester.isInteresting(*copy).first == Tester::Interestingness::True && succeeded(reduction(rewriter, op));
  }

  /// Cuts away halves of the ops, then quarters, ...: long networks shrink in few steps.
  bool cutRanges(Block &block) {
    bool changed = false;
    for (size_t length = block.getOperations().size() / 2; length > 1; length /= 2)
      for (size_t first = 0; first < block.getOperations().size(); first += length)
        changed |= attempt(block.getTerminator(), [=](RewriterBase &rewriter, Operation *end) {
          return cutRange(rewriter, *end->getBlock(), first, length);
        });
    return changed;
  }

  bool reduceOps(Block &block) {
    bool changed = false, again = true;
    while (again) {
      again = false;
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
        for (const Reduction &reduction : listReductions(&op))
          if (attempt(&op, reduction)) {
            // The op may be gone: go on with the next.
            changed = again = true;
            break;
          }
    }
    return changed;
  }

  ModuleOp module;
  const Tester &tester;
};

/// See the pass's description.
struct ReduceNetworkPass : PassWrapper<ReduceNetworkPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReduceNetworkPass)
  ReduceNetworkPass() = default;
  ReduceNetworkPass(const ReduceNetworkPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "winnow-reduce-network"; }
  StringRef getDescription() const override {
    return "makes a network of cnn ops small while a script, given the file, exits with 1";
  }

  void runOnOperation() override {
    Tester tester(script, scriptArguments);
    if (tester.isInteresting(getOperation()).first == Tester::Interestingness::True)
      return Reducer(getOperation(), tester).run();
    getOperation().emitError("expected '") << script << "' to exit with 1 on the module as it is but it does not";
    signalPassFailure();
  }

  Option<std::string> script{*this, "test", llvm::cl::desc("Script that exits with 1 while the module is interesting")};
  ListOption<std::string> scriptArguments{*this, "test-arg", llvm::cl::desc("Arguments of the script")};
};

} // namespace

void registerReductionPass() { PassRegistration<ReduceNetworkPass>(); }

} // namespace winnow
