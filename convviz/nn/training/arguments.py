"""Arguments by names that are not ours: those of other versions of Keras and of other libraries, with what to write."""

from convviz._support.values import brief
from convviz.nn.lookup import suggestion

__all__ = ["check_compile", "refuse"]

#: For names that others use: our name, and who calls it otherwise.
OTHERS = {
    "nb_epoch": ("epochs", "Keras 1"),
    "samples_per_epoch": ("steps_per_epoch, in batches", "Keras 1"),
    "nb_val_samples": ("validation_steps, in batches", "Keras 1"),
    "val_samples": ("steps, in batches", "Keras 1"),
    "max_epochs": ("epochs", "PyTorch Lightning"),
    "num_train_epochs": ("epochs", "Transformers"),
    "num_epochs": ("epochs", "others"),
    "n_epochs": ("epochs", "others"),
    "eval_set": ("validation_data", "XGBoost"),
    "class_weights": ("class_weight", "others"),
    "sample_weights": ("sample_weight", "others"),
    "train_dataloaders": ("x", "PyTorch Lightning"),
    "val_dataloaders": ("validation_data", "PyTorch Lightning"),
    "X": ("x", "scikit-learn"),
    "generator": ("x", "Keras 2"),
    "validation_fraction": ("validation_split", "scikit-learn"),
    "criterion": ("loss", "PyTorch"),
    "loss_fn": ("loss", "others"),
    "objective": ("loss", "Keras 1"),
}
#: Arguments of Keras 1 and 2 that say in how many threads or processes batches are made.
WORKERS = ("workers", "use_multiprocessing", "max_queue_size", "max_q_size", "nb_worker", "pickle_safe")
#: For names of what there is not, what to do instead.
INSTEAD = {
    **dict.fromkeys(WORKERS, "batches are made one after the other, in this process; leave it out"),
    **dict.fromkeys(("lr", "learning_rate"), "give it to the optimizer, as in compile(Adam(learning_rate=0.01), ...)"),
    "optimizer": "give it to compile",
    "loss": "give it to compile",
    "metrics": "give them to compile",
    "show_accuracy": "compile with metrics=['accuracy'] (Keras 0 had show_accuracy)",
    **dict.fromkeys(("sample_weight_mode", "target_tensors", "distribute", "clone", "class_mode"), "leave it out"),
}
#: Arguments of each call, in the order of the call.
KNOWN = {
    "compile": ("optimizer", "loss", "metrics", "device", "precision"),
    "fit": (
        *("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle"),
        *("initial_epoch", "steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq"),
        *("class_weight", "sample_weight"),
    ),
    "evaluate": ("x", "y", "batch_size", "verbose", "steps", "return_dict", "sample_weight", "callbacks"),
    "predict": ("x", "batch_size", "verbose", "steps", "callbacks"),
}


def refuse(call, unknown):
    """Raise TypeError for arguments that a call does not have, with what to write instead.

    Examples
    --------
    >>> refuse("fit", {"nb_epoch": 3})
    Traceback (most recent call last):
    ...
    TypeError: fit has no argument 'nb_epoch'; it is called epochs; Keras 1 calls it nb_epoch
    """
    for name in unknown:
        ours, who = OTHERS.get(name, ("", ""))
        known = KNOWN[call]
        if ours and ours.split(",")[0] in known:
            calls = "call" if who == "others" else "calls"
            raise TypeError(f"{call} has no argument {name!r}; it is called {ours}; {who} {calls} it {name}")
        if name in INSTEAD:
            raise TypeError(f"{call} has no argument {name!r}: {INSTEAD[name]}")
        raise TypeError(f"{call} has no argument {name!r}{suggestion(name, known)} It has: {', '.join(known)}")


#: Arguments of Keras's `compile` that change nothing here, and what they may be.
WITHOUT_EFFECT = {
    "run_eagerly": (False, True, None),
    "jit_compile": ("auto", False, True, None),
    "auto_scale_loss": (True, False),
}
#: Arguments of Keras's `compile` that have a single value here, and what to do about others.
ONLY = {
    "loss_weights": ((None, 1, [1]), "a model is trained by its only output; scale the learning rate instead"),
    "weighted_metrics": ((None, []), "metrics are means over samples without weights; give them as metrics"),
    "steps_per_execution": ((1, None), "a GPU takes several batches at once by itself; see Callback.every_batch"),
}


def check_compile(given):
    """Raise an error for arguments of `compile` beside its own, unless they are Keras's and change nothing."""
    for name, value in given.items():
        if name in WITHOUT_EFFECT:
            if not any(value is known or (isinstance(value, str) and value == known) for known in WITHOUT_EFFECT[name]):
                raise ValueError(f"{name} is {brief(value)}; expected one of {WITHOUT_EFFECT[name]}")
        elif name in ONLY:
            values, advice = ONLY[name]
            plain = isinstance(value, (int, float, list, type(None))) and not isinstance(value, bool)
            if not plain or not any(value is known or (value == known) is True for known in values):
                raise ValueError(f"{name} is {brief(value)}; only {values[0]!r} is taken here: {advice}")
        else:
            refuse("compile", {name: value})
