"""`factfuzz tmin`: `minimize` under the name that users of afl-tmin look for."""

from __future__ import annotations

import copy

from fuzz.commands.minimize_command import minimize_command

tmin_command = copy.copy(minimize_command)
tmin_command.name = "tmin"
tmin_command.short_help = "The same as `factfuzz minimize`."
