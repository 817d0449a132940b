//===- Phases.cpp - the phases of a compilation in order -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Phases.h"

#include "winnow/Algorithm/Passes.h"
#include "winnow/Compress/Passes.h"
#include "winnow/Driver/OutputKind.h"
#include "winnow/Graph/Passes.h"
#include "winnow/Kernel/Passes.h"
#include "winnow/Memory/Passes.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace winnow {

static void buildGraph(OpPassManager &pm, const CompileOptions &options) {
  GraphPipelineOptions graphOptions;
  if (options.import.batch)
    graphOptions.batch = *options.import.batch;
  buildGraphPipeline(pm, graphOptions);
}

static void buildCompress(OpPassManager &pm, const CompileOptions &options) {
  // Others read a quantized network as computation between quantize and dequantize ops.
  if (getOutputKind(options.output) != OutputKind::Onnx)
    buildIntegerPipeline(pm);
  if (options.precision == "bf16" || options.precision == "f16")
    buildPrecisionPipeline(pm, options.precision);
}

static void buildAlgorithm(OpPassManager &pm, const CompileOptions &options) {
  AlgorithmPipelineOptions algorithmOptions;
  algorithmOptions.algorithm = options.algorithm;
  algorithmOptions.explain = options.explain;
  algorithmOptions.sparsity = options.sparsity;
  // What was pruned since the graph was made simple; from here on sparse products win (docs/Algorithm.md).
  if (options.sparsity) {
    pm.addNestedPass<func::FuncOp>(createConvertFcToConvPass({/*spatial=*/false, /*zeros=*/0.5}));
    pm.addNestedPass<func::FuncOp>(createMergeReshapesPass());
  }
  buildAlgorithmPipeline(pm, algorithmOptions);
}

static void buildKernel(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(createRecordInterface());
  pm.addPass(createLowerToKernelsPass());
  pm.addPass(createPartitionKernelsPass({options.threads, options.forkJoinCycles}));
  pm.addPass(createVerifyKernelsPass());
}

static void buildMemory(OpPassManager &pm, const CompileOptions &options) { buildMemoryPipeline(pm, options.explain); }

static void buildTarget(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(createExpandTilesPass({options.emulateTiles}));
  pm.addNestedPass<func::FuncOp>(createExpandCopiesPass());
  pm.addPass(createPartitionKernelsPass({options.threads, options.forkJoinCycles})); // the copies that are loops now
  buildLowerToLLVMPipeline(pm, options.instrument);
}

static constexpr Phase kPhases[] = {
    {"import", "cnn, func and arith.constant; node names are locations", nullptr},
    {"graph", "fused and folded cnn ops", buildGraph},
    {kPrunePhase, "the same; weights that were asked to be pruned are zero", nullptr},
    {kQuantizePhase, "the same; what was asked to be quantized is f32 between quantize and dequantize ops", nullptr},
    {"compress", "the same ops; what is quantized has !quant.uniform types and integers", buildCompress},
    {"algorithm", "cnn with a layout on each value and an algorithm on each convolution", buildAlgorithm},
    {"kernel", "vectors, loops and memrefs; no cnn op", buildKernel},
    {"memory", "one arena; no allocation", buildMemory},
    {"target", "the llvm dialect, weights in one section", buildTarget},
};

llvm::ArrayRef<Phase> getPhases() { return kPhases; }

std::optional<unsigned> findPhase(llvm::StringRef name) {
  for (auto [index, phase] : llvm::enumerate(kPhases))
    if (phase.name == name)
      return index;
  return std::nullopt;
}

std::string getPhaseNames() {
  return llvm::join(llvm::map_range(kPhases, [](const Phase &phase) { return phase.name; }), ", ");
}

namespace {
/// What of CompileOptions the phases look at.
struct PhasePipelineOptions : PassPipelineOptions<PhasePipelineOptions> {
  Option<std::string> algorithm{*this, "algorithm", llvm::cl::desc("The kind to use wherever it is legal")};
  Option<int64_t> threads{*this, "threads", llvm::cl::desc("The most threads that a run will have"), llvm::cl::init(1)};
  Option<double> forkJoinCycles{*this, "fork-join-cycles", llvm::cl::desc("What dividing work costs"),
                                llvm::cl::init(CompileOptions().forkJoinCycles)};
  Option<bool> instrument{*this, "instrument", llvm::cl::desc("Take the time of each layer"), llvm::cl::init(false)};
};
} // namespace

void registerPhasePipelines() {
  for (const Phase &phase : kPhases) {
    if (!phase.build)
      continue;
    PassPipelineRegistration<PhasePipelineOptions>(
        ("winnow-phase-" + phase.name).str(), phase.contract,
        [build = phase.build](OpPassManager &pm, const PhasePipelineOptions &given) {
          CompileOptions options;
          options.algorithm = given.algorithm;
          options.threads = given.threads;
          options.forkJoinCycles = given.forkJoinCycles;
          options.instrument = given.instrument;
          build(pm, options);
        });
  }
}

/// Whether a function has been through the algorithm stage: it has layouts or
/// algorithms. (One without convolutions looks undecided; deciding it again does no harm.)
static bool isDecided(func::FuncOp main) {
  WalkResult walk = main.walk([](Operation *op) {
    bool decided = op->hasAttr("algorithm") || llvm::any_of(op->getResultTypes(), [](Type type) {
                     auto tensor = dyn_cast<RankedTensorType>(type);
                     return tensor && tensor.getEncoding();
                   });
    return decided ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walk.wasInterrupted();
}

/// Whether a function computes with quantized types, which the compress stage makes.
static bool isQuantizedFunction(func::FuncOp main) {
  return main
      .walk([](Operation *op) {
        return llvm::any_of(op->getResultTypes(), isQuantized) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

unsigned detectPhase(ModuleOp module) {
  if (module.lookupSymbol<LLVM::LLVMFuncOp>("winnow_entry"))
    return *findPhase("target");
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return *findPhase("import");
  if (main->hasAttr(kArenaBytesAttr))
    return *findPhase("memory");
  if (main->hasAttr("winnow.inputs"))
    return *findPhase("kernel");
  return *findPhase(isDecided(main) ? "algorithm" : isQuantizedFunction(main) ? "compress" : "import");
}

} // namespace winnow
