// RUN: winnow-opt %s -split-input-file -verify-diagnostics

// expected-error@+1 {{expected 2 parameters of 'clip' but got 1}}
func.func private @too_few_parameters() attributes {a = #cnn.activation<clip(0.0)>}

// -----

// expected-error@+1 {{expected 0 parameters of 'relu' but got 1}}
func.func private @too_many_parameters() attributes {a = #cnn.activation<relu(0.0)>}

// -----

// expected-error@+1 {{expected an activation function but got 'rel'}}
func.func private @unknown_activation() attributes {a = #cnn.activation<rel>}

// -----

// expected-error@+1 {{expected an algorithm but got 'fast'}}
func.func private @unknown_algorithm() attributes {a = #cnn.algorithm<fast>}

// -----

// expected-error@+1 {{expected 'pixels', 'channels', 'depth' or 'outputs' but got 'rows'}}
func.func private @unknown_tile() attributes {a = #cnn.algorithm<direct, rows = 2>}

// -----

// expected-error@+1 {{expected 'pixels' to be at least 0 but got -1}}
func.func private @negative_tile() attributes {a = #cnn.algorithm<direct, pixels = -1, channels = 16>}

// -----

// expected-error@+1 {{expected a block of at least 1 channel but got 0}}
func.func private @no_block(tensor<1x4x8x8xf32, #cnn.layout<block = 0>>)

// -----

// expected-error@+1 {{expected a halo of at least 0 but got -1}}
func.func private @negative_halo(tensor<1x4x8x8xf32, #cnn.layout<block = 4, halo = -1>>)
