"""The optimizers' updates on the CPU."""

from convviz.kernels.cpu import penalties

__all__ = ["update"]


def update(executor, model):
    """Update all trained weights by their gradients."""
    changed = []
    for layer in model.layers:
        for weight in layer.trainable_weights:
            gradient = executor.weight_gradient(weight)
            if weight.regularizer:
                penalties.add_penalty_gradient(weight.array, gradient, weight.regularizer.l1, weight.regularizer.l2)
            changed.append((f"{layer.name}/{weight.name}", weight.array, gradient))
    model.optimizer.apply(changed)
