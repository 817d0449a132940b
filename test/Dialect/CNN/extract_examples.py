#===- extract_examples.py - the examples of op descriptions as IR --------===//
#
# Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===//
"""Prints a function for each example in the descriptions of the dialect's ops.

usage: extract_examples.py FOLDER, the one with the *Ops.td files. Operands of
an example become arguments of its function; their types are those of its
functional type. Fails if an op has no example.
"""

import json
import pathlib
import re
import subprocess
import sys


def read_records(definitions):
    """The records of one .td file, as llvm-tblgen sees them."""
    llvm_include = subprocess.run(["llvm-config", "--includedir"], check=True, capture_output=True, text=True).stdout
    own_include = definitions.parents[3]
    dump = subprocess.run(["llvm-tblgen", "-dump-json", "-I", own_include, "-I", llvm_include.strip(), definitions],
                          check=True, capture_output=True, text=True)
    return json.loads(dump.stdout)


def operand_names(line):
    """The values an example uses, in order (the results are left of the `=`)."""
    return re.findall(r"%\w+", line.split(" : ")[0].split("=", 1)[1])


def operand_types(line):
    """The types left of the arrow (or of `to`), split at the top level."""
    signature = re.split(r"\s:\s(?=\(|tensor<.+> to )", line, maxsplit=1)[1]
    if not signature.startswith("("):
        return [signature.split(" to ")[0]]
    return re.findall(r"tensor<(?:[^<>]|<[^<>]*>)*>", signature[:signature.index(") ->")])


def print_examples(records):
    for name in sorted(records["!instanceof"]["Op"]):
        record = records[name]
        if record["opDialect"]["def"] != "CNN_Dialect":
            continue
        examples = re.findall(r"```mlir\n(.*?)```", record["description"], re.S)
        if not examples:
            sys.exit(f"expected an example in the description of {name} but got none")
        for index, example in enumerate(examples):
            line = " ".join(example.split())
            arguments = ", ".join(f"{n}: {t}" for n, t in zip(operand_names(line), operand_types(line)))
            print(f"func.func @{name}_{index}({arguments}) {{\n  {line}\n  return\n}}")


def main():
    for definitions in sorted(pathlib.Path(sys.argv[1]).resolve().glob("*Ops.td")):
        print_examples(read_records(definitions))


main()
