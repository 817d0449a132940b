/* The C API from outside: compiles the model of the first argument to a library in memory, runs it there on ones and
   prints its outputs. The second argument is a target. */
#include "winnow-c/Compile.h"
#include "winnow-c/Model.h"
#include "winnow-c/Target.h"

#include <stdio.h>
#include <stdlib.h>

static void showStep(void *user, const char *step, uint32_t index, uint32_t count) {
  printf("[%u/%u] %s\n", index + 1, count, step);
  ++*(int *)user;
}

static int fail(const char *what) {
  printf("failed: %s\n", what);
  return 1;
}

/* All inputs 1, all sizes those of batch 1. */
static int run(WinnowLibrary *library) {
  char error[256] = "";
  WinnowSession *session;
  WinnowOptions options = {0};
  options.threads = 2;
  if (winnowSessionCreate(library, &options, &session, error, sizeof error))
    return fail(error);
  int32_t count[2] = {winnowLibraryGetInputCount(library), winnowLibraryGetOutputCount(library)};
  WinnowTensor tensors[2][4] = {0};
  for (int side = 0; side < 2; ++side)
    for (int32_t i = 0; i < count[side] && i < 4; ++i) {
      const WinnowTensorInfo *info =
          side ? winnowLibraryGetOutputInfo(library, i) : winnowLibraryGetInputInfo(library, i);
      WinnowTensor *tensor = &tensors[side][i];
      size_t elements = 1;
      for (int32_t d = 0; d < info->rank; ++d)
        elements *= tensor->extents[d] = info->extents[d] < 0 ? 1 : info->extents[d];
      tensor->type = info->type;
      tensor->rank = info->rank;
      tensor->bytes = elements * winnowLibraryGetTypeBytes(library, info->type);
      tensor->data = malloc(tensor->bytes);
      for (size_t e = 0; e < elements && info->type == WINNOW_F32; ++e)
        ((float *)tensor->data)[e] = 1.0f;
      printf("%s %s, %d dimensions\n", side ? "output" : "input", info->name, info->rank);
    }
  if (winnowSessionRun(session, tensors[0], count[0], tensors[1], count[1]))
    return fail(winnowSessionGetError(session));
  for (size_t e = 0; e < tensors[1][0].bytes / sizeof(float); ++e)
    printf("%.4f\n", ((float *)tensors[1][0].data)[e]);
  const int64_t *times = winnowSessionGetLayerTimes(session);
  printf("times: %s\n", times && times[0] >= 0 ? "yes" : "no");
  for (int side = 0; side < 2; ++side)
    for (int32_t i = 0; i < count[side] && i < 4; ++i)
      free(tensors[side][i].data);
  winnowSessionDestroy(session);
  return 0;
}

int main(int argc, char **argv) {
  int steps = 0;
  char error[256] = "";
  if (argc != 3)
    return fail("expected a model and a target");
  WinnowCompileOptions *options = winnowCompileOptionsCreate();
  winnowCompileOptionsSetInputFile(options, argv[1]);
  winnowCompileOptionsSetTarget(options, argv[2], NULL, NULL);
  winnowCompileOptionsSetOutputMemory(options, WINNOW_OUTPUT_SHARED_LIBRARY);
  winnowCompileOptionsSetInstrument(options, true);
  winnowCompileOptionsSetProgressCallback(options, showStep, &steps);
  WinnowCompilation *compilation;
  if (winnowCompile(options, &compilation)) {
    const WinnowDiagnostic *first = winnowCompilationGetDiagnostic(compilation, 0);
    printf("file: %s\nnode: %s\nmessage: %s\ntext: %s\n", first->file, first->node, first->message, first->text);
    winnowCompilationDestroy(compilation);
    winnowCompileOptionsDestroy(options);
    return 1;
  }
  printf("%d steps, report of %s\n", steps,
         winnowCompilationGetReportJson(compilation)[0] == '{' ? "one object" : "nothing");
  const WinnowBuffer *code = winnowCompilationGetOutput(compilation);
  WinnowLibrary *library;
  if (winnowLibraryCreateFromBytes(winnowBufferGetData(code), winnowBufferGetSize(code), &library, error, sizeof error))
    return fail(error);
  winnowCompilationDestroy(compilation); /* the library has a copy */
  int code_ = run(library);
  winnowLibraryDestroy(library);
  winnowCompileOptionsDestroy(options);
  return code_;
}
