//===- NetworkRunner.h - what runs networks for Compress -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_NETWORKRUNNER_H
#define WINNOW_COMPRESS_NETWORKRUNNER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace winnow {

/// A network that was made ready to run. Not to be used by two threads at once.
class RunnableNetwork {
public:
  virtual ~RunnableNetwork() = default;

  /// Runs on the bytes of each argument of @main: dense, row-major, of the argument's type. A batch that the module
  /// leaves open is 1.
  virtual llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<char>> arguments) = 0;

  /// The elements of result `index` of the last run, which must be f32.
  virtual llvm::ArrayRef<float> getResult(size_t index) const = 0;
};

/// Makes modules ready to run. Compress sees no later stage: the driver implements this with the compiler itself.
class NetworkRunner {
public:
  virtual ~NetworkRunner() = default;

  /// `module` has one function @main of `cnn` and `arith.constant`, and is not changed.
  virtual llvm::Expected<std::unique_ptr<RunnableNetwork>> prepare(mlir::ModuleOp module) = 0;
};

} // namespace winnow

#endif // WINNOW_COMPRESS_NETWORKRUNNER_H
