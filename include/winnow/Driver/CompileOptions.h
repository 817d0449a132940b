//===- CompileOptions.h - all that a user decides ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_COMPILEOPTIONS_H
#define WINNOW_DRIVER_COMPILEOPTIONS_H

#include "winnow/Driver/OutputKind.h"
#include "winnow/Import/OnnxImport.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace winnow {

/// Told before each step of a compilation: what it is, and which of how many.
using ProgressCallback = std::function<void(const std::string &step, unsigned index, unsigned count)>;

/// One thing that a compilation has to say to its user.
struct CompileDiagnostic {
  enum class Severity { Error, Warning, Note, Remark };
  Severity severity = Severity::Error;
  /// The model, or another file that it is about; empty where it is about the options.
  std::string file;
  /// The place in a text, from 1; 0 where there is none.
  unsigned line = 0, column = 0;
  /// The name of the ONNX node that it is about; empty if none is.
  std::string node;
  /// What was expected and what was found: one sentence.
  std::string message;
};

/// Told what goes wrong, as it does: one call at a time.
using DiagnosticCallback = std::function<void(const CompileDiagnostic &)>;

/// The one struct that tools and language bindings fill in.
struct CompileOptions {
  /// An .onnx model, or .mlir or .mlirbc after any phase.
  std::string input;
  /// The model itself, in place of a file: ONNX, unless `input` ends with .mlir or the bytes are MLIR bytecode.
  /// `input` then names it in errors and locates external data. The bytes stay the caller's, until compile() returns.
  std::optional<std::string_view> inputBytes;
  /// The ending picks the form: .so .o (with a header beside it) .exe .ll .s .mlir .mlirbc .onnx.
  std::string output;
  /// In place of a file: what CompileResult::output shall be.
  std::optional<OutputKind> memoryOutput;

  /// Which machine: see resolveTarget.
  std::string target = "host", cpu, features;

  /// Batch, input shapes and inputs that become constants.
  ImportOptions import;

  /// Pruning after training, which needs `calibrate`: what is to be reached, as "sparsity:0.7" (the part of the weights
  /// that become zero), "macs:0.5", "latency:0.6" (the part that is left) or "bytes:500000" (of weights; up to 1: a
  /// part), and with commas "pattern=2:4" (see PruningPattern) and "criterion=taylor" (see
  /// PruningCriterion). Empty: none.
  std::string prune;
  /// In place of pruning, and of an output: report what several levels up to the target would do to accuracy, predicted
  /// time, size and energy (PruningReport::points). "full": each level is pruned as it would be; "quick": layers are
  /// not fitted to each other, which leaves no more accuracy than that. Empty: no dry run.
  std::string dryRun;
  /// Post-training quantization: "int8" (weights and activations of 8 bits), or bits of weights and of activations,
  /// 2 to 8 each, as in "w4a8" (the first layer, depthwise ones and the noisiest have 8); both need `calibrate`. Or
  /// bits of the weights of fully connected layers alone, as in "w4". Empty: none.
  std::string quantize;
  /// Other kinds of quantization, with which the report shall compare that one.
  std::vector<std::string> compareBits;
  /// What the network is run on: a folder of pictures, which `preprocess` (a JSON file, see Preprocess.h; empty: as
  /// they are) makes inputs of, or an .npz keyed by input name with samples along the first axis.
  std::string calibrate, preprocess;
  /// The classes of the samples: .npy in their order, or lines with the name of a picture and a number. Empty: none.
  std::string labels;
  /// The most samples that are taken, spread evenly.
  int64_t calibrationSamples = 256;
  /// Points of top-1 accuracy (with labels, else of agreement with the f32 network) that may be lost on the samples:
  /// less is pruned (half of the points where both are asked for), and layers stay in f32, until no more are. Nothing:
  /// all that was asked for is pruned, every layer that can become integers does.
  std::optional<double> maxDrop;

  /// What values between layers and filters are stored in: "f32" (or empty), "bf16" or "f16", with f32 arithmetic (see
  /// docs/Compress.md for f16 on targets that compute in it), or "auto": the fastest of them that loses at most
  /// `maxDrop` points (0.5 where nothing is said) on the calibration data.
  std::string precision;

  /// The algorithm of each convolution where it is legal; empty: the cheapest.
  std::string algorithm;
  /// Compute layers without the zeros of their filters where that is faster.
  bool sparsity = true;

  /// Measure the legal algorithms of each distinct convolution on this machine and
  /// take the fastest; `tuningCache` (empty: none) is the file that keeps the times
  /// and from which known ones are taken, also without `autotune`.
  bool autotune = false;
  std::string tuningCache;
  /// With `autotune`: measure only every `tuneParts`-th problem, from number `tunePart` on, so that several machines
  /// can share the work.
  unsigned tunePart = 0, tuneParts = 1;

  /// The most threads that a run will have, work is divided for; 0: this machine's
  /// processors where it is the target, else kDefaultThreads.
  int64_t threads = 0;
  static constexpr int64_t kDefaultThreads = 8, kMaxThreads = 1024;
  /// What handing parts out and waiting for the last costs: an estimate of 2 to 3 microseconds.
  double forkJoinCycles = 8000;
  /// Predict with speeds that were measured on this machine where it is the target (once, see setMeasuredSpeed); else
  /// with typical ones, so that equal inputs give equal code everywhere.
  bool measuredSpeed = true;
  /// Select and compute tiles of matrix units by vectors, as if the target had such units: for tests of their kernels.
  bool emulateTiles = false;

  /// 0 to 3: how hard LLVM's mid-end works on the generated code.
  unsigned optLevel = 2;
  /// Take the time of each layer in every run.
  bool instrument = false;

  /// Stop after this phase (see getPhaseNames) and write its IR; empty: go through.
  std::string compileTo;
  /// Table of the layers: "-" is text on stdout, else a .txt, .json or .html file.
  std::string report;
  /// Let passes leave in the IR what reports say of their choices. compile() sets it where it makes code; IR that is
  /// written for readers does without.
  bool explain = false;
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
  /// Where errors go, in place of the stream that compile() has.
  DiagnosticCallback diagnostics;
};

} // namespace winnow

#endif // WINNOW_DRIVER_COMPILEOPTIONS_H
