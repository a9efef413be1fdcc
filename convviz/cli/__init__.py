"""The command line: worked examples, and convolution and pooling of one's own numbers, in the terminal and as files.

Whatever goes wrong is one line on stderr and exit status 2. Heavy modules load only when a command needs them.
"""

import sys

from convviz.cli.arguments import parser, protected, refuse
from convviz.cli.terminal import attempt, interrupts, prepare_output, reason, with_options
from convviz.inputs import Usage, complain

__all__ = ["main"]


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        The arguments after the command's name; those of the process if not given.

    Returns
    -------
    int
        Exit status: 0; 1 for a wrong answer that was checked and for a file of the gallery that failed; 2 for input that
        makes no sense and files that cannot be read or written; 130 when interrupted.

    Examples
    --------
    >>> main(["conv", "1 2 3 / 4 5 6", "1 1", "--quiet"])
    feature map 2×2
     3  5
     9 11
    0
    """
    prepare_output()
    with interrupts() as pressed:
        try:
            status = run_command(sys.argv[1:] if argv is None else argv)
            attempt(sys.stdout.flush)
            return status or 0
        except KeyboardInterrupt:
            return 130
        except (Usage, ValueError, TypeError, OverflowError, OSError, ImportError, MemoryError) as error:
            if pressed:
                return 130
            own = isinstance(error, (Usage, OSError))
            complain(reason(error) if own else with_options(reason(error)))
            return 2


def run_command(argv):
    """Do what the arguments say; the exit status, or None for 0."""
    top = parser()
    try:
        arguments, unknown = top.parse_known_args(protected(argv))
    except SystemExit:
        # --help and --version have said what they had to; mistakes raise Usage
        return 0
    if unknown:
        refuse(unknown, top, arguments.command)
    if arguments.command is None:
        return top.print_help()
    # what commands need takes longer to load than --help takes
    from convviz.cli.commands import COMMANDS

    return COMMANDS[arguments.command](arguments)
