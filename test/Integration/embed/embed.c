/* Winnow from C: compiles an ONNX model to a library in memory, loads it and runs it on a picture of ones.
   usage: embed-c MODEL.onnx */
#include "winnow-c/Compile.h"
#include "winnow-c/Model.h"

#include <stdio.h>
#include <stdlib.h>

static void showStep(void *user, const char *step, uint32_t index, uint32_t count) {
  fprintf((FILE *)user, "[%u/%u] %s\n", index + 1, count, step);
}

/* Compiles the model; NULL after an error, which is printed. */
static WinnowBuffer *compile(const char *path) {
  WinnowCompileOptions *options = winnowCompileOptionsCreate();
  winnowCompileOptionsSetInputFile(options, path);
  winnowCompileOptionsSetOutputMemory(options, WINNOW_OUTPUT_SHARED_LIBRARY);
  winnowCompileOptionsSetBatch(options, 1);
  winnowCompileOptionsSetProgressCallback(options, showStep, stderr);
  WinnowCompilation *compilation = NULL;
  winnowCompile(options, &compilation);
  for (size_t i = 0; i < winnowCompilationGetDiagnosticCount(compilation); ++i)
    fprintf(stderr, "%s\n", winnowCompilationGetDiagnostic(compilation, i)->text);
  WinnowBuffer *code = winnowCompilationTakeOutput(compilation);
  winnowCompilationDestroy(compilation);
  winnowCompileOptionsDestroy(options);
  return code;
}

/* A dense tensor of ones with memory of its own. */
static WinnowTensor makeTensor(const WinnowTensorInfo *info, size_t elementBytes) {
  WinnowTensor tensor = {0};
  size_t elements = 1;
  for (int32_t d = 0; d < info->rank; ++d)
    elements *= (size_t)(tensor.extents[d] = info->extents[d]);
  tensor.type = info->type;
  tensor.rank = info->rank;
  tensor.bytes = elements * elementBytes;
  tensor.data = calloc(elements, elementBytes);
  for (size_t i = 0; tensor.data && info->type == WINNOW_F32 && i < elements; ++i)
    ((float *)tensor.data)[i] = 1.0f;
  return tensor;
}

/* Runs a model with one input and one output, both f32; prints the output. */
static int run(WinnowLibrary *library) {
  char error[256] = "";
  WinnowSession *session;
  if (winnowSessionCreate(library, NULL, &session, error, sizeof error))
    return fprintf(stderr, "%s\n", error), 1;
  size_t bytes = winnowLibraryGetTypeBytes(library, WINNOW_F32);
  WinnowTensor x = makeTensor(winnowLibraryGetInputInfo(library, 0), bytes);
  WinnowTensor y = makeTensor(winnowLibraryGetOutputInfo(library, 0), bytes);
  int failed = winnowSessionRun(session, &x, 1, &y, 1) != WINNOW_OK;
  if (failed)
    fprintf(stderr, "%s\n", winnowSessionGetError(session));
  for (size_t i = 0; !failed && i < y.bytes / sizeof(float); ++i)
    printf("%.6f\n", ((float *)y.data)[i]);
  free(x.data);
  free(y.data);
  winnowSessionDestroy(session);
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 2)
    return fprintf(stderr, "usage: embed-c MODEL.onnx\n"), 2;
  WinnowBuffer *code = compile(argv[1]);
  if (!code)
    return 1;
  char error[256] = "";
  WinnowLibrary *library;
  WinnowResult result =
      winnowLibraryCreateFromBytes(winnowBufferGetData(code), winnowBufferGetSize(code), &library, error, sizeof error);
  winnowBufferDestroy(code); /* the library has a copy */
  if (result)
    return fprintf(stderr, "%s\n", error), 1;
  int status = run(library);
  winnowLibraryDestroy(library);
  return status;
}
