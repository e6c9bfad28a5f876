"""DigitalAudience's REST API: CRM audiences in campaigns, activated on the accounts of ad platforms."""

from mockserver.vendors.digitalaudience import (
    account,
    activation,
    audiences,
    campaigns,
    organisation,
    segments,
)

operations = (account, activation, audiences, campaigns, organisation, segments)
