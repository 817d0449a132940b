//===- CompileOptions.h - all that a user decides ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_COMPILEOPTIONS_H
#define WINNOW_DRIVER_COMPILEOPTIONS_H

#include "winnow/Import/OnnxImport.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace winnow {

/// Told before each step of a compilation: what it is, and which of how many.
using ProgressCallback = std::function<void(const std::string &step, unsigned index, unsigned count)>;

/// The one struct that tools and language bindings fill in.
struct CompileOptions {
  /// An .onnx model, or .mlir or .mlirbc after any phase.
  std::string input;
  /// The ending picks the form: .so .o (with a header beside it) .exe .ll .s .mlir .mlirbc.
  std::string output;

  /// Which machine: see resolveTarget.
  std::string target = "host", cpu, features;

  /// Batch, input shapes and inputs that become constants.
  ImportOptions import;

  /// The algorithm of each convolution where it is legal; empty: the cheapest.
  std::string algorithm;

  /// Measure the legal algorithms of each distinct convolution on this machine and
  /// take the fastest; `tuningCache` (empty: none) is the file that keeps the times
  /// and from which known ones are taken, also without `autotune`.
  bool autotune = false;
  std::string tuningCache;

  /// The most threads that a run will have, work is divided for; 0: this machine's
  /// processors where it is the target, else kDefaultThreads.
  int64_t threads = 0;
  static constexpr int64_t kDefaultThreads = 8, kMaxThreads = 1024;
  /// What handing parts out and waiting for the last costs: an estimate of 2 to 3 microseconds.
  double forkJoinCycles = 8000;
  /// Predict with speeds that were measured on this machine where it is the target (once, see setMeasuredSpeed); else
  /// with typical ones, so that equal inputs give equal code everywhere.
  bool measuredSpeed = true;

  /// 0 to 3: how hard LLVM's mid-end works on the generated code.
  unsigned optLevel = 2;
  /// Take the time of each layer in every run.
  bool instrument = false;

  /// Stop after this phase (see getPhaseNames) and write its IR; empty: go through.
  std::string compileTo;
  /// Table of the layers: "-" is text on stdout, else a .txt, .json or .html file.
  std::string report;
  /// Remarks of the passes, as YAML.
  std::string remarks;
  /// Where a pass that fails or crashes leaves its input and its options as an .mlir that `winnow-opt
  /// --run-reproducer` replays; empty: nowhere. Nothing is written when all goes well. Passes then run on one thread.
  std::string crashReproducer;
  /// Check the IR after every pass.
  bool verifyEach = false;
  /// Print what MLIR's passes cost, to stderr.
  bool timing = false;

  ProgressCallback progress;
};

} // namespace winnow

#endif // WINNOW_DRIVER_COMPILEOPTIONS_H
