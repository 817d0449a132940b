/* Mistakes of a caller: each is a result and a sentence, none is a crash. Prints nothing where all is as documented. */
#include "winnow-c/Compile.h"
#include "winnow-c/Model.h"
#include "winnow-c/Target.h"

#include <stdio.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                                                  \
      ++failures;                                                                                                      \
    }                                                                                                                  \
  } while (0)

/* No handle, no text, values out of range. */
static void testOptions(void) {
  int64_t extents[2] = {1, -1}, dynamic[2] = {-1, 3};
  EXPECT(winnowCompileOptionsSetInputFile(NULL, "x.onnx") == WINNOW_INVALID_ARGUMENT);
  winnowCompileOptionsDestroy(NULL);
  WinnowCompileOptions *options = winnowCompileOptionsCreate();
  EXPECT(winnowCompileOptionsSetInputFile(options, NULL) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetBorrowedInputBytes(options, NULL, 5, "x") == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetOutputFile(options, NULL) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetOutputMemory(options, (WinnowOutputKind)17) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetTarget(options, NULL, NULL, NULL) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetBatch(options, 0) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetInputShape(options, "x", extents, 2) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetInputShape(options, "x", dynamic, 1000) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetInputShape(options, "x", NULL, 1) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetInputShape(options, "x", dynamic, 2) == WINNOW_SUCCESS);
  EXPECT(winnowCompileOptionsSetFixedInputFile(options, "x", NULL) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetThreads(options, 1025) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetThreads(options, -1) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetOptLevel(options, 4) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetForkJoinCycles(options, -1) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetForkJoinCycles(options, 0.0 / 0.0) == WINNOW_INVALID_ARGUMENT);
  winnowCompileOptionsDestroy(options);
}

struct Seen {
  int count;
  char node[64], file[64];
};

static void see(void *user, const WinnowDiagnostic *diagnostic) {
  struct Seen *seen = user;
  ++seen->count;
  snprintf(seen->node, sizeof seen->node, "%s", diagnostic->node);
  snprintf(seen->file, sizeof seen->file, "%s", diagnostic->file);
}

/* Compiles a text; the sentence of the failure must contain `expected`. */
static void expectFailure(WinnowCompileOptions *options, const char *text, const char *expected, struct Seen *seen) {
  memset(seen, 0, sizeof *seen);
  winnowCompileOptionsSetBorrowedInputBytes(options, text, strlen(text), "bad.mlir");
  winnowCompileOptionsSetDiagnosticCallback(options, see, seen);
  WinnowCompilation *compilation = NULL;
  EXPECT(winnowCompile(options, &compilation) == WINNOW_COMPILE_FAILED);
  EXPECT(compilation != NULL);
  EXPECT(seen->count > 0 && (size_t)seen->count == winnowCompilationGetDiagnosticCount(compilation));
  const WinnowDiagnostic *first = winnowCompilationGetDiagnostic(compilation, 0);
  EXPECT(first && first->severity == WINNOW_SEVERITY_ERROR && strstr(first->message, expected));
  EXPECT(winnowCompilationGetDiagnostic(compilation, 99) == NULL);
  EXPECT(winnowCompilationGetOutput(compilation) == NULL && winnowCompilationTakeOutput(compilation) == NULL);
  EXPECT(!strcmp(winnowCompilationGetReportJson(compilation), ""));
  winnowCompilationDestroy(compilation);
}

