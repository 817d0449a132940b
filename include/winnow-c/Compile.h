/*===- Compile.h - from a model to machine code, in C -------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   WinnowCompileOptions *options = winnowCompileOptionsCreate();
//   winnowCompileOptionsSetInputFile(options, "resnet50.onnx");
//   winnowCompileOptionsSetOutputFile(options, "resnet50.so");
//   WinnowCompilation *compilation;
//   if (winnowCompile(options, &compilation))
//     puts(winnowCompilationGetDiagnostic(compilation, 0)->message);
//   winnowCompilationDestroy(compilation);
//   winnowCompileOptionsDestroy(options);
//
// Setters return WINNOW_INVALID_ARGUMENT for a NULL pointer or a value that cannot
// be one; whether values fit the model, the target and each other, winnowCompile
// finds out. A text that may be left out is NULL or "".
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_C_COMPILE_H
#define WINNOW_C_COMPILE_H

#include "winnow-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/*===- Options ------------------------------------------------------------===*/

/* All that a user decides. Options that nobody changes may serve several compilations at once. */
typedef struct WinnowCompileOptions WinnowCompileOptions;

/* Options with their defaults: no input, no output, this machine as target. NULL where there is no memory. */
WINNOW_CAPI WinnowCompileOptions *winnowCompileOptionsCreate(void);
WINNOW_CAPI void winnowCompileOptionsDestroy(WinnowCompileOptions *options);

/* The model: an .onnx file, or .mlir or .mlirbc after any phase. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetInputFile(WinnowCompileOptions *options, const char *path);

/* The model in memory: the bytes of an ONNX ModelProto, MLIR bytecode, or MLIR text where `name` ends with ".mlir".
   They are borrowed: they must stay as they are until the last winnowCompile with these options has returned. `name`
   stands for the file in errors and locates external data; it may be NULL. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetBorrowedInputBytes(WinnowCompileOptions *options, const void *data,
                                                                   size_t size, const char *name);

/* Forms of an output. */
typedef enum WinnowOutputKind {
  WINNOW_OUTPUT_MLIR = 0,
  WINNOW_OUTPUT_LLVM_IR = 1,
  WINNOW_OUTPUT_ASSEMBLY = 2,
  WINNOW_OUTPUT_OBJECT = 3,
  WINNOW_OUTPUT_SHARED_LIBRARY = 4,
  WINNOW_OUTPUT_PROGRAM = 5,
  WINNOW_OUTPUT_BYTECODE = 6, /* of MLIR */
  WINNOW_OUTPUT_ONNX = 7
} WinnowOutputKind;

/* A file, whose ending picks the form: .so .o (with a .h beside it) .exe .ll .s .mlir .mlirbc .onnx. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetOutputFile(WinnowCompileOptions *options, const char *path);

/* Memory in place of a file: see winnowCompilationTakeOutput. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetOutputMemory(WinnowCompileOptions *options, WinnowOutputKind kind);

/* Which machine: "host", "x86-64-v3", "x86-64-v4", "x86-64-multi" or a triple. `cpu` replaces the processor,
   `features` ("+avx2,-fma") are added; both may be NULL. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetTarget(WinnowCompileOptions *options, const char *target,
                                                       const char *cpu, const char *features);

/* Extent 0 of every input where it is the batch: at least 1. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetBatch(WinnowCompileOptions *options, int64_t batch);

/* The shape of an input: `rank` (0 to 64) extents of 0 or more; -1 in dimension 0 keeps it dynamic. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetInputShape(WinnowCompileOptions *options, const char *input,
                                                           const int64_t *extents, size_t rank);

/* Makes an input a constant that vanishes from the signature: an .npy file, or the bytes of one (which are copied). */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetFixedInputFile(WinnowCompileOptions *options, const char *input,
                                                               const char *path);
WINNOW_CAPI WinnowResult winnowCompileOptionsSetFixedInputBytes(WinnowCompileOptions *options, const char *input,
                                                                const void *npy, size_t size);

