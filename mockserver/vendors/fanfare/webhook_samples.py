"""Sample data of every type of webhook event, as on the vendor's page of events."""

from types import MappingProxyType
from typing import Any, Final

_ID: Final = "01HXYZ123456789"
_CONSUMER: Final = f"cons_{_ID}"
_TOKEN: Final = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.sample.sample"  # noqa: S105 (documented, not a secret)
_NOW: Final = object()
"""Stands for the time of the event."""

_EXPERIENCE: Final = {"sequenceId": f"seq_{_ID}", "experienceId": f"exp_{_ID}"}
_QUEUE: Final = {"queueId": f"queue_{_ID}", **_EXPERIENCE, "consumerId": _CONSUMER}
_DRAW: Final = {"drawId": f"draw_{_ID}", **_EXPERIENCE}
_ENTRANT: Final = {**_DRAW, "consumerId": _CONSUMER}
_AUCTION: Final = {"auctionId": f"auction_{_ID}", **_EXPERIENCE}
_BIDDER: Final = {**_AUCTION, "consumerId": _CONSUMER}
_ORDER: Final = {"orderId": f"order_{_ID}", "consumerId": _CONSUMER}
_PRICE: Final = {"amount": "149.99", "currencyCode": "USD"}
_ITEM: Final = {"productId": f"prod_{_ID}", "variantId": f"var_{_ID}", "quantity": 1}
_DISTRIBUTION: Final = {"distributionId": f"queue_{_ID}", "distributionType": "queue", **_EXPERIENCE}

_SAMPLES: Final = MappingProxyType(
    {
        "queue.consumer.entered": {**_QUEUE, "position": 42, "enteredAt": _NOW},
        "queue.consumer.admitted": {
            **_QUEUE,
            "enteredAt": _NOW,
            "admittedAt": _NOW,
            "admissionToken": _TOKEN,
            "waitTimeSeconds": 900,
        },
        "queue.consumer.completed": {**_QUEUE, "completedAt": _NOW, "orderId": f"order_{_ID}"},
        "queue.consumer.left": {**_QUEUE, "leftAt": _NOW, "positionWhenLeft": 35},
        "queue.consumer.denied": {**_QUEUE, "deniedAt": _NOW, "reason": "ORDER_LIMIT_EXCEEDED"},
        "draw.consumer.entered": {**_ENTRANT, "enteredAt": _NOW, "entrantNumber": 1542},
        "draw.consumer.won": {**_ENTRANT, "wonAt": _NOW, "admissionToken": _TOKEN, "winnerPosition": 3},
        "draw.consumer.lost": {**_ENTRANT, "lostAt": _NOW},
        "draw.completed": {**_DRAW, "completedAt": _NOW, "totalEntrants": 5420, "winnersSelected": 10},
        "auction.bid.placed": {
            **_BIDDER,
            "bidId": f"bid_{_ID}",
            "bidAmount": "250.00",
            "currencyCode": "USD",
            "bidTime": _NOW,
            "isHighestBid": True,
        },
        "auction.bid.outbid": {
            **_BIDDER,
            "outbidAt": _NOW,
            "previousBidAmount": "250.00",
            "newHighBidAmount": "275.00",
        },
        "auction.consumer.won": {
            **_BIDDER,
            "wonAt": _NOW,
            "winningBidAmount": "500.00",
            "currencyCode": "USD",
            "paymentToken": _TOKEN,
        },
        "auction.settled": {
            **_AUCTION,
            "settledAt": _NOW,
            "totalBids": 145,
            "uniqueBidders": 42,
            "winningBidAmount": "500.00",
            "winnerId": _CONSUMER,
        },
        "order.created": {**_ORDER, **_EXPERIENCE, "createdAt": _NOW, **_PRICE, "items": [_ITEM]},
        "order.completed": {**_ORDER, "completedAt": _NOW, **_PRICE},
        "order.cancelled": {**_ORDER, "cancelledAt": _NOW, "reason": "customer_requested"},
        "consumer.created": {
            "consumerId": _CONSUMER,
            "email": "customer@example.com",
            "phone": None,
            "fullName": "John Doe",
            "createdAt": _NOW,
            "source": "otp_login",
        },
        "consumer.updated": {
            "consumerId": _CONSUMER,
            "updatedAt": _NOW,
            "changedFields": ["fullName", "metadata"],
        },
        "distribution.updated": {**_DISTRIBUTION, "updatedAt": _NOW, "changedFields": ["openAt", "closeAt"]},
        "distribution.opened": {**_DISTRIBUTION, "openedAt": _NOW},
        "distribution.closed": {**_DISTRIBUTION, "closedAt": _NOW, "totalParticipants": 5420},
        "webhook.delivery.failed": {
            "endpointId": f"whe_{_ID}",
            "endpointUrl": "https://your-server.com/webhooks/fanfare",
            "eventId": f"evt_{_ID}",
            "eventType": "queue.consumer.admitted",
            "retryCount": 8,
            "lastError": "Connection timeout",
            "willRetry": False,
        },
    }
)


def sample_data(type: str, moment: str) -> dict[str, Any]:
    """The sample data of an event of this type that happens at the moment."""
    return {name: moment if value is _NOW else value for name, value in _SAMPLES[type].items()}
