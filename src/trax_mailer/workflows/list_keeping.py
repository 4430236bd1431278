"""Lists: what they are, who is on them, making and changing them."""

from __future__ import annotations

from trax_mailer.audience import ListCount, lists
from trax_mailer.audience.keeping_lists import (
    ListChange,
    ListFacts,
    describe_list,
    list_facts,
    new_list,
    rename_list,
)
from trax_mailer.workflows.staff import act_of_staff, ledger_of
from trax_mailer.workflows.wiring import Workspace

__all__ = ["ListChange", "ListFacts", "change_list", "make_list", "rename", "show_list", "show_lists"]


def show_lists(workspace: Workspace) -> list[ListCount]:
    """Every list with its numbers."""
    with ledger_of(workspace) as ledger:
        return lists(ledger)


def show_list(workspace: Workspace, name: str) -> ListFacts:
    """One list. Raises Refused where there is none of that name."""
    with ledger_of(workspace) as ledger:
        return list_facts(ledger, name)


def make_list(workspace: Workspace, name: str, change: ListChange) -> ListFacts:
    """Make a list. Raises Conflict where the name is taken."""
    with ledger_of(workspace) as ledger:
        return list_facts(ledger, new_list(ledger, name, change, act=act_of_staff("")).name)


def change_list(workspace: Workspace, name: str, change: ListChange) -> ListFacts:
    """Change the title, the description, or whether anybody may join by themselves."""
    with ledger_of(workspace) as ledger:
        return list_facts(ledger, describe_list(ledger, name, change, act=act_of_staff("")).name)


def rename(workspace: Workspace, name: str, to: str) -> ListFacts:
    """Give a list another name. Raises Conflict where it is taken."""
    with ledger_of(workspace) as ledger:
        return list_facts(ledger, rename_list(ledger, name, to, act=act_of_staff("")).name)