/* What values between layers and filters are stored in: "f32", "bf16", "f16", or "auto" (the fastest of them that loses
   no more accuracy than winnowCompileOptionsSetMaxDrop allows, 0.5 points by default, on the data of
   winnowCompileOptionsSetQuantization with a `kind` of NULL); NULL: "f32". Inputs and outputs keep their types. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetPrecision(WinnowCompileOptions *options, const char *precision);

/* Post-training quantization: `kind` is "int8" (weights and activations of 8 bits) or names the bits of both, 2 to 8
   each, as "w4a8" does, or those of the weights of fully connected layers alone, as "w4" does (which needs no samples);
   NULL for none. The network is run on `calibrate`: a folder of pictures (PNG, JPEG), which `preprocess` (a JSON file;
   NULL: as they are) makes inputs of, or an .npz keyed by input name with samples along the first axis. `labels` (NULL:
   none): their classes, an .npy of integers in their order or lines with a picture's name and its class. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetQuantization(WinnowCompileOptions *options, const char *kind,
                                                             const char *calibrate, const char *preprocess,
                                                             const char *labels);

/* Pruning after training: `target` says what is to be reached and may name a pattern, as "sparsity:0.7" (part of the
   weights that become zero), "macs:0.5", "latency:0.6" (part that is left), "bytes:500000" or
   "macs:0.5,pattern=channel" do (see docs/Compress.md); NULL for none. The network is run on the samples of
   winnowCompileOptionsSetQuantization, whose `kind` may be NULL. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetPruning(WinnowCompileOptions *options, const char *target);

/* In place of pruning and of an output (none may be set): the report says what several levels up to the target would do
   to accuracy, predicted time, size and energy. `kind` is "full" (each level is pruned as it would be) or "quick" (layers
   are not fitted to each other, which loses more than pruning will); NULL: no dry run. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetDryRun(WinnowCompileOptions *options, const char *kind);

/* Quantizes copies of the network with other bits too, as in "w8a8,w4a4", and reports what each loses. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetComparedBits(WinnowCompileOptions *options, const char *kinds);

/* The most samples that are taken, spread evenly: at least 1; 256 unless set. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetCalibrationSamples(WinnowCompileOptions *options, int64_t samples);

/* Points of top-1 accuracy on the samples (without labels: of agreement with the network as it was) that pruning and
   quantization may lose, 0 to 100: less is pruned, and layers keep more bits, until no more are lost. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetMaxDrop(WinnowCompileOptions *options, double points);

/* How convolutions are computed where it is legal: one of winnowGetAlgorithmNames; NULL: the cheapest each. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetAlgorithm(WinnowCompileOptions *options, const char *algorithm);

/* Measures the legal algorithms of each distinct convolution on this machine and takes the fastest. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetAutotune(WinnowCompileOptions *options, bool autotune);

/* With autotune: measures only every `parts`-th problem, from number `part` (0 to parts - 1) on. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetTunePart(WinnowCompileOptions *options, uint32_t part, uint32_t parts);

/* The file that keeps measured times; known ones are used also without autotune. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetTuningCache(WinnowCompileOptions *options, const char *path);

/* The most threads that a run will have: 1 to 1024; 0: this machine's processors where it is the target. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetThreads(WinnowCompileOptions *options, int64_t threads);

/* What dividing work among threads costs, in cycles: 0 or more. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetForkJoinCycles(WinnowCompileOptions *options, double cycles);

/* Whether to predict with this machine's measured speeds (the default) or, for equal code everywhere, typical ones. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetMeasuredSpeed(WinnowCompileOptions *options, bool measured);

/* Whether layers are computed without the zeros of their filters where that is faster (the default). */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetSparsity(WinnowCompileOptions *options, bool sparsity);

/* How hard LLVM works on the generated code: 0 to 3. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetOptLevel(WinnowCompileOptions *options, uint32_t level);

/* Whether the model takes the time of each of its layers in every run. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetInstrument(WinnowCompileOptions *options, bool instrument);

/* Stops after a phase (one of winnowGetPhaseNames) and writes MLIR; NULL: goes through. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetCompileTo(WinnowCompileOptions *options, const char *phase);

/* A .txt, .json or .html file for the table of the layers. (winnowCompilationGetReportJson needs none.) */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetReportFile(WinnowCompileOptions *options, const char *path);