static void testCompile(void) {
  WinnowCompilation *compilation = (WinnowCompilation *)&failures;
  EXPECT(winnowCompile(NULL, &compilation) == WINNOW_INVALID_ARGUMENT && compilation == NULL);
  EXPECT(winnowCompilationGetDiagnosticCount(NULL) == 0 && winnowBufferGetSize(NULL) == 0);
  winnowCompilationDestroy(NULL);
  winnowBufferDestroy(NULL);
  struct Seen seen;
  WinnowCompileOptions *options = winnowCompileOptionsCreate();
  expectFailure(options, "module {}", "expected an input and an output", &seen);
  winnowCompileOptionsSetOutputMemory(options, WINNOW_OUTPUT_SHARED_LIBRARY);
  expectFailure(options, "no MLIR at all", "unknown", &seen);
  EXPECT(!strcmp(seen.file, "bad.mlir"));
  /* A kernel larger than its map: the error names the node. */
  expectFailure(options,
                "func.func @main(%x: tensor<1x4x2x2xf32>) -> tensor<1x8x2x2xf32> {\n"
                "  %w = arith.constant dense<1.0> : tensor<8x5x1x1xf32>\n"
                "  %y = cnn.convolution %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]\n"
                "     : (tensor<1x4x2x2xf32>, tensor<8x5x1x1xf32>) -> tensor<1x8x2x2xf32> loc(\"conv7\")\n"
                "  return %y : tensor<1x8x2x2xf32>\n}\n",
                "expected", &seen);
  EXPECT(!strcmp(seen.node, "conv7"));
  winnowCompileOptionsSetAlgorithm(options, "magic");
  expectFailure(options, "module {}", "unknown algorithm 'magic'", &seen);
  winnowCompileOptionsSetAlgorithm(options, NULL);
  EXPECT(winnowCompileOptionsSetPruning(NULL, "sparsity:0.5") == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetDryRun(NULL, "full") == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetDryRun(options, "full") == WINNOW_SUCCESS);
  expectFailure(options, "module {}", "expected --prune with --dry-run", &seen);
  EXPECT(winnowCompileOptionsSetDryRun(options, NULL) == WINNOW_SUCCESS);
  EXPECT(winnowCompileOptionsSetPrecision(NULL, "f16") == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowCompileOptionsSetPrecision(options, "f8") == WINNOW_SUCCESS);
  expectFailure(options, "module {}", "unknown precision 'f8': expected f32, bf16, f16 or auto", &seen);
  winnowCompileOptionsDestroy(options);
}

static void testTargets(void) {
  char error[32] = "untouched";
  WinnowTarget *target;
  EXPECT(winnowTargetCreate("moon", NULL, NULL, &target, error, sizeof error) == WINNOW_INVALID_ARGUMENT);
  EXPECT(target == NULL && strstr(error, "unknown target 'moon'") && strlen(error) < sizeof error);
  EXPECT(winnowTargetCreate(NULL, NULL, NULL, &target, NULL, 0) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowTargetCreate("x86-64-v3", "", "", NULL, NULL, 0) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowTargetCreate("x86-64-v4", NULL, NULL, &target, error, sizeof error) == WINNOW_SUCCESS);
  EXPECT(winnowTargetGetVectorBits(target) == 512 && winnowTargetGetVectorRegisters(target) == 32);
  EXPECT(!winnowTargetIsHost(target) && strstr(winnowTargetGetTriple(target), "x86_64"));
  winnowTargetDestroy(target);
  EXPECT(strstr(winnowGetPhaseNames(), "import, graph") && strstr(winnowGetAlgorithmNames(), "winograd"));
}

/* `file` is no compiled model. */
static void testModels(const char *file) {
  char error[256] = "";
  WinnowLibrary *library = (WinnowLibrary *)&failures;
  EXPECT(winnowLibraryCreateFromFile("none.so", &library, error, sizeof error) == WINNOW_LOAD_FAILED);
  EXPECT(library == NULL && strstr(error, "none.so: cannot be loaded"));
  EXPECT(winnowLibraryCreateFromFile(file, &library, error, sizeof error) == WINNOW_LOAD_FAILED);
  EXPECT(strstr(error, "no compiled model"));
  EXPECT(winnowLibraryCreateFromBytes("text", 4, &library, error, sizeof error) == WINNOW_LOAD_FAILED);
  EXPECT(strstr(error, "a model in memory: cannot be loaded"));
  EXPECT(winnowLibraryCreateFromFile(NULL, &library, error, sizeof error) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowLibraryCreateFromBytes("text", 4, NULL, NULL, 0) == WINNOW_INVALID_ARGUMENT);
  EXPECT(winnowLibraryGetInputCount(NULL) == 0 && winnowLibraryGetInputInfo(NULL, 0) == NULL);
  WinnowSession *session;
  EXPECT(winnowSessionCreate(NULL, NULL, &session, error, sizeof error) == WINNOW_NULL_ARGUMENT && session == NULL);
  EXPECT(winnowSessionRun(NULL, NULL, 0, NULL, 0) == WINNOW_NULL_ARGUMENT && winnowSessionGetThreads(NULL) == 0);
  winnowSessionDestroy(NULL);
  winnowLibraryDestroy(NULL);
}

int main(int argc, char **argv) {
  if (argc != 2)
    return printf("expected a shared library that is no model\n"), 2;
  testOptions();
  testCompile();
  testTargets();
  testModels(argv[1]);
  printf("%d failures, libwinnow %s with LLVM %s\n", failures, winnowGetVersion(), winnowGetLLVMVersion());
  return failures != 0;
}
