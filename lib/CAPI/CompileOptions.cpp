//===- CompileOptions.cpp - what a user decides, in C -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handles.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace winnow;

/// A shape has no more dimensions than this: a larger rank is a mistake of the caller.
static constexpr size_t kMaxRank = 64;

/// Calls `set` with the options behind a handle, unless it or one of `needed` is NULL.
template <typename Fn>
static WinnowResult change(WinnowCompileOptions *options, std::initializer_list<const void *> needed, Fn &&set) {
  if (!options || llvm::is_contained(needed, nullptr))
    return WINNOW_INVALID_ARGUMENT;
  set(options->options);
  return WINNOW_SUCCESS;
}

/// The same for a value that must be within bounds.
template <typename Fn> static WinnowResult changeIf(bool inBounds, WinnowCompileOptions *options, Fn &&set) {
  return inBounds ? change(options, {}, set) : WINNOW_INVALID_ARGUMENT;
}

WinnowCompileOptions *winnowCompileOptionsCreate(void) { return new WinnowCompileOptions; }

void winnowCompileOptionsDestroy(WinnowCompileOptions *options) { delete options; }

WinnowResult winnowCompileOptionsSetInputFile(WinnowCompileOptions *options, const char *path) {
  return change(options, {path}, [&](CompileOptions &o) {
    o.input = path;
    o.inputBytes.reset();
  });
}

WinnowResult winnowCompileOptionsSetBorrowedInputBytes(WinnowCompileOptions *options, const void *data, size_t size,
                                                       const char *name) {
  return change(options, {data}, [&](CompileOptions &o) {
    o.input = capi::toString(name);
    o.inputBytes = std::string_view(static_cast<const char *>(data), size);
  });
}

WinnowResult winnowCompileOptionsSetOutputFile(WinnowCompileOptions *options, const char *path) {
  return change(options, {path}, [&](CompileOptions &o) {
    o.output = path;
    o.memoryOutput.reset();
  });
}

WinnowResult winnowCompileOptionsSetOutputMemory(WinnowCompileOptions *options, WinnowOutputKind kind) {
  static constexpr OutputKind kKinds[] = {OutputKind::MLIR,     OutputKind::LLVMIR,        OutputKind::Assembly,
                                          OutputKind::Object,   OutputKind::SharedLibrary, OutputKind::Program,
                                          OutputKind::Bytecode, OutputKind::Onnx};
  return changeIf(static_cast<size_t>(kind) < std::size(kKinds), options, [&](CompileOptions &o) {
    o.output.clear();
    o.memoryOutput = kKinds[kind];
  });
}

WinnowResult winnowCompileOptionsSetTarget(WinnowCompileOptions *options, const char *target, const char *cpu,
                                           const char *features) {
  return change(options, {target}, [&](CompileOptions &o) {
    o.target = target;
    o.cpu = capi::toString(cpu);
    o.features = capi::toString(features);
  });
}

WinnowResult winnowCompileOptionsSetBatch(WinnowCompileOptions *options, int64_t batch) {
  return changeIf(batch >= 1, options, [&](CompileOptions &o) { o.import.batch = batch; });
}

WinnowResult winnowCompileOptionsSetInputShape(WinnowCompileOptions *options, const char *input, const int64_t *extents,
                                               size_t rank) {
  if (!input || (!extents && rank) || rank > kMaxRank)
    return WINNOW_INVALID_ARGUMENT;
  llvm::SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i) {
    bool dynamic = i == 0 && extents[i] == -1;
    if (extents[i] < 0 && !dynamic)
      return WINNOW_INVALID_ARGUMENT;
    shape.push_back(dynamic ? mlir::ShapedType::kDynamic : extents[i]);
  }
  return change(options, {}, [&](CompileOptions &o) { o.import.inputShapes[input] = shape; });
}

WinnowResult winnowCompileOptionsSetFixedInputFile(WinnowCompileOptions *options, const char *input, const char *path) {
  return change(options, {input, path}, [&](CompileOptions &o) { o.import.fixedInputs[input] = path; });
}

WinnowResult winnowCompileOptionsSetFixedInputBytes(WinnowCompileOptions *options, const char *input, const void *npy,
                                                    size_t size) {
  return change(options, {input, npy}, [&](CompileOptions &o) {
    o.import.fixedInputs[input] = std::string(static_cast<const char *>(npy), size);
  });
}

WinnowResult winnowCompileOptionsSetPrecision(WinnowCompileOptions *options, const char *precision) {
  return change(options, {}, [&](CompileOptions &o) { o.precision = capi::toString(precision); });
}

WinnowResult winnowCompileOptionsSetQuantization(WinnowCompileOptions *options, const char *kind, const char *calibrate,
                                                 const char *preprocess, const char *labels) {
  return change(options, {}, [&](CompileOptions &o) {
    o.quantize = capi::toString(kind);
    o.calibrate = capi::toString(calibrate);
    o.preprocess = capi::toString(preprocess);
    o.labels = capi::toString(labels);
  });
}

WinnowResult winnowCompileOptionsSetPruning(WinnowCompileOptions *options, const char *target) {
  return change(options, {}, [&](CompileOptions &o) { o.prune = capi::toString(target); });
}

