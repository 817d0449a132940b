//===- Remarks.h - what was done, what was not, and why ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_REMARKS_H
#define WINNOW_SUPPORT_REMARKS_H

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"

#include <string>

namespace winnow {

/// A number (or word) that belongs to a remark, e.g. {"multiplies", "118013952"}.
struct RemarkValue {
  llvm::StringRef key;
  std::string value;

  RemarkValue(llvm::StringRef key, llvm::StringRef value) : key(key), value(value) {}
  RemarkValue(llvm::StringRef key, int64_t value) : key(key), value(std::to_string(value)) {}
  RemarkValue(llvm::StringRef key, double value) : key(key), value(std::to_string(value)) {}
};

/// Remarks go to MLIR's structured remark engine, when the context has one:
/// `pass` is the category, e.g. "winnow-fold-batch-norm", and must be a literal.
/// They cost nothing when nobody listens, and may be left from several threads.

/// Something was done to `op`.
void remarkPassed(mlir::Operation *op, llvm::StringRef pass, const llvm::Twine &message,
                  llvm::ArrayRef<RemarkValue> values = {});
/// Something could have helped `op`, but was not done.
void remarkMissed(mlir::Operation *op, llvm::StringRef pass, const llvm::Twine &reason,
                  llvm::ArrayRef<RemarkValue> values = {});
/// Something worth knowing about `op`.
void remarkAnalysis(mlir::Operation *op, llvm::StringRef pass, const llvm::Twine &message,
                    llvm::ArrayRef<RemarkValue> values = {});

/// Collects the reasons of `notifyMatchFailure` for each op and pattern, and
/// leaves those that still hold in the end as missed remarks: a reason is
/// forgotten when its op goes away or when the pattern tries the op again.
class WhyNotListener : public mlir::RewriterBase::Listener {
public:
  void notifyPatternBegin(const mlir::Pattern &pattern, mlir::Operation *op) override;
  void notifyMatchFailure(mlir::Location loc, llvm::function_ref<void(mlir::Diagnostic &)> reasonCallback) override;
  void notifyOperationErased(mlir::Operation *op) override;

  /// Leaves one missed remark for each op, pattern and reason.
  void report(llvm::StringRef pass);

private:
  mlir::Operation *current = nullptr;
  const mlir::Pattern *currentPattern = nullptr;
  llvm::MapVector<mlir::Operation *, llvm::MapVector<const mlir::Pattern *, std::string>> reasons;
};

/// Applies `patterns` greedily to everything in `root`. Each op that still
/// stands gets the reasons why as missed remarks of `pass`.
void applyPatterns(mlir::Operation *root, mlir::RewritePatternSet &&patterns, llvm::StringRef pass);

} // namespace winnow

#endif // WINNOW_SUPPORT_REMARKS_H