/* A .yaml file for what passes did and declined. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetRemarksFile(WinnowCompileOptions *options, const char *path);

/* Where a pass that fails or crashes leaves its input as an .mlir that `winnow-opt --run-reproducer` replays; NULL:
   nowhere. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetCrashReproducerFile(WinnowCompileOptions *options, const char *path);

/* Whether to check the IR after every pass. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetVerifyEach(WinnowCompileOptions *options, bool verify);

/* Whether to print the time of each pass to stderr. */
WINNOW_CAPI WinnowResult winnowCompileOptionsSetTiming(WinnowCompileOptions *options, bool timing);

/* Told before each step of a compilation: its name, its number from 0 and how many there are. Called on the thread
   that compiles. `user` is handed through. NULL: nobody is told. */
typedef void (*WinnowProgressCallback)(void *user, const char *step, uint32_t index, uint32_t count);
WINNOW_CAPI WinnowResult winnowCompileOptionsSetProgressCallback(WinnowCompileOptions *options,
                                                                 WinnowProgressCallback callback, void *user);

/*===- Diagnostics --------------------------------------------------------===*/

typedef enum WinnowSeverity {
  WINNOW_SEVERITY_ERROR = 0,
  WINNOW_SEVERITY_WARNING = 1,
  WINNOW_SEVERITY_NOTE = 2, /* belongs to the one before */
  WINNOW_SEVERITY_REMARK = 3
} WinnowSeverity;

/* One thing that a compilation has to say. No text is NULL. */
typedef struct WinnowDiagnostic {
  WinnowSeverity severity;
  const char *file;      /* the model; "" where it is about the options */
  const char *node;      /* the ONNX node's name; "" where it is about none */
  const char *message;   /* what was expected and what was found: one sentence */
  const char *text;      /* all of it in one line, as tools print it: "error: FILE: node 'NAME': message" */
  uint32_t line, column; /* a place in a text, from 1; 0 where there is none */
} WinnowDiagnostic;

/* Told what goes wrong, as it does: one call at a time, perhaps on another thread of the compiler. `diagnostic` is
   lent for the call. They are all kept in the WinnowCompilation as well. */
typedef void (*WinnowDiagnosticCallback)(void *user, const WinnowDiagnostic *diagnostic);
WINNOW_CAPI WinnowResult winnowCompileOptionsSetDiagnosticCallback(WinnowCompileOptions *options,
                                                                   WinnowDiagnosticCallback callback, void *user);

/*===- Compiling ----------------------------------------------------------===*/

/* What came of a compilation, whether it went well or not. */
typedef struct WinnowCompilation WinnowCompilation;

/* Compiles. *compilation is made in any case but WINNOW_INVALID_ARGUMENT, where it becomes NULL; `compilation` itself
   may be NULL. An output file is whole or untouched. */
WINNOW_CAPI WinnowResult winnowCompile(const WinnowCompileOptions *options, WinnowCompilation **compilation);
WINNOW_CAPI void winnowCompilationDestroy(WinnowCompilation *compilation);

/* Errors and warnings in the order in which they came. NULL where `index` is out of range. */
WINNOW_CAPI size_t winnowCompilationGetDiagnosticCount(const WinnowCompilation *compilation);
WINNOW_CAPI const WinnowDiagnostic *winnowCompilationGetDiagnostic(const WinnowCompilation *compilation, size_t index);

/* The output in memory; NULL where a file was asked for, after a failure, or once it was taken. */
WINNOW_CAPI const WinnowBuffer *winnowCompilationGetOutput(const WinnowCompilation *compilation);
WINNOW_CAPI WinnowBuffer *winnowCompilationTakeOutput(WinnowCompilation *compilation);

/* Of objects: the C header, and the name of the function that returns the model. "" elsewhere. */
WINNOW_CAPI const char *winnowCompilationGetHeader(const WinnowCompilation *compilation);
WINNOW_CAPI const char *winnowCompilationGetSymbol(const WinnowCompilation *compilation);

/* The layers, sizes and times, as one JSON object; "" after a failure. */
WINNOW_CAPI const char *winnowCompilationGetReportJson(const WinnowCompilation *compilation);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_C_COMPILE_H */
