//===- Reference.h - a model in the interpreter -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_WINNOW_RUN_REFERENCE_H
#define WINNOW_TOOLS_WINNOW_RUN_REFERENCE_H

#include "HostTensor.h"

#include "winnow/Import/OnnxImport.h"

namespace winnow::run {

/// A network (.onnx or .mlir) that runs in the interpreter.
class ReferenceModel {
public:
  /// Errors of the import go to stderr as diagnostics; the returned one then only says that it failed.
  static llvm::Expected<std::unique_ptr<ReferenceModel>> load(llvm::StringRef path, const ImportOptions &options);
  ~ReferenceModel();

  std::vector<InputSpec> getInputs() const;
  llvm::Expected<std::vector<HostTensor>> run(llvm::ArrayRef<HostTensor> inputs);

private:
  ReferenceModel();
  struct State;
  std::unique_ptr<State> state;
};

/// The largest differences of two outputs.
struct Difference {
  double absolute = 0;
  /// Over the largest magnitude of the expected output.
  double ofScale = 0;
  /// "" or what makes the two incomparable (type, shape, one has a NaN where the other has none).
  std::string mismatch;
};
Difference compare(const HostTensor &expected, const HostTensor &actual);

} // namespace winnow::run

#endif // WINNOW_TOOLS_WINNOW_RUN_REFERENCE_H
