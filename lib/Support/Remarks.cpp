//===- Remarks.cpp - what was done, what was not, and why -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/Remarks.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <mutex>

using namespace mlir;

namespace winnow {

/// The engine's streamers are not safe against passes that run on several
/// functions at once.
static std::mutex &getRemarkMutex() {
  static std::mutex mutex;
  return mutex;
}

using Emit = remark::detail::InFlightRemark (*)(Location, remark::RemarkOpts);

/// Leaves one remark of the kind that `emit` makes.
static void leaveRemark(Emit emit, Operation *op, llvm::StringRef pass, llvm::StringRef key, const llvm::Twine &text,
                        llvm::ArrayRef<RemarkValue> values) {
  if (!op->getContext()->getRemarkEngine())
    return;
  llvm::StringRef function;
  if (auto parent = dyn_cast<FunctionOpInterface>(op))
    function = parent.getName();
  else if (auto parent = op->getParentOfType<FunctionOpInterface>())
    function = parent.getName();
  std::lock_guard<std::mutex> lock(getRemarkMutex());
  auto opts = remark::RemarkOpts::name(op->getName().getStringRef()).category(pass).function(function);
  auto remark = emit(op->getLoc(), opts);
  remark << remark::detail::Remark::Arg(key, text.str());
  // Locations of nodes are names, which the file's DebugLoc cannot say.
  if (auto node = op->getLoc()->findInstanceOf<NameLoc>())
    remark << remark::detail::Remark::Arg("Node", node.getName().getValue());
  for (const RemarkValue &value : values)
    remark << remark::detail::Remark::Arg(value.key, value.value);
}

void remarkPassed(Operation *op, llvm::StringRef pass, const llvm::Twine &message, llvm::ArrayRef<RemarkValue> values) {
  leaveRemark(remark::passed, op, pass, "Remark", message, values);
}

void remarkMissed(Operation *op, llvm::StringRef pass, const llvm::Twine &reason, llvm::ArrayRef<RemarkValue> values) {
  leaveRemark(remark::missed, op, pass, "Reason", reason, values);
}

void remarkAnalysis(Operation *op, llvm::StringRef pass, const llvm::Twine &message,
                    llvm::ArrayRef<RemarkValue> values) {
  leaveRemark(remark::analysis, op, pass, "Remark", message, values);
}

void WhyNotListener::notifyPatternBegin(const Pattern &pattern, Operation *op) {
  current = op;
  currentPattern = &pattern;
  auto found = reasons.find(op);
  if (found != reasons.end())
    found->second.erase(&pattern);
}

void WhyNotListener::notifyMatchFailure(Location loc, llvm::function_ref<void(Diagnostic &)> reasonCallback) {
  if (!current)
    return;
  Diagnostic diagnostic(loc, DiagnosticSeverity::Remark);
  reasonCallback(diagnostic);
  reasons[current][currentPattern] = diagnostic.str();
}

void WhyNotListener::notifyOperationErased(Operation *op) {
  reasons.erase(op);
  if (op == current)
    current = nullptr;
}

void WhyNotListener::report(llvm::StringRef pass) {
  for (auto &[op, byPattern] : reasons)
    for (auto &[pattern, reason] : byPattern)
      remarkMissed(op, pass, reason);
}

void applyPatterns(Operation *root, RewritePatternSet &&patterns, llvm::StringRef pass) {
  WhyNotListener listener;
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  config.enableConstantCSE(false);
  if (root->getContext()->getRemarkEngine())
    config.setListener(&listener);
  // Stopping before the fixed point leaves valid IR that is merely less simple.
  (void)applyPatternsGreedily(root, std::move(patterns), config);
  listener.report(pass);
}

} // namespace winnow
