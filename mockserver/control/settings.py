"""The settings of a world, read and changed."""

from mockserver.call import Call
from mockserver.control import setting_validation
from mockserver.state.worlds import Worlds


def get_settings(call: Call, worlds: Worlds) -> object:
    """All of them, with what the contracts say where nobody chose. Raises unknown_world."""
    return setting_validation.settings_view(worlds, call.params["world"])


def set_settings(call: Call, worlds: Worlds) -> object:
    """All of them as they are now. Raises unknown_world, unknown_vendor, unfit_setting."""
    settings = worlds.settings(call.params["world"])
    setting_validation.validate_settings(worlds, call.body)
    settings.change(call.body)
    return setting_validation.settings_view(worlds, call.params["world"])
