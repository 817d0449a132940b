//===- SparsePlanes.cpp - maps between sparse layers stay plain -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparsePlanes.h"

#include "ConvolutionModel.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace winnow {

/// Cycles to convert a vector of a map for readers that need blocks.
static constexpr double kConvertVector = 12;

/// The layout of a map in blocks of channels; null where it is plain.
static cnn::LayoutAttr getLayout(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? dyn_cast_or_null<cnn::LayoutAttr>(type.getEncoding()) : cnn::LayoutAttr();
}

/// `op` where it is a sparse convolution that sees pixels as one line.
static cnn::ConvolutionOp getLineConvolution(Operation *op, const TargetFacts &facts) {
  auto conv = dyn_cast_or_null<cnn::ConvolutionOp>(op);
  if (!conv || !conv.getAlgorithmAttr() || conv.getAlgorithmAttr().getKind() != cnn::AlgorithmKind::Sparse)
    return {};
  ConvolutionProblem problem = ConvolutionProblem::get(conv, facts);
  return problem.isPointwise && gemvModel.getObstacle(problem) != "" ? conv : cnn::ConvolutionOp();
}

namespace {

/// Which maps become plain. A residual lies as the output that it is added to, so such maps are decided together.
class PlaneSelection {
public:
  PlaneSelection(ModuleOp module, const TargetFacts &facts) : module(module), facts(facts) {}

  void run(ReselectFn reselect) {
    module.walk([&](cnn::ConvolutionOp op) {
      if (!getLineConvolution(op, facts))
        return;
      convolutions.insert(op);
      consider(op.getInput());
      consider(op.getOutput());
      if (op.getResidual()) {
        consider(op.getResidual());
        together.unionSets(op.getOutput().getAsOpaquePointer(), op.getResidual().getAsOpaquePointer());
      }
    });
    llvm::SetVector<Operation *> changed;
    for (auto &[value, gain] : gains)
      if (getTotal(value) > 0)
        makePlain(value, changed);
    for (Operation *op : changed) {
      remark::analysis(op->getLoc(), remark::RemarkOpts::name("planes").category("algorithm"))
          << "reads or writes planes, which sparse convolutions have in their lanes";
      reselect(cast<cnn::ConvolutionOp>(op));
    }
  }

private:
  bool isLine(Operation *op) const { return convolutions.contains(op); }

  /// Cycles that `op` saves by plain inputs or outputs.
  double getGain(cnn::ConvolutionOp op, bool isInput) const {
    ConvolutionProblem problem = ConvolutionProblem::get(op, facts), plain = problem;
    if (isInput)
      plain.inBlock = 1;
    else
      plain.isPlainOutput = true;
    return sparseModel.choose(problem).cycles - sparseModel.choose(plain).cycles;
  }

  /// Notes what is gained where `value` is plain; a map that cannot be has an infinite loss.
  void consider(Value value) {
    if (gains.count(value))
      return;
    together.insert(value.getAsOpaquePointer());
    double &gain = gains[value];
    Operation *definition = value.getDefiningOp();
    auto conversion = dyn_cast_or_null<cnn::ConvertLayoutOp>(definition);
    bool wasPlain = conversion && !getLayout(conversion.getInput());
    auto producer = dyn_cast_or_null<cnn::ConvolutionOp>(definition);
    bool isKnown = producer && getLineConvolution(producer, facts);
    if (!getLayout(value) || (!wasPlain && !isKnown)) {
      gain = -std::numeric_limits<double>::infinity();
      return;
    }
    gain = isKnown ? getGain(producer, /*isInput=*/false) : 0;
    bool isConverted = false;
    for (OpOperand &use : value.getUses()) {
      auto reader = getLineConvolution(use.getOwner(), facts);
      if (reader && use.get() == reader.getInput())
        gain += getGain(reader, /*isInput=*/true);
      else if (!reader && !isPlainReader(use.getOwner()))
        isConverted = true;
    }
    if (isConverted && !wasPlain)
      gain -= getVectors(value) * kConvertVector;
  }

  /// Whether `op` brings its operand into the plain layout anyway.
  static bool isPlainReader(Operation *op) {
    auto conversion = dyn_cast<cnn::ConvertLayoutOp>(op);
    return conversion && !getLayout(conversion.getOutput());
  }

  double getVectors(Value value) const {
    double elements = 1;
    for (int64_t extent : cast<RankedTensorType>(value.getType()).getShape().drop_front())
      elements *= static_cast<double>(extent);
    return elements / static_cast<double>(facts.getF32Lanes());
  }

  /// What is gained where all maps that lie as `value` does are plain.
  double getTotal(Value value) const {
    double total = 0;
    for (void *member : together.members(together.getLeaderValue(value.getAsOpaquePointer())))
      total += gains.lookup(Value::getFromOpaquePointer(member));
    return total;
  }

  void makePlain(Value value, llvm::SetVector<Operation *> &changed) {
    for (Operation *user : value.getUsers())
      if (isLine(user))
        changed.insert(user);
    if (auto conversion = value.getDefiningOp<cnn::ConvertLayoutOp>()) {
      value.replaceUsesWithIf(conversion.getInput(), [&](OpOperand &use) { return isLine(use.getOwner()); });
      if (conversion->use_empty())
        conversion.erase();
      return;
    }
    changed.insert(value.getDefiningOp());
    auto blocked = cast<RankedTensorType>(value.getType());
    value.setType(blocked.cloneWithEncoding({}));
    Value converted;
    for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
      Operation *user = use.getOwner();
      if (isLine(user))
        continue;
      if (isPlainReader(user)) {
        user->getResult(0).replaceAllUsesWith(value);
        user->erase();
        continue;
      }
      if (!converted) {
        OpBuilder b(value.getContext());
        b.setInsertionPointAfterValue(value);
        converted = cnn::ConvertLayoutOp::create(b, value.getLoc(), blocked, value);
      }
      if (user != converted.getDefiningOp())
        use.set(converted);
    }
  }

  ModuleOp module;
  const TargetFacts &facts;
  llvm::SetVector<Operation *> convolutions;
  llvm::MapVector<Value, double> gains;
  llvm::EquivalenceClasses<void *> together;
};

} // namespace

void keepSparsePlanes(ModuleOp module, const TargetFacts &facts, ReselectFn reselect) {
  PlaneSelection(module, facts).run(reselect);
}

} // namespace winnow
