/* The cnn dialect from C: parses a module, runs named pipelines on it, counts its operations and compiles it, all
   through MLIR's C API as libwinnow exports it. */
#include "mlir-c/Diagnostics.h"
#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include "winnow-c/Dialect.h"

#include <stdio.h>
#include <string.h>

static const char kNetwork[] = "func.func @main(%x: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {\n"
                               "  %w = arith.constant dense<0.5> : tensor<4x4x1x1xf32>\n"
                               "  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]\n"
                               "    : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>\n"
                               "  %z = cnn.relu %y : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>\n"
                               "  return %z : tensor<1x4x8x8xf32>\n"
                               "}\n";

static void printText(MlirStringRef text, void *user) { fwrite(text.data, 1, text.length, (FILE *)user); }

static MlirWalkResult countOp(MlirOperation op, void *user) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(op));
  *(int *)user += name.length > 4 && !strncmp(name.data, "cnn.", 4);
  return MlirWalkResultAdvance;
}

static int countOps(MlirModule module) {
  int count = 0;
  mlirOperationWalk(mlirModuleGetOperation(module), countOp, &count, MlirWalkPreOrder);
  return count;
}

/* Runs a pipeline by its text. */
static int runPipeline(MlirContext context, MlirModule module, const char *text) {
  MlirPassManager manager = mlirPassManagerCreate(context);
  MlirOpPassManager passes = mlirPassManagerGetAsOpPassManager(manager);
  MlirLogicalResult result =
      mlirOpPassManagerAddPipeline(passes, mlirStringRefCreateFromCString(text), printText, stdout);
  if (mlirLogicalResultIsSuccess(result))
    result = mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module));
  mlirPassManagerDestroy(manager);
  return mlirLogicalResultIsSuccess(result);
}

/* Compiles the module to an object in memory. */
static int compile(MlirModule module) {
  WinnowCompileOptions *options = winnowCompileOptionsCreate();
  winnowCompileOptionsSetOutputMemory(options, WINNOW_OUTPUT_OBJECT);
  WinnowCompilation *compilation = NULL;
  WinnowResult result = winnowCompileModule(module, options, &compilation);
  if (result == WINNOW_SUCCESS)
    printf("%s in an object\n", winnowCompilationGetSymbol(compilation));
  else
    fprintf(stderr, "%s\n", winnowCompilationGetDiagnostic(compilation, 0)->text);
  winnowCompilationDestroy(compilation);
  winnowCompileOptionsDestroy(options);
  return result == WINNOW_SUCCESS;
}

int main(void) {
  winnowRegisterAllPasses();
  winnowRegisterAllPasses(); /* once more does nothing */
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  winnowRegisterAllDialects(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/false);
  mlirDialectRegistryDestroy(registry);
  MlirDialect dialect = mlirDialectHandleLoadDialect(mlirGetDialectHandle__cnn__(), context);
  MlirStringRef name = mlirDialectGetNamespace(dialect);
  printf("dialect %.*s\n", (int)name.length, name.data);

  MlirModule module = mlirModuleCreateParse(context, mlirStringRefCreateFromCString(kNetwork));
  if (mlirModuleIsNull(module))
    return 1;
  printf("%d operations\n", countOps(module));
  if (runPipeline(context, module, "winnow-no-such-pipeline") || !runPipeline(context, module, "winnow-phase-graph"))
    return 1;
  printf("%d operation after the graph phase\n", countOps(module));
  int compiled = compile(module);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  return !compiled;
}
