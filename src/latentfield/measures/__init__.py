"""What is measured on a trained VAE: nats against exact entropies, and observables of its samples against data."""
