"""The rules of conduct, in the order of the reference page."""

from typing import Final

from mockserver.conduct import reads, retries, sending
from mockserver.conduct.rule import Rule

_RFC_9110: Final = "RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110.html"

RULES: Final = (
    Rule(
        "retried-too-early",
        "error",
        "The reply said when to call again; earlier calls are rejected, and each may lengthen the time.",
        "wait as long as Retry-After, or the member of the body, says",
        f"{_RFC_9110}#name-retry-after), and the vendor's page on its rate limit",
        retries.retried_too_early,
    ),
    Rule(
        "kept-calling-when-rejected",
        "error",
        "A vendor counts the calls that it rejects too, so that the client locks itself out.",
        "stop all calls to the vendor until the time is over, not only the one that was rejected",
        "RFC 6585 (https://www.rfc-editor.org/rfc/rfc6585.html#section-4), and the contract's x-limits",
        retries.kept_calling_when_rejected,
    ),
    Rule(
        "create-repeated-blindly",
        "error",
        "The first call may have succeeded; the second one then adds the record twice.",
        "look for the record before the create is sent again, or let the vendor find it by a key of yours",
        f"{_RFC_9110}#name-idempotent-methods)",
        retries.create_repeated_blindly,
    ),
    Rule(
        "read-one-by-one",
        "warning",
        "Each record costs a call, which takes as long as a page and counts against the rate limit.",
        "read the list by the page and pick the records from it",
        "general practice (the N+1 problem)",
        reads.read_one_by_one,
    ),
    Rule(
        "pages-are-small",
        "warning",
        "A list of many small pages takes more calls, and more changes in between.",
        "ask for the largest page that the vendor allows",
        "the contract's limit of the page size",
        reads.pages_are_small,
    ),
    Rule(
        "stopped-before-the-end",
        "warning",
        "The records of the pages that were not read are missing from what the client does next.",
        "read on until the reply shows that it is the last page, or say that the rest does not matter",
        "the contract's pagination (x-pages)",
        reads.stopped_before_the_end,
    ),
    Rule(
        "asked-beyond-the-end",
        "info",
        "The last page was known to be the last; the further call returns nothing.",
        "stop at the page that the vendor marks as the last",
        "the contract's pagination (x-pages)",
        reads.asked_beyond_the_end,
    ),
    Rule(
        "made-up-a-cursor",
        "warning",
        "A vendor may change what is in its cursors, or reject one that it has not issued, at any time.",
        "send the cursor of the last reply as it is",
        "the contract's pagination (x-pages)",
        reads.made_up_a_cursor,
    ),
    Rule(
        "polled-too-fast",
        "warning",
        "What the vendor does takes seconds or longer; quicker questions only use up the rate limit.",
        "wait a second or more between two questions, and longer with each",
        "general practice",
        reads.polled_too_fast,
    ),
    Rule(
        "read-again-unchanged",
        "info",
        "The client has had the answer already.",
        "keep what rarely changes, or read it once for each run",
        "general practice",
        reads.read_again_unchanged,
    ),
    Rule(
        "logged-in-for-every-call",
        "warning",
        "A login costs a call, and some vendors limit how many there may be.",
        "keep the session until the vendor rejects it",
        "general practice",
        sending.logged_in_for_every_call,
        needs="login",
    ),
    Rule(
        "sent-unchanged-updates",
        "info",
        "The record was as sent already; the call counts against the rate limit all the same.",
        "compare with what was sent last, and send what differs",
        "general practice",
        sending.sent_unchanged_updates,
    ),
    Rule(
        "no-user-agent",
        "warning",
        "The vendor asks for User-Agent, and may reject calls without it.",
        "send the name and version of the client as User-Agent",
        f"{_RFC_9110}#name-user-agent), and the vendor's documentation",
        sending.has_no_user_agent,
        needs="user_agent",
    ),
    Rule(
        "credentials-in-query",
        "warning",
        "URLs are kept in logs, proxies and histories, where credentials do not belong.",
        "send them in the header Authorization",
        "RFC 6819 (https://www.rfc-editor.org/rfc/rfc6819.html#section-5.4.1)",
        sending.has_credentials_in_query,
    ),
    Rule(
        "created-without-consent",
        "warning",
        "The vendor's default then decides what the person is sent, not what the person has agreed to.",
        "send what the person has agreed to with each new contact",
        "GDPR, article 7 (https://eur-lex.europa.eu/eli/reg/2016/679/oj), and the contract's x-conduct",
        sending.created_without_consent,
        needs="consent",
    ),
)
"""Every rule."""
