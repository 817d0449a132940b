//===- winnow-lsp-server.cpp - what an editor asks about IR ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// MLIR's server answers on standard output and asks nobody for documentation. It runs in a process of its own, so that
// what it writes last passes through the filter however it ends.

#include "HoverFilter.h"

#include "winnow/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/WithColor.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/// MLIR's server; returns its exit code.
static int serve(int argc, char **argv) {
  mlir::DialectRegistry registry;
  winnow::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}

/// Waits for the server and returns its exit code; for one that a signal ended, what a shell would.
static int waitFor(pid_t server) {
  int status;
  while (waitpid(server, &status, 0) < 0)
    if (errno != EINTR)
      return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Says what the system refused.
static int fail() {
  llvm::WithColor::error(llvm::errs(), "winnow-lsp-server")
      << "cannot start the server: " << std::strerror(errno) << "\n";
  return 1;
}

int main(int argc, char **argv) {
  int ends[2];
  if (pipe(ends))
    return fail();
  pid_t server = fork();
  if (server < 0)
    return fail();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM); // an editor that kills us means the server
    if (dup2(ends[1], STDOUT_FILENO) < 0)
      return fail();
    close(ends[0]);
    close(ends[1]);
    return serve(argc, argv);
  }
  close(ends[1]);
  std::FILE *answers = fdopen(ends[0], "r");
  if (!answers)
    return fail();
  winnow::filterHovers(answers, llvm::outs());
  std::fclose(answers);
  return waitFor(server);
}
