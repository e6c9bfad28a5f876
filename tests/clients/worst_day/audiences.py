"""Keeps one audience of Fanfare, which does not mind two of the same name."""

import time
from typing import Any

from tests.clients.worst_day.connection import (
    ClientError,
    RefusedError,
    UndoFailedError,
    UnknownOutcomeError,
    Work,
)

AUDIENCES = "/api/v1/audiences"
NAME = "Newsletter"


class KeepAudience(Work):
    """Creates the audience unless it exists; looks for it after a lost reply."""

    def run(self) -> Any:
        if self.find():
            return
        try:
            self.create()
        except UnknownOutcomeError:
            self.after_lost_reply()

    def find(self) -> list[Any]:
        """The audiences of this name."""
        return [one for one in self.read("GET", AUDIENCES) if one["name"] == NAME]

    def create(self) -> Any:
        """Creates it."""
        return self.send("POST", AUDIENCES, {"name": NAME, "type": "STATIC"})

    def after_lost_reply(self) -> None:
        """Creates it again only where it is known to be missing."""
        if not self.find():
            self.create()


class FailedLookMeansMissing(KeepAudience):
    """Bug: takes a failure to look for the answer "not there", and creates a second one."""

    def after_lost_reply(self) -> None:
        try:
            found = bool(self.send("GET", AUDIENCES) and self.find())
        except ClientError:
            found = False
        if not found:
            self.create()


class TwoFailedLooksMeanMissing(KeepAudience):
    """Bug: looks twice after a lost reply, and then believes that it is not there."""

    def after_lost_reply(self) -> None:
        try:
            found = self.find()
        except ClientError:
            found = []
        if not found:
            self.create()


class TriesTwice(KeepAudience):
    """Creates it in two attempts."""

    def run(self) -> Any:
        for _attempt in range(2):
            try:
                if not self.find():
                    self.create()
                return
            except ClientError:
                time.sleep(1)
        self.give_up()

    def give_up(self) -> None:
        """Reports the failure."""
        raise ClientError("two attempts have failed")


class FallsOutOfTheLoop(TriesTwice):
    """Bug: returns after the last attempt as if all were well."""

    def give_up(self) -> None:
        """Nobody has thought of this."""


class TwiceANight(KeepAudience):
    """Runs twice a night, and lists in three attempts."""

    def run(self) -> Any:
        super().run()
        super().run()

    def find(self) -> list[Any]:
        for _attempt in range(3):
            try:
                return [one for one in self.send("GET", AUDIENCES) if one["name"] == NAME]
            except ClientError:
                time.sleep(1)
        return self.without_a_list()

    def without_a_list(self) -> list[Any]:
        """Reports the failure."""
        raise ClientError("no list in three attempts")


class NoListIsAnEmptyList(TwiceANight):
    """Bug: takes three failures for an empty list, and creates the audience again."""

    def without_a_list(self) -> list[Any]:
        return []


class RemovesDoubles(KeepAudience):
    """Looks for a second delivery of its create, and deletes one of the two."""

    def run(self) -> Any:
        super().run()
        for extra in self.find()[1:]:
            try:
                self.send("DELETE", f"{AUDIENCES}/{extra['id']}")
            except ClientError as error:
                self.cannot_delete(error)

    def cannot_delete(self, error: ClientError) -> None:
        """Reports it."""
        raise UndoFailedError(str(error)) from error


class IgnoresFailedDeletes(RemovesDoubles):
    """Bug: a double that cannot be deleted is nobody's business."""

    def cannot_delete(self, error: ClientError) -> None:
        """Only logs it."""


class DropsOwnDouble(KeepAudience):
    """One of two workers: looks again after its create; of two audiences the one with the first id stays."""

    def run(self) -> Any:
        if self.find():
            return
        own = self.create()["id"]
        others = [one["id"] for one in self.find() if one["id"] != own]
        if self.gives_way(own, others):
            try:
                self.send("DELETE", f"{AUDIENCES}/{own}")
            except RefusedError as error:
                raise UndoFailedError(str(error)) from error

    def gives_way(self, own: str, others: list[str]) -> bool:
        """Whether its own audience is the one too many."""
        return any(other < own for other in others)


class BothGiveWay(DropsOwnDouble):
    """Bug: each of two workers that see two audiences deletes its own, and none is left."""

    def gives_way(self, own: str, others: list[str]) -> bool:
        return bool(others)
