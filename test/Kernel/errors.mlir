// RUN: not winnow-opt %s --winnow-lower-to-kernels 2>&1 | FileCheck %s

// The node's name and the reason are in the one message.
// CHECK: node 'part': cannot generate code for 'cnn.slice': slices along a dynamic dimension are not supported
func.func @slice_of_batch(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = cnn.slice %x axes [0] starts [1] ends [3] steps [1] : (tensor<?x8xf32>) -> tensor<?x8xf32> loc("part")
  return %0 : tensor<?x8xf32>
}
