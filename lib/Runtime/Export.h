/*===- Export.h - who sees the runtime's functions ----------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_RUNTIME_EXPORT_H
#define WINNOW_RUNTIME_EXPORT_H

/* Every model carries its own copy of the runtime. Weak: two model objects may
   meet in one program. A shared library exports it; in an object it is hidden,
   so that the program or library which takes the object in does not pass it on. */
#ifdef WINNOW_SHARED_MODEL
#define WINNOW_API __attribute__((weak, visibility("default")))
#else
#define WINNOW_API __attribute__((weak, visibility("hidden")))
#endif

#endif /* WINNOW_RUNTIME_EXPORT_H */
