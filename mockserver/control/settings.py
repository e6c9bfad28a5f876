"""The settings of a world: read and changed."""

from mockserver.call import Call
from mockserver.control import setting_validation
from mockserver.control.action_record import record_action
from mockserver.state.worlds import Worlds


def get_settings(call: Call, worlds: Worlds) -> object:
    """All settings, with the contracts' defaults for those not set. Raises unknown_world."""
    return setting_validation.settings_view(worlds, call.params["world"])


def set_settings(call: Call, worlds: Worlds) -> object:
    """All settings after the change. Raises unknown_world, unknown_vendor, unfit_setting."""
    settings = worlds.settings(call.params["world"])
    setting_validation.validate_settings(worlds, call.body)
    settings.change(call.body)
    record_action(worlds, call, call.body)
    return setting_validation.settings_view(worlds, call.params["world"])
