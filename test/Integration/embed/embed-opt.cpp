// An optimizer driver of another project: MLIR's passes, Winnow's dialect, passes and pipelines, and one pass of its
// own that is made of Winnow's rewrites: a set of patterns, and a free function called on ops of its own choice.

#include "winnow/Driver/Compile.h"
#include "winnow/Driver/Phases.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/InitAll.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace {

/// Folds batch normalisations into convolutions, then gives convolutions their activations where the result is a
/// feature map of at most `kMaxChannels` channels.
struct FuseSmallLayers : mlir::PassWrapper<FuseSmallLayers, mlir::OperationPass<mlir::func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FuseSmallLayers)
  static constexpr int64_t kMaxChannels = 8;

  llvm::StringRef getArgument() const override { return "embed-fuse-small-layers"; }
  llvm::StringRef getDescription() const override { return "Fuse what belongs to small convolutions"; }
  void getDependentDialects(mlir::DialectRegistry &registry) const override { winnow::registerAllDialects(registry); }

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    winnow::populateFoldBatchNormPatterns(patterns);
    if (failed(mlir::applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    llvm::SmallVector<winnow::cnn::ActivationOpInterface> activations;
    getOperation().walk([&](winnow::cnn::ActivationOpInterface op) {
      auto type = mlir::dyn_cast<mlir::RankedTensorType>(op->getResult(0).getType());
      if (type && type.getRank() == 4 && type.getDimSize(1) <= kMaxChannels)
        activations.push_back(op);
    });
    mlir::IRRewriter rewriter(&getContext());
    for (winnow::cnn::ActivationOpInterface op : activations) {
      rewriter.setInsertionPoint(op);
      (void)winnow::fuseActivation(rewriter, op);
    }
  }
};

} // namespace

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  winnow::registerAllDialects(registry);
  winnow::registerAllPasses();
  winnow::registerPhasePipelines();
  mlir::PassRegistration<FuseSmallLayers>();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "An optimizer with Winnow inside\n", registry));
}
