// Parses a module of the cnn dialect with an installed Winnow and prints how many operations it has.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "winnow/Dialect/CNN/CNN.h"

int main() {
  mlir::DialectRegistry registry;
  registry.insert<winnow::cnn::CNNDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %y = cnn.relu %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
      return %y : tensor<1x4xf32>
    })",
                                                       &context);
  if (!module)
    return 1;
  int count = 0;
  module->walk([&](mlir::Operation *op) { count += op->getDialect()->getNamespace() == "cnn"; });
  llvm::outs() << count << " cnn operation\n";
  return 0;
}
