"""The figures of decoded theories, by their kind: order_parameters, generalized_hopfield; `table` says which draws which."""