WinnowResult winnowCompileOptionsSetDryRun(WinnowCompileOptions *options, const char *kind) {
  return change(options, {}, [&](CompileOptions &o) { o.dryRun = capi::toString(kind); });
}

WinnowResult winnowCompileOptionsSetComparedBits(WinnowCompileOptions *options, const char *kinds) {
  return change(options, {kinds}, [&](CompileOptions &o) {
    llvm::SmallVector<llvm::StringRef> list;
    llvm::StringRef(kinds).split(list, ',', -1, /*KeepEmpty=*/false);
    o.compareBits.assign(list.begin(), list.end());
  });
}

WinnowResult winnowCompileOptionsSetCalibrationSamples(WinnowCompileOptions *options, int64_t samples) {
  return changeIf(samples >= 1, options, [&](CompileOptions &o) { o.calibrationSamples = samples; });
}

WinnowResult winnowCompileOptionsSetMaxDrop(WinnowCompileOptions *options, double points) {
  return changeIf(points >= 0 && points <= 100, options, [&](CompileOptions &o) { o.maxDrop = points; });
}

WinnowResult winnowCompileOptionsSetAlgorithm(WinnowCompileOptions *options, const char *algorithm) {
  return change(options, {}, [&](CompileOptions &o) { o.algorithm = capi::toString(algorithm); });
}

WinnowResult winnowCompileOptionsSetAutotune(WinnowCompileOptions *options, bool autotune) {
  return change(options, {}, [&](CompileOptions &o) { o.autotune = autotune; });
}

WinnowResult winnowCompileOptionsSetTunePart(WinnowCompileOptions *options, uint32_t part, uint32_t parts) {
  return changeIf(part < parts, options, [&](CompileOptions &o) {
    o.tunePart = part;
    o.tuneParts = parts;
  });
}

WinnowResult winnowCompileOptionsSetTuningCache(WinnowCompileOptions *options, const char *path) {
  return change(options, {}, [&](CompileOptions &o) { o.tuningCache = capi::toString(path); });
}

WinnowResult winnowCompileOptionsSetThreads(WinnowCompileOptions *options, int64_t threads) {
  return changeIf(threads >= 0 && threads <= CompileOptions::kMaxThreads, options,
                  [&](CompileOptions &o) { o.threads = threads; });
}

WinnowResult winnowCompileOptionsSetForkJoinCycles(WinnowCompileOptions *options, double cycles) {
  return changeIf(cycles >= 0, options, [&](CompileOptions &o) { o.forkJoinCycles = cycles; });
}

WinnowResult winnowCompileOptionsSetMeasuredSpeed(WinnowCompileOptions *options, bool measured) {
  return change(options, {}, [&](CompileOptions &o) { o.measuredSpeed = measured; });
}

WinnowResult winnowCompileOptionsSetOptLevel(WinnowCompileOptions *options, uint32_t level) {
  return changeIf(level <= 3, options, [&](CompileOptions &o) { o.optLevel = level; });
}

WinnowResult winnowCompileOptionsSetSparsity(WinnowCompileOptions *options, bool sparsity) {
  return change(options, {}, [&](CompileOptions &o) { o.sparsity = sparsity; });
}

WinnowResult winnowCompileOptionsSetInstrument(WinnowCompileOptions *options, bool instrument) {
  return change(options, {}, [&](CompileOptions &o) { o.instrument = instrument; });
}

WinnowResult winnowCompileOptionsSetCompileTo(WinnowCompileOptions *options, const char *phase) {
  return change(options, {}, [&](CompileOptions &o) { o.compileTo = capi::toString(phase); });
}

WinnowResult winnowCompileOptionsSetReportFile(WinnowCompileOptions *options, const char *path) {
  return change(options, {}, [&](CompileOptions &o) { o.report = capi::toString(path); });
}

WinnowResult winnowCompileOptionsSetRemarksFile(WinnowCompileOptions *options, const char *path) {
  return change(options, {}, [&](CompileOptions &o) { o.remarks = capi::toString(path); });
}

WinnowResult winnowCompileOptionsSetCrashReproducerFile(WinnowCompileOptions *options, const char *path) {
  return change(options, {}, [&](CompileOptions &o) { o.crashReproducer = capi::toString(path); });
}

WinnowResult winnowCompileOptionsSetVerifyEach(WinnowCompileOptions *options, bool verify) {
  return change(options, {}, [&](CompileOptions &o) { o.verifyEach = verify; });
}

WinnowResult winnowCompileOptionsSetTiming(WinnowCompileOptions *options, bool timing) {
  return change(options, {}, [&](CompileOptions &o) { o.timing = timing; });
}

WinnowResult winnowCompileOptionsSetProgressCallback(WinnowCompileOptions *options, WinnowProgressCallback callback,
                                                     void *user) {
  return change(options, {}, [&](CompileOptions &o) {
    o.progress = nullptr;
    if (callback)
      o.progress = [=](const std::string &step, unsigned index, unsigned count) {
        callback(user, step.c_str(), index, count);
      };
  });
}

WinnowResult winnowCompileOptionsSetDiagnosticCallback(WinnowCompileOptions *options, WinnowDiagnosticCallback callback,
                                                       void *user) {
  return change(options, {}, [&](CompileOptions &) {
    options->diagnosticCallback = callback;
    options->diagnosticUser = user;
  });
}
