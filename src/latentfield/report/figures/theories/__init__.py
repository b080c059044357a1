"""The figures of decoded theories, by their kind: order_parameters, generalized_hopfield; `table` says which draws which.

Patterns of a Hopfield network have their panels in `table` itself. A figure is drawn from the decoded theory
(theory.json and its arrays) and from the tables that decoding left beside it; what is true (patterns, Q, beta J) is
there to compare with and was no input of the decoding, but for the order tensor, whose network from latents to Q has
learned from Q of the training configurations.
"""
