"""Why a folder cannot hold a training."""


class RunFolderError(ValueError):
    """Says why a folder cannot hold a training.

    Args:
        problem: What is wrong.
        can_restart: Whether `restart=True` helps, which forgets what is
            there. The message then says so.

    Attributes:
        problem: What is wrong, without the advice.
        can_restart: As given.

    Example:

    >>> print(RunFolderError("There is one.", can_restart=True))
    There is one. Choose another folder, or begin anew with restart=True.
    """

    def __init__(self, problem: str, can_restart: bool = False) -> None:
        advice = "Choose another folder, or begin anew with restart=True."
        super().__init__(f"{problem} {advice}" if can_restart else problem)
        self.problem = problem
        self.can_restart = can_restart
